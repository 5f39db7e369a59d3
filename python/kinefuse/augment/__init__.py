"""Random views of a window, described by a plan.

A step is a frozen dataclass, a plan is steps joined by ``|``::

    from kinefuse.augment import inertial, skeleton

    plan = inertial.Jitter(0.05, p=0.8) | inertial.Rotation(30)
    view = plan(x, seed=0)

The same plan goes to :class:`kinefuse.data.BatchLoader`, and into a recipe as the list of tables
that :meth:`Plan.to_list` gives.

Views of one sample stay synchronous where the plans of its modalities share steps: crops, warps
and speeds then take the same path through time, and mirrors turn all of them or none::

    plans = {
        "inertial": inertial.CropResize(0.75, shared=True)
        | inertial.Mirror(("acc", "gyro"), "z", p=0.5, shared=True)
        | inertial.Jitter(0.05),
        "skeleton": skeleton.CropResize(0.75, shared=True)
        | skeleton.Mirror("kinect_v1", p=0.5, shared=True),
    }

Loaders and recipes refuse plans whose shared steps differ (:func:`check_shared`).

Steps called ``Reference…`` reproduce what the published CMC-CMKM code does where that differs from
its names; they are for reproducing its tables only.
"""

from kinefuse.augment import inertial, skeleton
from kinefuse.augment.plan import Plan, Step, check_shared, steps

__all__ = ["Plan", "Step", "check_shared", "inertial", "skeleton", "steps"]
