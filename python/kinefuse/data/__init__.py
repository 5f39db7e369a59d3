"""Recordings, the store they are kept in, and how they are split."""

from kinefuse.data import splits
from kinefuse.data.ingest import ingest
from kinefuse.data.recording import Recording, Stream
from kinefuse.data.report import Failure, IngestReport
from kinefuse.data.schema import ModalitySchema
from kinefuse.data.store import MotionStore

__all__ = [
    "Failure",
    "IngestReport",
    "ModalitySchema",
    "MotionStore",
    "Recording",
    "Stream",
    "ingest",
    "splits",
]
