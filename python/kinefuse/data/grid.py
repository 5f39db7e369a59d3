"""The streams of one modality, brought onto one grid."""

from collections.abc import Sequence

import numpy as np

from kinefuse.data.recording import Stream
from kinefuse.data.schema import ModalitySchema
from kinefuse.data.writer import Samples
from kinefuse.errors import FormatError

__all__ = ["to_grid"]


def to_grid(streams: Sequence[Stream], *, rate_hz: float | None, max_gap_s: float) -> Samples:
    """Bring the streams of one modality onto one uniform grid and put their channels in a row."""
    if len(streams) > 1:
        raise FormatError(f"expected one stream, got {[stream.name for stream in streams]}")
    (stream,) = streams
    if stream.time_s is not None or rate_hz not in (None, stream.rate_hz):
        raise FormatError(f"stream {stream.name!r}: expected samples at {rate_hz} Hz, no stamps")
    schema = ModalitySchema(
        channels=tuple(stream.channels),
        units=tuple(stream.units),
        shape=stream.data.shape[1:],
        rate_hz=float(stream.rate_hz or 0.0),
        layout=stream.layout,
    )
    return Samples(
        data=np.ascontiguousarray(stream.data, dtype=np.float32),
        schema=schema,
        start_s=stream.start_s,
        gaps=np.empty((0, 2), dtype=np.int64),
        labels=stream.labels,
    )
