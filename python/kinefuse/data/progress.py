"""How far an ingest is."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["IngestProgress", "Meter"]

_EVERY_S = 0.2


@dataclass(frozen=True)
class IngestProgress:
    """How far an ingest is: what :func:`kinefuse.data.ingest` tells its ``progress``.

    Attributes
    ----------
    done, total : int
        Recordings that are stored or refused, and all; those of an earlier run included.
    failed : int
        How many of them were refused.
    bytes_done, bytes_total : int
        Of the files that this run reads.
    seconds : float
        Since it began to read.
    name : str
        The source that was finished last.
    """

    done: int
    total: int
    failed: int
    bytes_done: int
    bytes_total: int
    seconds: float
    name: str = ""

    @property
    def megabytes_per_s(self) -> float:
        """Megabytes of 10**6 bytes read a second, on average."""
        return self.bytes_done / max(self.seconds, 1e-9) / 1e6

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at this rate; None as long as nothing is read."""
        if not self.bytes_done:
            return None
        return max(0, self.bytes_total - self.bytes_done) * self.seconds / self.bytes_done


class Meter:
    """Adds up what several threads have read and tells of it, not too often.

    Parameters
    ----------
    tell : callable or None
        Gets an :class:`IngestProgress`; never called by two threads at once.
    done, total, failed, bytes_total : int
        As in :class:`IngestProgress`.
    """

    def __init__(
        self,
        tell: Callable[[IngestProgress], None] | None,
        *,
        done: int,
        total: int,
        failed: int,
        bytes_total: int,
    ) -> None:
        self._tell = tell
        self._done, self._total, self._failed = done, total, failed
        self._bytes, self._bytes_total = 0, bytes_total
        self._name = ""
        self._lock = threading.Lock()
        self._begun = self._told = time.monotonic()

    def read(self, n: int) -> None:
        """Note that so many more bytes were read."""
        with self._lock:
            self._bytes += n
            if time.monotonic() - self._told >= _EVERY_S:
                self._say()

    def finish(self, name: str, *, failed: bool) -> None:
        """Note that a source is finished."""
        with self._lock:
            self._done += 1
            self._failed += failed
            self._name = name
            self._say()

    def _say(self) -> None:
        self._told = time.monotonic()
        if self._tell is not None:
            progress = IngestProgress(
                done=self._done,
                total=self._total,
                failed=self._failed,
                bytes_done=self._bytes,
                bytes_total=self._bytes_total,
                seconds=self._told - self._begun,
                name=self._name,
            )
            self._tell(progress)
