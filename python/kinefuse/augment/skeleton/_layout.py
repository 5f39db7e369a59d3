"""From the layout that a step names to the joint numbers that the core reads."""

from collections.abc import Iterable

from kinefuse.skeleton import SkeletonLayout
from kinefuse.skeleton import layout as known_layout

__all__ = ["pair_indices", "resolve"]


def resolve(layout: SkeletonLayout | str) -> SkeletonLayout:
    """Return a layout that may be given by name."""
    return layout if isinstance(layout, SkeletonLayout) else known_layout(layout)


def pair_indices(layout: SkeletonLayout, pairs: Iterable[tuple[str, str]]) -> list[list[int]]:
    """Return the numbers of joints in pairs."""
    return [[layout.index(left), layout.index(right)] for left, right in pairs]
