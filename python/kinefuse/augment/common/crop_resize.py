"""A random crop in time, stretched back to the window's length."""

from dataclasses import dataclass, field

from kinefuse.augment.plan import Step

__all__ = ["CropResize"]


@dataclass(frozen=True)
class CropResize(Step):
    """Keep a random part of the window and stretch it to the window's length.

    The share is drawn from ``U(min, max)``, the place uniformly. A missing value spreads to the
    samples that are interpolated from it; with ``resize="fourier"`` to all samples of its channel.

    Parameters
    ----------
    min, max : float
        Smallest and largest share, ``0 < min <= max <= 1``.
    resize : {"linear", "fourier"}
        ``"linear"`` interpolates at instants between the samples. ``"fourier"`` keeps a whole
        number of samples and stretches them as :func:`kinefuse.resample_to_length` does,
        whose last bits may differ between machines.
    shared : bool
        Draw the same for every modality of a sample, so that they stay synchronous.
    p : float
        Probability that the step is applied.
    """

    min: float
    max: float = 1.0
    resize: str = "linear"
    shared: bool = field(default=False, kw_only=True)
