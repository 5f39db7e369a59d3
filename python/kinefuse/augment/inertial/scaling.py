"""Random gain of inertial channels."""

from kinefuse.augment import common
from kinefuse.augment.plan import register

__all__ = ["Scaling"]


@register("inertial", "scaling")
class Scaling(common.Scaling):
    """A sensor of another gain: valid about a zero that means no motion.

    Raw or standardised acceleration changes its gravity with it.
    """
