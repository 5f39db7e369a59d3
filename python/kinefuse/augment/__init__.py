"""Random views of a window, described by a plan.

A step is a frozen dataclass, a plan is steps joined by ``|``::

    from kinefuse.augment import inertial, skeleton

    plan = inertial.Jitter(0.05, p=0.8) | inertial.Rotation(30)
    view = plan(x, seed=0)

The same plan goes to :class:`kinefuse.data.BatchLoader`, and into a recipe as the list of tables
that :meth:`Plan.to_list` gives. Steps called ``Reference…`` reproduce what the published CMC-CMKM
code does where that differs from its names; they are for reproducing its tables only.
"""

from kinefuse.augment import inertial, skeleton
from kinefuse.augment.plan import Plan, Step, check_shared

__all__ = ["Plan", "Step", "check_shared", "inertial", "skeleton"]
