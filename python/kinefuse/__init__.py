"""From raw motion recordings to activity labels when labels are scarce.

Signals are ``(T, C)`` arrays, skeletons ``(T, J, D)``; time is in seconds, rates in Hz, angles in
degrees, acceleration in g, angular rate in rad/s, joints in metres. Missing is NaN, never zero.
Nothing in here imports torch until something that learns is used.
"""

import warnings

from kinefuse import _native, calibration, clock, filters, skeleton, units
from kinefuse._native import __version__
from kinefuse.resample import (
    Regridded,
    interpolate_quaternions,
    regrid,
    resample,
    resample_at,
    resample_labels,
    resample_to_length,
)
from kinefuse.streaming import ReadyWindows, StreamingWindows
from kinefuse.threads import num_threads, set_num_threads
from kinefuse.windows import Timeline, event_index, window_index, window_table, windows

if _native.debug_build:
    warnings.warn(
        "kinefuse was built without optimisation and is many times slower: "
        "build it with 'maturin develop --release'",
        RuntimeWarning,
        stacklevel=2,
    )

__all__ = [
    "ReadyWindows",
    "Regridded",
    "StreamingWindows",
    "Timeline",
    "__version__",
    "calibration",
    "clock",
    "event_index",
    "filters",
    "interpolate_quaternions",
    "num_threads",
    "regrid",
    "resample",
    "resample_at",
    "resample_labels",
    "resample_to_length",
    "set_num_threads",
    "skeleton",
    "units",
    "window_index",
    "window_table",
    "windows",
]
