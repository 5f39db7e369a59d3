"""What the synthetic people do: key poses, and how to get from one to the next.

Each action comes in two manners; a person's own lies somewhere between them.
"""

import math
from dataclasses import dataclass

__all__ = ["ACTIONS", "Action", "Key"]


@dataclass(frozen=True)
class Key:
    """A pose at a moment of the cycle, 0 to 1.

    ``one`` and ``other`` are the two manners: joint angles in degrees by name, and ``jump`` in
    metres. What is not named is at rest.
    """

    at: float
    one: dict[str, float]
    other: dict[str, float]


@dataclass(frozen=True)
class Action:
    """Key poses of one cycle, how long it takes, and how often it is repeated in one trial."""

    name: str
    keys: tuple[Key, ...]
    cycle_s: float
    repeats: tuple[int, int]


def _right(side: float, front: float, turn: float, elbow: float) -> dict[str, float]:
    return {
        "right_arm_side": side,
        "right_arm_front": front,
        "right_arm_turn": turn,
        "right_elbow": elbow,
    }


def _left(side: float, front: float, turn: float, elbow: float) -> dict[str, float]:
    return {
        name.replace("right", "left"): v for name, v in _right(side, front, turn, elbow).items()
    }


def _both(side: float, front: float, turn: float, elbow: float) -> dict[str, float]:
    return _right(side, front, turn, elbow) | _left(side, front, turn, elbow)


def _swipe(*, leftwards: bool) -> tuple[Key, ...]:
    out, across = _right(75, 10, 0, 25), _right(70, 115, 0, 30)
    low_out, low_across = _right(35, 25, -35, 80), _right(20, 45, 55, 80)
    ways = [(out, low_out), (across, low_across)]
    if not leftwards:
        ways.reverse()
    return (Key(0.25, *ways[0]), Key(0.4, *ways[0]), Key(0.7, *ways[1]), Key(0.8, *ways[1]))


def _circle(*, clockwise: bool) -> tuple[Key, ...]:
    keys = []
    for step in range(9):
        # Seen by the person itself: up, then right for clockwise.
        around = 2 * math.pi * step / 8 * (1 if clockwise else -1)
        up, right = math.cos(around), math.sin(around)
        large = _right(12 + 32 * right, 80 + 32 * up, 0, 12)
        small = _right(14 + 18 * right, 50 + 20 * up, -24 * right, 70 + 22 * up)
        keys.append(Key(0.15 + 0.7 * step / 8, large, small))
    return tuple(keys)


def _stride(
    *, knee: float, front: float, swing: float, elbow: float, jump: float
) -> tuple[Key, ...]:
    def step(lifted: str, other: str, bounce: float) -> dict[str, float]:
        return {
            f"{lifted}_leg_front": front,
            f"{lifted}_knee": knee,
            f"{lifted}_arm_front": -swing,
            f"{other}_arm_front": swing,
            "left_elbow": elbow,
            "right_elbow": elbow,
            "jump": bounce,
        }

    def kicked_back(lifted: str, other: str, bounce: float) -> dict[str, float]:
        calm = step(lifted, other, bounce)
        return calm | {f"{lifted}_leg_front": 0.35 * front, f"{lifted}_knee": 1.25 * knee}

    between = {"left_elbow": elbow, "right_elbow": elbow, "jump": 0.0}
    return (
        Key(0.0, between, between),
        Key(0.25, step("left", "right", jump), kicked_back("left", "right", jump)),
        Key(0.5, between, between),
        Key(0.75, step("right", "left", jump), kicked_back("right", "left", jump)),
        Key(1.0, between, between),
    )


_LEGS_BENT = {
    "left_leg_front": 95.0, "right_leg_front": 95.0, "left_knee": 115.0, "right_knee": 115.0,
}  # fmt: skip
_HALF_BENT = {
    "left_leg_front": 60.0, "right_leg_front": 60.0, "left_knee": 80.0, "right_knee": 80.0,
}  # fmt: skip
_GUARD = _both(20, 25, 20, 125)
_OPEN = {"left_leg_side": 22.0, "right_leg_side": 22.0}

