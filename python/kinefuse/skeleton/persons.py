"""Which persons of a recording are meant."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import as_real, output
from kinefuse.errors import ConfigError, ShapeError
from kinefuse.skeleton._check import check_choice

__all__ = ["Selected", "select_persons"]

_RULES = ("motion", "largest", "confident", "longest", "ntu")


@dataclass(frozen=True, eq=False)
class Selected:
    """What :func:`select_persons` returns.

    Parameters
    ----------
    x : (n, T, J, D) array
        The persons, the most important first; NaN where there were fewer.
    persons : tuple of int
        Their numbers in the input, at most ``n``.
    scores : (P,) array of float64
        Of everybody, by the rule. NaN for a person of whom nothing is known.
    frames : (P,) array of int64
        Frames in which each is known.
    dropped : dict of int to str
        Who was not considered, and why.
    """

    x: NDArray[Any]
    persons: tuple[int, ...]
    scores: NDArray[np.float64]
    frames: NDArray[np.int64]
    dropped: dict[int, str]


def select_persons(
    x: ArrayLike,
    *,
    rule: Literal["motion", "largest", "confident", "longest", "ntu"] = "motion",
    n: int = 2,
    confidence: ArrayLike | None = None,
    order: Literal["score", "input"] = "score",
    out: NDArray[Any] | None = None,
) -> Selected:
    """Choose the persons that an action is about.

    Trackers find people in the background, reflections and furniture. Each person gets a score:

    ==============  ============================================================================
    rule            score
    ==============  ============================================================================
    motion          variance of a joint's position over time, summed over coordinates, mean over
                    joints
    largest         diagonal of the box around the known joints, mean over the frames with any
    confident       confidence, mean over all frames and joints; a missing joint counts as none
    longest         number of frames with a known joint
    ntu             variance of the positions of all joints and frames together, summed over
                    coordinates, after the denoising of NTU RGB+D
    ==============  ============================================================================

    The rule ``"ntu"`` drops persons that are known in 11 frames or fewer, then those that are wider
    than 0.8 of their height (x against y) in at least 69.754 % of their frames; of the others
    such frames do not count, if that makes the variance less. It is what is usually done to NTU
    RGB+D before training (Chen et al., CTR-GCN, ICCV 2021). A step that would drop everybody is
    left out.

    Parameters
    ----------
    x : (P, T, J, D) array of float32 or float64
        Joint positions of P persons in any unit, D = 2 or 3. A missing joint is NaN; so is a person
        in the frames in which there is none.
    rule : {"motion", "largest", "confident", "longest", "ntu"}
        What makes a person important.
    n : int
        How many to choose.
    confidence : (P, T, J) array, optional
        How sure each joint is, for ``"confident"``. NaN counts as none.
    order : {"score", "input"}
        The chosen persons by score, highest first, or in the order in which they came. The same
        score: who came first.
    out : (n, T, J, D) array, optional
        Where to write the persons. May not overlap ``x``.

    Returns
    -------
    Selected

    Raises
    ------
    ShapeError
        Not four dimensions, no frame or joint, D other than 2 or 3, a confidence for other joints.
    ConfigError
        A rule that does not exist, ``n`` below 1, a confidence with another rule or none with
        ``"confident"``.

    Examples
    --------
    >>> import numpy as np
    >>> from kinefuse import skeleton
    >>> still = np.random.default_rng(0).normal(size=(1, 20, 3)).repeat(30, axis=0)
    >>> wave = still + np.sin(np.arange(30))[:, None, None]
    >>> skeleton.select_persons(np.stack([still, wave]), n=1).persons
    (1,)
    """
    check_choice("rule", rule, _RULES)
    check_choice("order", order, ("score", "input"))
    if rule is None or order is None:
        raise ConfigError(f"rule and order: expected words, got {rule!r} and {order!r}")
    if not isinstance(n, int | np.integer) or isinstance(n, bool) or not 1 <= n <= 2**20:
        raise ConfigError(f"n: expected 1 or more persons, got {n!r}")
    if (rule == "confident") != (confidence is not None):
        raise ConfigError("confidence: expected it with rule='confident', and with that only")
    array = as_real("x", x)
    if array.ndim != 4 or 0 in array.shape[1:] or array.shape[-1] not in (2, 3):
        raise ShapeError(
            f"x: expected (P, T, J, D) with D = 2 or 3 and at least 1 frame and joint, "
            f"got {array.shape}"
        )
    sure = None
    if confidence is not None:
        sure = as_real("confidence", confidence)
        if sure.shape != array.shape[:3]:
            raise ShapeError(f"confidence: expected {array.shape[:3]}, got {sure.shape}")
        sure = sure.astype(array.dtype, copy=False)
    out = output(out, (int(n), *array.shape[1:]), array.dtype, reads=array)
    single = array.dtype == np.float32
    run = _native.skeleton_scores_f32 if single else _native.skeleton_scores_f64
    found = run(array, sure, rule)
    dropped = {i: "nothing is known" for i, (_, frames, _, _) in enumerate(found) if not frames}
    if rule == "ntu":
        _drop(dropped, "known in too few frames", [short for _, _, short, _ in found])
        _drop(dropped, "too wide for a person", [wide for _, _, _, wide in found])
    scores = np.array([score for score, *_ in found], np.float64)
    left = [i for i in range(len(found)) if i not in dropped]
    chosen = sorted(left, key=lambda i: (-scores[i], i))[: int(n)]
    if order == "input":
        chosen.sort()
    out[: len(chosen)] = array[chosen]
    out[len(chosen) :] = np.nan
    frames = np.array([frames for _, frames, _, _ in found], np.int64)
    return Selected(out, tuple(chosen), scores, frames, dropped)


def _drop(dropped: dict[int, str], why: str, noise: list[bool]) -> None:
    """Drop who is noise, unless nobody would be left."""
    considered = [i for i in range(len(noise)) if i not in dropped]
    if not all(noise[i] for i in considered):
        dropped.update((i, why) for i in considered if noise[i])
