"""What is wrong with a sensor's values, and how to put it right.

:func:`autocalibrate` finds scale and offset of an accelerometer from the times it lay still;
:func:`find_clipping` and :func:`find_flat_lines` list what no correction brings back.
"""

from kinefuse.calibration.autocalibration import Autocalibrator, Calibration, autocalibrate
from kinefuse.calibration.defects import find_clipping, find_flat_lines

__all__ = [
    "Autocalibrator",
    "Calibration",
    "autocalibrate",
    "find_clipping",
    "find_flat_lines",
]
