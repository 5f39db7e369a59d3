"""Augmentations of inertial windows ``(T, C)``.

Channels are expected in triplets x, y, z wherever a step speaks of directions, as in
``acc_x, acc_y, acc_z, gyro_x, gyro_y, gyro_z``.
"""

from dataclasses import dataclass, field

from kinefuse.augment.plan import Step, register

__all__ = [
    "ChannelShuffle",
    "CropResize",
    "Jitter",
    "Permutation",
    "ReferenceChannelPermutation",
    "ReferenceRotation",
    "ReferenceScaling",
    "ReferenceTimeShuffle",
    "Rotation",
    "Scaling",
    "TimeWarp",
]


@register("inertial", "jitter")
@dataclass(frozen=True)
class Jitter(Step):
    """Add noise ``N(0, sigma²)``, every value independent: a noisier sensor.

    Valid for any channels of comparable size; after standardisation, that is all.

    Parameters
    ----------
    sigma : float
        Standard deviation, in the units of the window (1 is one standard deviation of the data
        once it is standardised).
    p : float
        Probability that the step is applied.
    """

    sigma: float


@register("inertial", "scaling")
@dataclass(frozen=True)
class Scaling(Step):
    """Multiply by factors that are constant over the window: a sensor of another gain.

    Valid about a zero that means no motion: raw or standardised acceleration changes its gravity
    with it.

    Parameters
    ----------
    sigma : float, optional
        Factors are drawn from ``N(1, sigma²)``.
    low, high : float, optional
        Or from ``U(low, high)``. Give either ``sigma`` or both of these.
    per : {"channel", "triplet", "all"}
        What has a factor of its own. ``"channel"`` bends directions a little, ``"triplet"`` keeps
        them.
    p : float
        Probability that the step is applied.
    """

    sigma: float | None = None
    low: float | None = None
    high: float | None = None
    per: str = "channel"


@register("inertial", "rotation")
@dataclass(frozen=True)
class Rotation(Step):
    """Turn the sensor on the body: one rotation for all triplets of the sensor.

    The angle is drawn from ``U(-max_deg, max_deg)``, the axis uniformly from the sphere. Valid for
    channels in triplets with a common frame and a common scale; lengths are kept, gravity turns
    with the rest.

    Parameters
    ----------
    max_deg : float
        Largest angle in degrees, 0 to 180.
    sensors : int
        Number of sensors that turn independently; each has an equal run of the channels.
    p : float
        Probability that the step is applied.
    """

    max_deg: float
    sensors: int = 1


@register("inertial", "permutation")
@dataclass(frozen=True)
class Permutation(Step):
    """Cut the window into segments of time and join them in a random order.

    The number of segments is uniform in ``2..max_segments``, their lengths differ by one sample at
    most. Values are kept, the order of events and the signal's continuity are not: valid for
    periodic activities, less so for gestures.

    Parameters
    ----------
    max_segments : int
        2 to 64.
    shared : bool
        Draw the same for every modality of a sample.
    p : float
        Probability that the step is applied.
    """

    max_segments: int
    shared: bool = field(default=False, kw_only=True)


@register("inertial", "channel_shuffle")
@dataclass(frozen=True)
class ChannelShuffle(Step):
    """Put the channels in a random order, the same for the whole window.

    Keeps every channel as it is, but neither directions nor units stay where they were: valid only
    for encoders that should not rely on which channel is which.

    Parameters
    ----------
    p : float
        Probability that the step is applied.
    """


@register("inertial", "crop_resize")
@dataclass(frozen=True)
class CropResize(Step):
    """Keep a random part of the window and stretch it to the window's length.

    The share is drawn from ``U(min, max)``, the place uniformly. A missing value spreads to the
    samples that are interpolated from it; with ``resize="fourier"`` to the whole channel.
    Frequencies fall by up to the share: valid while the activity is still told by the part.

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


@register("inertial", "time_warp")
@dataclass(frozen=True)
class TimeWarp(Step):
    """Change the tempo smoothly; the window still begins and ends where it did.

    The speed is ``exp(sigma · N(0, 1))`` at equally spaced knots and linear between them, so time
    never runs backward. Values are kept: angular rate and acceleration do not grow with the speed,
    so keep ``sigma`` small (0.1 to 0.2). After Um et al. (ICMI 2017).

    Parameters
    ----------
    sigma : float
        Standard deviation of the logarithm of the speed, 0 to 2.
    knots : int
        Number of knots, both ends included, 2 to 16.
    shared : bool
        Draw the same for every modality of a sample, so that they stay synchronous.
    p : float
        Probability that the step is applied.
    """

    sigma: float
    knots: int = 4
    shared: bool = field(default=False, kw_only=True)


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


@register("inertial", "reference_rotation")
@dataclass(frozen=True)
class ReferenceRotation(Step):
    """Change the sign of every single value with probability one half. For reproduction only.

    What the published CMC-CMKM code (arXiv 2205.10071) does under the name "rotation".
    :class:`Rotation` turns the sensor.

    Parameters
    ----------
    p : float
        Probability that the step is applied.
    """


@register("inertial", "reference_time_shuffle")
@dataclass(frozen=True)
class ReferenceTimeShuffle(Step):
    """Put all samples in a random order, the same for all channels. For reproduction only.

    What the published CMC-CMKM code (arXiv 2205.10071) does under the name "channel_shuffle", its
    axes being the other way round. :class:`ChannelShuffle` shuffles channels.

    Parameters
    ----------
    p : float
        Probability that the step is applied.
    """


@register("inertial", "reference_channel_permutation")
@dataclass(frozen=True)
class ReferenceChannelPermutation(Step):
    """Put groups of channels in a random order. For reproduction only.

    What the published CMC-CMKM code (arXiv 2205.10071) does under the name "permutation", its axes
    being the other way round: the channels are split into ``n`` nearly equal groups, ``n`` uniform
    in ``1..max_segments - 1``. :class:`Permutation` reorders time.

    Parameters
    ----------
    max_segments : int
        One more than the most groups, 2 to 64.
    p : float
        Probability that the step is applied.
    """

    max_segments: int
