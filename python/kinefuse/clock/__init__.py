"""Clocks: at what rate stamps come, which of them can be used, where time is missing.

Stamps are float64 seconds; :func:`to_seconds` makes them of any time column, and every function
here takes such a column as well.
"""

from kinefuse.clock.alignment import Alignment, align, align_events
from kinefuse.clock.counters import Unwrapped, unwrap
from kinefuse.clock.gaps import find_gaps, segments
from kinefuse.clock.rates import TrueRate, estimate_rate, infer_rate
from kinefuse.clock.repaired import Repaired, repair
from kinefuse.clock.report import ClockEvent, ClockReport
from kinefuse.clock.seconds import Seconds, stamps, to_seconds

__all__ = [
    "Alignment",
    "ClockEvent",
    "ClockReport",
    "Repaired",
    "Seconds",
    "TrueRate",
    "Unwrapped",
    "align",
    "align_events",
    "estimate_rate",
    "find_gaps",
    "infer_rate",
    "repair",
    "segments",
    "stamps",
    "to_seconds",
    "unwrap",
]
