"""A part of the window, at its own tempo."""

from dataclasses import dataclass, field

from kinefuse.augment.plan import Step, register

__all__ = ["WindowSlice"]


@register("inertial", "window_slice")
@dataclass(frozen=True)
class WindowSlice(Step):
    """Keep a random part of the window where it is, and mask what is before and after it.

    Its share is drawn from ``U(min, max)``, its place uniformly; one sample at least is kept. Tempo
    and values are kept, unlike with :class:`CropResize`. Valid while the activity is still told by
    the part.

    Parameters
    ----------
    min, max : float
        Smallest and largest share, ``0 < min <= max <= 1``.
    fill : {"nan", "zero", "mean", "hold"}
        What stands there: NaN, which an encoder must mask, or it gives NaN; ``"zero"``, the mean
        of standardised windows, which an encoder reads as an average value; the channel's
        ``"mean"`` in the window; or, with ``"hold"``, the value before, as of
        a device that repeats itself (at the start of the window, the first value after).
    shared : bool
        Draw the same for every modality of a sample, so that they stay synchronous.
    p : float
        Probability that the step is applied.
    """

    min: float
    max: float = 1.0
    fill: str = "nan"
    shared: bool = field(default=False, kw_only=True)
