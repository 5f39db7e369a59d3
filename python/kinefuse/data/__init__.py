"""Recordings, the store they are kept in, how they are split, and batches of their windows."""

from kinefuse.data import splits
from kinefuse.data.arrays import ArrayStore
from kinefuse.data.batch import Batch, TorchBatch
from kinefuse.data.chunked import Chunk, ChunkedStream
from kinefuse.data.ingest import ingest
from kinefuse.data.loader import BatchLoader
from kinefuse.data.merge import merge
from kinefuse.data.prepare import Prepare
from kinefuse.data.progress import IngestProgress
from kinefuse.data.recording import Recording, Stream
from kinefuse.data.report import Failure, IngestReport
from kinefuse.data.schema import ModalitySchema
from kinefuse.data.statistics import ChannelStatistics, channel_statistics
from kinefuse.data.store import MotionStore

__all__ = [
    "ArrayStore",
    "Batch",
    "BatchLoader",
    "ChannelStatistics",
    "Chunk",
    "ChunkedStream",
    "Failure",
    "IngestProgress",
    "IngestReport",
    "ModalitySchema",
    "MotionStore",
    "Prepare",
    "Recording",
    "Stream",
    "TorchBatch",
    "channel_statistics",
    "ingest",
    "merge",
    "splits",
]
