"""The scaling of the published CMC-CMKM code, for reproducing it only."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["ReferenceScaling"]


@register("inertial", "reference_scaling")
@dataclass(frozen=True)
class ReferenceScaling(Step):
    """Multiply every single value by its own ``N(1, sigma²)``. For reproduction only.

    What the published CMC-CMKM code (arXiv 2205.10071) does under the name "scaling": noise that
    grows with the signal. :class:`Scaling` is a gain.

    Parameters
    ----------
    sigma : float
        Standard deviation of the factors.
    p : float
        Probability that the step is applied.
    """

    sigma: float
