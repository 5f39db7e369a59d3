"""What a web server answered in place of a file, said as it is.

To `fsspec <https://filesystem-spec.readthedocs.io>`_ a file is missing whatever the server says.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

__all__ = ["ask_strictly", "telling_answers"]

_MISSING = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_FORBIDDEN = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
)


def ask_strictly(fs: Any) -> None:
    """Let a file system of the web fail when it is asked whether a file exists that it may not see.

    Otherwise what a busy server does not list would be left out, and nobody would know.

    Parameters
    ----------
    fs : fsspec.implementations.http.HTTPFileSystem
        Changed in place.
    """
    from fsspec.asyn import sync_wrapper

    exists = type(fs)._exists

    async def ask(path: str, **settings: Any) -> bool:
        return bool(await exists(fs, path, **(settings | {"strict": True})))

    fs._exists, fs.exists = ask, sync_wrapper(ask, fs)


@contextmanager
def telling_answers() -> Iterator[None]:
    """Let an error in the block say what the server answered, and what to do.

    Raises
    ------
    PermissionError
        The server wants to know who asks, or does not let them: 401, 403, 407.
    OSError
        It answered otherwise, such as 503; but 404 and 410 stay as they are: missing files.
    """
    try:
        yield
    except Exception as error:
        found = _answer(error)
        if found is None:
            raise
        status, address = found
        kind = PermissionError if status in _FORBIDDEN else OSError
        raise kind(f"{address}: the server answered {_named(status)}; {_advice(status)}") from error


def _answer(error: BaseException | None) -> tuple[int, str] | None:
    """Return the status and the address of an answer that is no file and does not say missing."""
    while error is not None:
        status, request = getattr(error, "status", None), getattr(error, "request_info", None)
        if isinstance(status, int) and request is not None:
            return None if status in _MISSING else (status, str(request.real_url))
        error = error.__cause__
    return None


def _named(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)


def _advice(status: int) -> str:
    if status in _FORBIDDEN:
        return "ask for the right to read it, or copy the files here first"
    if status >= 500 or status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS):
        return "try again later"
    return "see in a browser whether the address is right"
