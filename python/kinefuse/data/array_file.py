"""A NumPy file that rows are appended to, so that no array has to lie in memory whole."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kinefuse.data.checksum import KEY, checksum_file

__all__ = ["PIECE_BYTES", "ArrayFile"]

PIECE_BYTES = 2**24
"""How much of a file is in memory at a time."""


class ArrayFile:
    """Rows in a ``.npy`` file under a temporary name.

    Parameters
    ----------
    path : Path
        Written anew. Gone after :meth:`finish` and :meth:`discard`.
    dtype : data type
        Of the rows.
    shape : tuple of int
        Of one row.
    """

    def __init__(self, path: Path, dtype: DTypeLike, shape: tuple[int, ...]) -> None:
        self.path = path
        self.dtype = np.dtype(dtype)
        self.shape = shape
        self.rows = 0
        self._file = path.open("w+b")
        self._write_header()
        self._header = self._file.tell()

    def __len__(self) -> int:
        return self.rows

    def __getstate__(self) -> dict[str, Any]:
        self._file.close()  # who gets it goes on with the file
        return {name: value for name, value in vars(self).items() if name != "_file"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._file = self.path.open("r+b")
        self._file.seek(0, os.SEEK_END)

    @property
    def nbytes(self) -> int:
        """Bytes of all rows."""
        return self.rows * self._row_bytes

    @property
    def _row_bytes(self) -> int:
        return self.dtype.itemsize * int(np.prod(self.shape, dtype=np.int64))

    def append(self, rows: NDArray[Any]) -> None:
        """Write rows behind those that are there."""
        step = max(1, PIECE_BYTES // max(1, self._row_bytes))
        for begin in range(0, len(rows), step):
            piece = np.ascontiguousarray(rows[begin : begin + step], dtype=self.dtype)
            self._file.write(piece.data.cast("B") if piece.size else b"")
            self.rows += len(piece)

    def fill(self, value: int, rows: int) -> None:
        """Write ``rows`` rows of one value."""
        step = max(1, PIECE_BYTES // max(1, self._row_bytes))
        for begin in range(0, rows, step):
            self.append(np.full((min(step, rows - begin), *self.shape), value, dtype=self.dtype))

    def pieces(self) -> Iterator[NDArray[Any]]:
        """Read the rows, some at a time."""
        self._file.flush()
        step = max(1, PIECE_BYTES // max(1, self._row_bytes))
        with self.path.open("rb") as file:
            file.seek(self._header)
            for begin in range(0, self.rows, step):
                n = min(step, self.rows - begin)
                content = file.read(n * self._row_bytes)
                yield np.frombuffer(content, dtype=self.dtype).reshape(n, *self.shape)

    def take_over(self, other: "ArrayFile") -> None:
        """Append the rows of another file, which is gone then."""
        if self.rows == 0:  # it takes this one's place: nothing is copied
            self._file.close()
            other._file.flush()
            other.path.replace(self.path)
            self._file, self.rows = other._file, other.rows
            return
        for piece in other.pieces():
            self.append(piece)
        other.discard()

    def finish(self, path: Path) -> dict[str, Any]:
        """Write the number of rows into the header, sync to disk, and rename to ``path``.

        Returns rows, bytes and checksum.
        """
        self._file.seek(0, os.SEEK_END)
        size = self._file.tell()
        self._file.seek(0)
        self._write_header()
        self._file.flush()
        with ThreadPoolExecutor(1, thread_name_prefix="kinefuse-checksum") as beside:
            # The disk takes longer than this; what is summed up is still in memory.
            crc = beside.submit(checksum_file, self.path)
            os.fsync(self._file.fileno())
        self._file.close()
        self.path.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return {"rows": self.rows, "bytes": size, KEY: crc.result()}

    def discard(self) -> None:
        """Remove the file."""
        with suppress(OSError):  # of a full disk: what was not written yet is not wanted either
            self._file.close()
        self.path.unlink(missing_ok=True)

    def _write_header(self) -> None:
        # NumPy pads the header so that it is as long for any number of rows.
        header = {
            "descr": np.lib.format.dtype_to_descr(self.dtype),
            "fortran_order": False,
            "shape": (self.rows, *self.shape),
        }
        np.lib.format.write_array_header_1_0(self._file, header)
