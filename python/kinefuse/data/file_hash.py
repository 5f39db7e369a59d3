"""The sha256 of files, taken while they are read or once in a run."""

import hashlib
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self

__all__ = ["FollowingHash", "Hashes"]

_PIECE_BYTES = 2**22


class Hashes:
    """Hashes of files, each taken once, whatever the number of recordings that a file holds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[tuple[Path, int, int], str] = {}

    def of(self, file: Path) -> str:
        """Return the hash of a file, read now if it was not yet."""
        key = _state(file)
        with self._lock:
            found = self._found.get(key)
        if found is None:
            with file.open("rb") as content:
                found = hashlib.file_digest(content, "sha256").hexdigest()
            self.add(key, found)
        return found

    def add(self, key: tuple[Path, int, int], digest: str) -> None:
        """Note the hash of a file as it was at a time."""
        with self._lock:
            self._found[key] = digest

    def knows(self, file: Path) -> bool:
        """Whether the hash of the file as it is now was taken."""
        with self._lock:
            return _state(file) in self._found


class FollowingHash:
    """Hashes a file behind somebody who reads it, while what was read is still in memory.

    Without it a file larger than memory would come from the disk twice.

    Parameters
    ----------
    file : Path
    hashes : Hashes
        Gets the result when the whole file was followed.
    """

    def __init__(self, file: Path, hashes: Hashes) -> None:
        self._key = _state(file)
        self._size = self._key[1]
        self._hashes = hashes
        self._hash = hashlib.sha256()
        self._file = file.open("rb", buffering=0)
        self._done = 0
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="kinefuse-hash")
        self._last: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._file.close()

    def advance(self, bytes_read: int) -> None:
        """Say how far the file was read; hash up to there on another thread."""
        if self._last is not None and bytes_read - self._done < _PIECE_BYTES:
            return
        self._done = bytes_read
        self._last = self._pool.submit(self._follow, min(bytes_read, self._size))

    def finish(self) -> None:
        """Hash the rest, and wait."""
        self._pool.submit(self._follow, self._size).result()
        if self._file.tell() == self._size:
            self._hashes.add(self._key, self._hash.hexdigest())

    def _follow(self, upto: int) -> None:
        while (missing := upto - self._file.tell()) > 0:
            piece = self._file.read(min(_PIECE_BYTES, missing))
            if not piece:
                return
            self._hash.update(piece)


def _state(file: Path) -> tuple[Path, int, int]:
    stat = file.stat()
    return file, stat.st_size, stat.st_mtime_ns
