"""What a network is shown of a skeleton: joints, bones, their motion, joint angles."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import output
from kinefuse.errors import ConfigError
from kinefuse.skeleton._check import as_skeleton, windows_of
from kinefuse.skeleton.layouts import SkeletonLayout
from kinefuse.skeleton.layouts.registry import resolve

__all__ = ["STREAMS", "streams"]

#: The streams that :func:`streams` computes.
STREAMS = ("joint", "bone", "motion", "bone_motion", "angles")


def streams(
    x: ArrayLike,
    layout: SkeletonLayout | str,
    names: Sequence[str] = STREAMS,
    *,
    angles: Sequence[tuple[str | int, str | int, str | int]] | None = None,
    out: Mapping[str, NDArray[Any]] | None = None,
) -> dict[str, NDArray[Any]]:
    """Compute streams of a skeleton.

    ==============  ============================================================================
    name            of joint j in frame t
    ==============  ============================================================================
    joint           ``x[t, j]``
    bone            ``x[t, j] - x[t, parent(j)]``; 0 for the root
    motion          ``x[t + 1, j] - x[t, j]``; 0 in the last frame
    bone_motion     ``bone[t + 1, j] - bone[t, j]``; 0 in the last frame
    angles          ``atan2(|u × v|, u · v)`` in degrees, ``u = x[t, a] - x[t, b]`` and
                    ``v = x[t, c] - x[t, b]``, for each ``(a, b, c)``
    ==============  ============================================================================

    Parameters
    ----------
    x : (T, J, D) or (N, T, J, D) array of float32 or float64
        Joint positions in any unit, D = 2 or 3. A missing joint is NaN.
    layout : SkeletonLayout or str
        The joints and their parents.
    names : sequence of str
        Which streams.
    angles : sequence of (joint, joint, joint), optional
        By name or number; the angle is at the middle one. ``layout.angles`` if not given: at each
        joint between its parent and each of its children.
    out : dict of str to array, optional
        Where to write some or all streams. May not overlap ``x``.

    Returns
    -------
    dict of str to array, float64 for float64, else float32
        In the order of ``names``. Of the shape of ``x``; ``"angles"`` (T, A) or (N, T, A). The
        stream ``"joint"`` is ``x`` itself where no conversion is needed and no ``out`` given.

    Raises
    ------
    ShapeError
        Another number of joints than the layout has, no frame, D other than 2 or 3.
    ConfigError
        A stream or joint that does not exist.

    Notes
    -----
    What is computed from a missing joint is NaN, the zeros of the root and of the last frame too.
    The angle between joints in one place is NaN. Windows are taken each by itself.

    Bones and motion are those of the two- and four-stream networks (Shi et al., CVPR 2019 and TIP
    2020).

    Examples
    --------
    >>> import numpy as np
    >>> from kinefuse import skeleton
    >>> x = np.random.default_rng(0).normal(size=(30, 20, 3))
    >>> found = skeleton.streams(x, "kinect_v1", ["bone", "angles"])
    >>> found["bone"].shape, found["angles"].shape
    ((30, 20, 3), (30, 16))
    """
    body = resolve(layout)
    if isinstance(names, str) or not isinstance(names, Sequence):
        raise ConfigError(f"names: expected some of {', '.join(STREAMS)}, got {names!r}")
    for name in names:
        if not isinstance(name, str) or name not in STREAMS:
            raise ConfigError(f"names: expected some of {', '.join(STREAMS)}, got {name!r}")
    given = _given(out, names)
    array = as_skeleton(x, body)
    triples = _triples(body, body.angles if angles is None else angles)
    return {
        name: _stream(array, body, name, triples, given.get(name)) for name in dict.fromkeys(names)
    }


def _given(out: Mapping[str, NDArray[Any]] | None, names: Sequence[str]) -> Mapping[str, Any]:
    if out is None:
        return {}
    if not isinstance(out, Mapping):
        raise ConfigError(f"out: expected a dict of arrays, got {type(out).__name__}")
    for name in out:
        if name not in names:
            raise ConfigError(f"out: {name!r} is none of the names {', '.join(names)}")
    arrays = [a for a in out.values() if isinstance(a, np.ndarray)]
    for i, array in enumerate(arrays):
        if any(np.may_share_memory(array, other) for other in arrays[:i]):
            raise ConfigError("out: expected arrays with memory of their own, two overlap")
    return out


def _triples(body: SkeletonLayout, angles: Any) -> list[tuple[int, int, int]]:
    if isinstance(angles, str) or not isinstance(angles, Sequence):
        raise ConfigError(f"angles: expected (joint, joint, joint) for each, got {angles!r}")
    triples = []
    for angle in angles:
        if not isinstance(angle, tuple | list) or len(angle) != 3:
            raise ConfigError(f"angles: expected (joint, joint, joint), got {angle!r}")
        a, b, c = (body.index(joint) for joint in angle)
        triples.append((a, b, c))
    return triples


def _stream(
    x: NDArray[Any],
    body: SkeletonLayout,
    name: str,
    triples: list[tuple[int, int, int]],
    out: NDArray[Any] | None,
) -> NDArray[Any]:
    if name == "joint" and out is None:
        return x
    shape = (*x.shape[:-2], len(triples)) if name == "angles" else x.shape
    out = output(out, shape, x.dtype, reads=x)
    single = x.dtype == np.float32
    windows = windows_of(x)
    if name == "joint":
        np.copyto(out, x)
    elif name == "angles":
        if triples:
            angles = _native.skeleton_angles_f32 if single else _native.skeleton_angles_f64
            angles(windows, triples, out.reshape(*windows.shape[:2], len(triples)))
    else:
        stream = _native.skeleton_stream_f32 if single else _native.skeleton_stream_f64
        stream(windows, list(body.parent_indices), name, windows_of(out))
    return out
