"""MATLAB files, as far as readers need them."""

from io import BytesIO
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from kinefuse.errors import FormatError, MissingExtraError

__all__ = ["load_variable"]


def load_variable(file: Path, name: str) -> NDArray[Any]:
    """Read one array of a ``.mat`` file (version 5, compressed or not).

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FormatError
        The file is truncated, not of this format, or lacks the variable.
    MissingExtraError
        SciPy is not installed.
    """
    try:
        from scipy.io import loadmat, whosmat
    except ImportError as error:
        raise MissingExtraError(
            "reading .mat files needs SciPy: pip install 'kinefuse[io]'"
        ) from error
    content = file.read_bytes()
    try:
        values = loadmat(BytesIO(content), variable_names=(name,)).get(name)
        found = [] if values is not None else [entry[0] for entry in whosmat(BytesIO(content))]
    except Exception as error:
        # SciPy meets a broken file with whatever breaks first: zlib.error, ValueError, TypeError,
        # MatReadError, NotImplementedError (version 7.3), even SystemError.
        reason = str(error).strip() or type(error).__name__
        raise FormatError(
            f"{file}: not a whole MATLAB version 5 file ({reason}); fetch it again"
        ) from error
    if values is None:
        raise FormatError(f"{file}: expected a variable {name!r}, found {found or 'none'}")
    array: NDArray[Any] = values
    return array