ACTIONS = (
    Action(
        "wave",
        (
            Key(0.0, _right(85, 0, -75, 75), _right(35, 35, -20, 110)),
            Key(0.25, _right(85, 0, -80, 45), _right(35, 35, -50, 115)),
            Key(0.75, _right(85, 0, -70, 110), _right(35, 35, 15, 115)),
            Key(1.0, _right(85, 0, -75, 75), _right(35, 35, -20, 110)),
        ),
        0.75,
        (2, 5),
    ),
    Action("swipe_left", _swipe(leftwards=True), 1.7, (1, 2)),
    Action("swipe_right", _swipe(leftwards=False), 1.7, (1, 2)),
    Action("draw_circle_clockwise", _circle(clockwise=True), 2.4, (1, 2)),
    Action("draw_circle_counter_clockwise", _circle(clockwise=False), 2.4, (1, 2)),
    Action(
        "knock",
        (
            Key(0.0, _right(20, 50, 0, 105), _right(30, 75, -10, 95)),
            Key(0.35, _right(20, 55, 0, 115), _right(30, 75, -15, 110)),
            Key(0.6, _right(20, 60, 0, 78), _right(30, 85, -5, 65)),
            Key(1.0, _right(20, 50, 0, 105), _right(30, 75, -10, 95)),
        ),
        0.6,
        (2, 5),
    ),
    Action(
        "push",
        (
            Key(0.25, _both(15, 20, 0, 120), _both(45, 40, 20, 110)),
            Key(0.35, _both(15, 20, 0, 120), _both(45, 40, 20, 110)),
            Key(0.6, _both(8, 88, 0, 8) | {"lean": 14.0}, _both(15, 75, 0, 22)),
            Key(0.75, _both(8, 88, 0, 8) | {"lean": 12.0}, _both(15, 75, 0, 22)),
        ),
        1.8,
        (1, 2),
    ),
    Action(
        "box",
        (
            Key(0.0, _GUARD, _GUARD),
            Key(
                0.25,
                _GUARD | _left(12, 88, 0, 12) | {"twist": -18.0},
                _GUARD | _left(55, 70, 40, 70) | {"twist": -28.0},
            ),
            Key(0.5, _GUARD, _GUARD),
            Key(
                0.75,
                _GUARD | _right(12, 88, 0, 12) | {"twist": 18.0},
                _GUARD | _right(55, 70, 40, 70) | {"twist": 28.0},
            ),
            Key(1.0, _GUARD, _GUARD),
        ),
        1.1,
        (2, 4),
    ),
    Action(
        "throw",
        (
            Key(0.3, _right(95, -10, -75, 95) | {"twist": -25.0}, _right(50, -30, -20, 60)),
            Key(0.42, _right(95, -10, -85, 100) | {"twist": -28.0}, _right(50, -35, -20, 60)),
            Key(
                0.58,
                _right(40, 100, -10, 15) | {"twist": 15.0, "lean": 10.0},
                _right(35, 80, 0, 10),
            ),
            Key(0.72, _right(5, 50, 35, 25) | {"twist": 22.0, "lean": 14.0}, _right(0, 95, 40, 35)),
        ),
        2.0,
        (1, 2),
    ),
    Action(
        "clap",
        (
            Key(0.0, _both(25, 45, -15, 75), _both(50, 70, 0, 35)),
            Key(0.5, _both(8, 50, 28, 80), _both(10, 85, 18, 30)),
            Key(1.0, _both(25, 45, -15, 75), _both(50, 70, 0, 35)),
        ),
        0.6,
        (3, 6),
    ),
    Action(
        "arm_curl",
        (
            Key(0.0, _both(6, 5, 0, 15), _both(12, 0, -15, 25)),
            Key(0.45, _both(6, 12, 0, 135), _both(12, 25, -15, 120)),
            Key(0.55, _both(6, 12, 0, 135), _both(12, 25, -15, 120)),
            Key(1.0, _both(6, 5, 0, 15), _both(12, 0, -15, 25)),
        ),
        1.6,
        (1, 3),
    ),
    Action(
        "star_jump",
        (
            Key(0.0, {"jump": 0.0}, {"jump": 0.0}),
            Key(0.3, _both(100, 0, 0, 15) | {"jump": 0.10}, _both(60, 30, 0, 40) | {"jump": 0.07}),
            Key(0.5, _both(155, 0, 0, 15) | _OPEN, _both(90, 20, 0, 30) | _OPEN),
            Key(0.8, _both(80, 0, 0, 15) | {"jump": 0.10}, _both(40, 20, 0, 40) | {"jump": 0.07}),
            Key(1.0, {"jump": 0.0}, {"jump": 0.0}),
        ),
        1.15,
        (2, 4),
    ),
    Action("walk", _stride(knee=62, front=38, swing=22, elbow=22, jump=0.0), 1.25, (2, 4)),
    Action("jog", _stride(knee=88, front=48, swing=34, elbow=75, jump=0.05), 0.8, (3, 6)),
    Action(
        "squat",
        (
            Key(
                0.4, _LEGS_BENT | _both(10, 75, 0, 15) | {"lean": 30.0}, _HALF_BENT | {"lean": 42.0}
            ),
            Key(
                0.6, _LEGS_BENT | _both(10, 80, 0, 15) | {"lean": 32.0}, _HALF_BENT | {"lean": 45.0}
            ),
        ),
        2.2,
        (1, 2),
    ),
    Action(
        "kick",
        (
            Key(
                0.3,
                {"right_leg_front": -22.0, "right_knee": 55.0},
                {"right_leg_front": 55.0, "right_knee": 105.0},
            ),
            Key(
                0.5,
                {"right_leg_front": 68.0, "right_knee": 8.0, "lean": -10.0},
                {"right_leg_front": 62.0, "right_knee": 12.0},
            ),
            Key(
                0.6,
                {"right_leg_front": 60.0, "right_knee": 18.0, "lean": -8.0},
                {"right_leg_front": 58.0, "right_knee": 90.0},
            ),
        ),
        1.6,
        (1, 2),
    ),
)
"""Sixteen; several differ in direction or tempo only."""
