"""MATLAB files: version 5 to 7 through SciPy, version 7.3 through h5py."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.errors import FormatError, MissingExtraError
from kinefuse.readers.about import About
from kinefuse.readers.array_table import ArrayReader, ArrayTable, Held, Variable

__all__ = ["Mat"]

_MOST_CELLS = 5_000_000


class Mat(ArrayReader):
    """Reads arrays of MATLAB files; see :class:`ArrayReader` for what it takes.

    Fields of structures are called ``structure.field``; vectors have one axis, whether they stand
    or lie. Needs ``kinefuse[io]``.
    """

    name = "mat"
    suffixes = (".mat",)
    about = About(
        title="MATLAB arrays of your own, described by settings",
        source="MAT-File Format, MathWorks; version 7.3 is HDF5",
        licence="that of the recordings",
        kind="format",
    )

    def open_table(self, file: Path) -> ArrayTable:
        """Open a file."""
        with file.open("rb") as content:
            first = content.read(520)
        hdf5 = first[:8] == b"\x89HDF\r\n\x1a\n" or first[512:520] == b"\x89HDF\r\n\x1a\n"
        variables = dict(_hdf5(file) if hdf5 else _version5(file))
        return ArrayTable(file, variables, self._axis, "MATLAB 7.3" if hdf5 else "MATLAB")


def _version5(file: Path) -> Iterator[tuple[str, Variable]]:
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise MissingExtraError(
            "reading .mat files needs SciPy: pip install 'kinefuse[io]'"
        ) from error
    try:
        content = loadmat(file, simplify_cells=True)
    except Exception as error:
        # SciPy meets a broken file with whatever breaks first.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = str(error).strip() or type(error).__name__
        raise FormatError(f"{file}: not a whole MATLAB file ({reason})") from error
    yield from _flat("", {k: v for k, v in content.items() if not k.startswith("__")})


def _flat(name: str, value: Any) -> Iterator[tuple[str, Variable]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}" if name else str(key), inner)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        yield name, Held(value)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "UO":
        # SciPy makes an empty array of an empty text.
        cells = ["" if np.size(cell) == 0 else cell for cell in value.flat]
        if all(isinstance(cell, str) for cell in cells):
            yield name, Held(np.array(cells, dtype=object).reshape(value.shape))


def _hdf5(file: Path) -> Iterator[tuple[str, Variable]]:
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError(
            "reading .mat files of version 7.3 needs h5py: pip install 'kinefuse[io]'"
        ) from error
    found: dict[str, Variable] = {}

    def visit(name: str, item: Any) -> None:
        if not isinstance(item, h5py.Dataset) or name.startswith("#") or not item.shape:
            return
        kind = item.attrs.get("MATLAB_class", b"").decode()
        variable = name.replace("/", ".")
        if item.attrs.get("MATLAB_empty", 0):
            return
        if kind == "cell" and item.dtype == h5py.ref_dtype and item.size <= _MOST_CELLS:
            texts = [_text(content[reference]) for reference in item[()].T.reshape(-1)]
            if all(text is not None for text in texts):
                found[variable] = Held(np.array(texts, dtype=object))
        elif kind != "char" and item.dtype.kind in "fiub":
            found[variable] = _Dataset(file, item)

    try:
        content = h5py.File(file, "r")
        content.visititems(visit)
    except Exception as error:
        # As SciPy above.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise FormatError(f"{file}: not a whole MATLAB 7.3 file ({error})") from error
    yield from found.items()


def _text(item: Any) -> str | None:
    if item.attrs.get("MATLAB_class", b"") != b"char":
        return None
    if item.attrs.get("MATLAB_empty", 0):
        return ""
    return np.asarray(item[()]).T.astype("<u2").tobytes().decode("utf-16-le")


class _Dataset:
    """An array of version 7.3, whose axes HDF5 has the other way round."""

    def __init__(self, file: Path, item: Any) -> None:
        self._file, self._item = file, item
        shape = item.shape[::-1]
        # A vector has one axis.
        self._vector = len(shape) == 2 and 1 in shape
        self.shape = (max(shape),) if self._vector else shape
        self.dtype = item.dtype

    def read(self, axis: int, first: int, end: int) -> NDArray[Any]:
        """Return positions ``first`` to ``end`` of an axis, which comes first."""
        at = [slice(None)] * self._item.ndim
        if self._vector:
            at[int(np.argmax(self._item.shape))] = slice(first, end)
        else:
            at[self._item.ndim - 1 - axis] = slice(first, end)
        try:
            values: NDArray[Any] = self._item[tuple(at)]
        except (OSError, RuntimeError, ValueError, TypeError) as error:
            raise FormatError(f"{self._file}: not a whole MATLAB 7.3 file ({error})") from error
        return values.reshape(-1) if self._vector else np.moveaxis(values.T, axis, 0)
