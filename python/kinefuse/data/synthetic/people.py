"""Who moves: bodies, tempo, habits, and how the sensors sit on them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.synthetic.actions import ACTIONS, Action
from kinefuse.data.synthetic.body import ANGLES, Body

__all__ = ["Habit", "Person", "person"]

Array = NDArray[np.float64]

# How far a habit strays from the book's pose, in degrees (standard deviation).
_STRAY = {
    name: 2.5 if "leg" in name or "knee" in name else 3.0 if name in ("lean_side", "nod") else
    4.0 if name in ("lean", "twist") else 4.5
    for name in ANGLES
}  # fmt: skip


@dataclass(frozen=True)
class Habit:
    """How one person does one action.

    ``manner`` mixes the action's two manners, ``amplitude`` and ``tempo`` are factors, ``stray``
    (K, A) is added to the angles of each key pose, in degrees.
    """

    manner: float
    amplitude: float
    tempo: float
    stray: Array


@dataclass(frozen=True)
class Person:
    """One subject."""

    body: Body
    heading_deg: float
    rest: dict[str, float]
    smoothness_s: float
    habits: dict[str, Habit]
    mounting_deg: dict[str, Array]


def person(subject: int, seed: int) -> Person:
    """Make up subject number ``subject`` (from 1). The same numbers, the same person."""
    rng = np.random.default_rng([seed, subject])
    body = Body().scaled(
        height=rng.uniform(0.88, 1.14),
        arms=rng.uniform(0.93, 1.07),
        legs=rng.uniform(0.94, 1.06),
        width=rng.uniform(0.88, 1.15),
    )
    rest = dict.fromkeys(ANGLES, 0.0)
    for which in ("left", "right"):
        rest[f"{which}_arm_side"] = rng.uniform(4, 16)
        rest[f"{which}_arm_front"] = rng.normal(2, 6)
        rest[f"{which}_arm_turn"] = rng.normal(10, 12)
        rest[f"{which}_elbow"] = rng.uniform(8, 32)
        rest[f"{which}_leg_side"] = rng.uniform(1, 8)
        rest[f"{which}_knee"] = rng.uniform(0, 5)
    rest["lean"] = rng.normal(2, 4)
    rest["nod"] = rng.normal(5, 6)
    rest["right_hand_turn"] = rng.normal(0, 25)
    tempo = float(np.exp(rng.normal(0, 0.14)))
    amplitude = rng.uniform(0.78, 1.12)
    return Person(
        body=body,
        heading_deg=180 + rng.normal(0, 12),
        rest=rest,
        smoothness_s=rng.uniform(0.16, 0.34),
        habits={action.name: _habit(action, tempo, amplitude, rng) for action in ACTIONS},
        mounting_deg={
            "wrist": rng.normal(0, (6, 15, 6)),
            "thigh": rng.normal(0, (6, 12, 6)),
        },
    )


def _habit(action: Action, tempo: float, amplitude: float, rng: np.random.Generator) -> Habit:
    stray = np.array([_STRAY[name] for name in ANGLES])
    common = rng.normal(0, 1, len(ANGLES)) * stray
    each = rng.normal(0, 0.6, (len(action.keys), len(ANGLES))) * stray
    return Habit(
        manner=float(rng.beta(5, 5)),
        amplitude=amplitude * float(np.exp(rng.normal(0, 0.12))),
        tempo=tempo * float(np.exp(rng.normal(0, 0.15))),
        stray=common + each,
    )
