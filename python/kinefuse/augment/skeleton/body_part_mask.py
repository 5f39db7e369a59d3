"""Limbs that the camera does not see."""

from dataclasses import dataclass
from typing import Any

from kinefuse.augment.plan import Step, register
from kinefuse.augment.skeleton._layout import resolve
from kinefuse.errors import ConfigError
from kinefuse.skeleton import SkeletonLayout

__all__ = ["BodyPartMask"]


@register("skeleton", "body_part_mask")
@dataclass(frozen=True)
class BodyPartMask(Step):
    """Lose some parts of the body for the whole window, as where it stands sideways or at a table.

    The number of parts is uniform in ``1..max_parts``, and any set of that many is as likely. The
    other parts are kept as they are.

    Parameters
    ----------
    layout : str or SkeletonLayout
        The joints and their parts.
    parts : tuple of str
        Which parts may be lost: any of ``"trunk"`` (with the head), ``"left_arm"``,
        ``"right_arm"``, ``"left_leg"``, ``"right_leg"``.
    max_parts : int
        1 to the number of parts.
    fill : {"nan", "zero", "mean"}
        As in :class:`JointMask`.
    p : float
        Probability that the step is applied.
    """

    layout: SkeletonLayout | str
    parts: tuple[str, ...] = ("left_arm", "right_arm", "left_leg", "right_leg")
    max_parts: int = 1
    fill: str = "nan"

    def _for_core(self) -> dict[str, Any]:
        layout = resolve(self.layout)
        known = layout.parts
        parts = self.parts if isinstance(self.parts, tuple) else (self.parts,)
        for i, part in enumerate(parts):
            if part not in known or part in parts[:i]:
                raise ConfigError(
                    f"skeleton body_part_mask: parts: expected some of {', '.join(known)}, each "
                    f"once, got {part!r}"
                )
        return {
            "joints": len(layout.joints),
            "parts": [[layout.index(joint) for joint in known[part]] for part in parts],
            "max_parts": self.max_parts,
            "fill": self.fill,
        }
