"""Orientations at other times."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import as_real, output
from kinefuse.errors import InputError, ShapeError
from kinefuse.resample._signals import number, times

__all__ = ["interpolate_quaternions"]


def interpolate_quaternions(
    time_s: ArrayLike,
    q: ArrayLike,
    when_s: ArrayLike,
    *,
    max_gap_s: float = np.inf,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Interpolate orientations at constant angular rate along the shortest arc (slerp).

    Parameters
    ----------
    time_s : (T,) array of float
        Stamps in seconds, finite and increasing (:func:`kinefuse.clock.repair`).
    q : (T, 4) array of float32 or float64
        Quaternions of any length but zero, the real part first or last.
    when_s : (n,) array of float
        When, in seconds, in any order.
    max_gap_s : float, optional
        The longest step that may be bridged, in seconds.
    out : (n, 4) array, optional
        Where to write: the type of ``q``.

    Returns
    -------
    (n, 4) array of the type of ``q``
        Unit quaternions. ``q`` and ``-q`` are one orientation; of the two, the one that goes on
        from the sample before. NaN outside ``time_s``, in longer steps than ``max_gap_s``, and
        beside a quaternion that is zero or not finite.

    Raises
    ------
    ShapeError
        ``q`` is not ``(T, 4)``; ``out`` has another shape.
    DtypeError
        ``q`` or a time does not hold real numbers; ``out`` has another type.
    TimeError
        A stamp is not finite or does not increase.
    InputError
        ``max_gap_s`` is not positive.

    Notes
    -----
    K. Shoemake, "Animating rotation with quaternion curves", SIGGRAPH 1985. Equals
    ``scipy.spatial.transform.Slerp`` to 1e-12 in float64, whatever the CPU.

    Examples
    --------
    >>> import numpy as np
    >>> q = np.array([[1, 0, 0, 0], [0, 0, 0, 1]], float)
    >>> np.round(interpolate_quaternions([0, 1], q, [0.5]), 3).tolist()
    [[0.707, 0.0, 0.0, 0.707]]
    """
    stamps, when = times("time_s", time_s), times("when_s", when_s)
    quaternions = as_real("q", q)
    if quaternions.shape != (len(stamps), 4):
        raise ShapeError(
            f"q: expected ({len(stamps)}, 4), one for each stamp, got {quaternions.shape}"
        )
    out = output(out, (len(when), 4), quaternions.dtype, reads=quaternions)
    if np.may_share_memory(out, when) or np.may_share_memory(out, stamps):
        raise InputError("out: expected memory of its own, it overlaps the times")
    single = quaternions.dtype == np.float32
    run = _native.interpolate_quaternions_f32 if single else _native.interpolate_quaternions_f64
    run(stamps, quaternions, when, number("max_gap_s", max_gap_s), out)
    return out
