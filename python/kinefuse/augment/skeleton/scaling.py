"""Another body size, or another stretch along each axis."""

from dataclasses import dataclass

from kinefuse.augment import common
from kinefuse.augment.plan import register

__all__ = ["Scaling"]


@register("skeleton", "scaling")
@dataclass(frozen=True)
class Scaling(common.Scaling):
    """All joints and frames are scaled alike, about the origin.

    One factor for the whole skeleton is another body size and keeps proportions; one for each axis
    changes them a little.
    """

    per: str = "axis"
