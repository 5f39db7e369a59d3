"""Windows: which rows make a sample, which label it has, and the rows written out."""

from kinefuse.windows._arguments import LabelRule
from kinefuse.windows.copies import windows
from kinefuse.windows.events import EventIndex, EventReport, event_index
from kinefuse.windows.index import WindowIndex, WindowReport, window_index
from kinefuse.windows.table import Timeline, WindowTable, WindowTableReport, window_table

__all__ = [
    "EventIndex",
    "EventReport",
    "LabelRule",
    "Timeline",
    "WindowIndex",
    "WindowReport",
    "WindowTable",
    "WindowTableReport",
    "event_index",
    "window_index",
    "window_table",
    "windows",
]
