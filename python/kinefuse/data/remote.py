"""Raw files and stores in object storage, by address: ``s3://bucket/raw``, ``gs://``, ``memory://``.

Whatever `fsspec <https://filesystem-spec.readthedocs.io>`_ knows will do; the library of a kind of
storage (``s3fs``, ``gcsfs``…) is installed beside it. Raw files are copied when their recording is
read, into a folder of bounded size. A store is written and read on disk and copied as a whole.
"""

import shutil
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from threading import Condition, Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from kinefuse._extras import needs_extra
from kinefuse.data.web_answers import ask_strictly, telling_answers
from kinefuse.errors import ConfigError, KinefuseError, StoreError
from kinefuse.readers import Reader, Source

if TYPE_CHECKING:
    from kinefuse.data.recording import Recording

__all__ = ["RemoteReader", "at_hand", "copy_store", "is_remote", "locate", "name_of", "near"]

CACHE_BYTES = 8 * 2**30
_MAKING = Lock()


def is_remote(path: object) -> bool:
    """Return whether a path is an address with a scheme.

    Examples
    --------
    >>> is_remote("s3://bucket/raw"), is_remote("recordings/raw")
    (True, False)
    """
    return "://" in str(path)


def locate(path: str | Path) -> Any:
    """Return a path object: of pathlib, or for an address one of the same methods.

    A ``file://`` address is a path of pathlib; what stands in it as ``%20`` is a blank.

    Raises
    ------
    MissingExtraError
        An address, and ``kinefuse[remote]`` is not installed.
    """
    if not is_remote(path):
        return Path(path)
    if str(path).startswith("file://"):
        return Path(url2pathname(urlsplit(str(path)).path))
    with needs_extra("remote", "an address"):
        from upath import UPath
    if not _is_web(path):
        return UPath(path)
    # fsspec keeps one file system for each set of options: this one is not that of others.
    found = UPath(path, simple_links=True)
    ask_strictly(found.fs)
    return found


def name_of(file: Any) -> str:
    """Return the name of a file as it is where it lies: an address of the web has it quoted.

    Examples
    --------
    >>> name_of(Path("raw/take 1.csv"))
    'take 1.csv'
    """
    return unquote(file.name) if _is_web(file) else str(file.name)


def _is_web(path: Any) -> bool:
    return str(path).startswith(("http://", "https://"))


class RemoteReader:
    """A reader of files in object storage: they are here while their recording is read.

    The store is that of the same files on disk. :func:`kinefuse.data.ingest` uses this for a path
    that is an address.

    Parameters
    ----------
    reader : Reader
        Of the data set or format.
    cache : str or Path, optional
        The folder for copies; a temporary one, if not given.
    cache_bytes : int
        About how large it gets. What is being read is there whatever its size.

    Examples
    --------
    >>> from kinefuse import readers
    >>> reader = RemoteReader(readers.get("utd-mhad"), cache_bytes=2**30)
    >>> reader.name
    'utd-mhad'
    """

    def __init__(
        self, reader: Reader, *, cache: str | Path | None = None, cache_bytes: int = CACHE_BYTES
    ) -> None:
        if cache_bytes < 0:
            raise ConfigError(f"cache_bytes: expected at least 0, got {cache_bytes}")
        self._reader = reader
        self._cache = cache
        self._cache_bytes = cache_bytes
        self._copies: _Copies | None = None
        self.name, self.classes = reader.name, tuple(reader.classes)

    def __getattr__(self, name: str) -> Any:
        # What readers may say beyond the protocol: rate_hz, ignored, about.
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._reader, name)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_copies": None}

    def settings(self) -> dict[str, Any]:
        """Return those of the reader."""
        return self._reader.settings()

    def discover(self, path: Any) -> Sequence[Source]:
        """List the recordings under an address.

        Raises
        ------
        OSError
            A web server refuses or cannot answer: the message has its status.
        """
        try:
            if not _is_web(path):
                return self._reader.discover(locate(path))
            with telling_answers():
                found = self._reader.discover(locate(path))
            return [replace(one, name=unquote(one.name), info=_unquoted(one.info)) for one in found]
        except TypeError as error:
            raise ConfigError(
                f"reader {self.name!r} lists recordings only of files on disk ({error}); copy "
                f"{path} here first"
            ) from error

    def read(self, source: Source) -> "Recording":
        """Read one recording, of a source that :meth:`at_hand` gave."""
        return self._reader.read(source)

    @contextmanager
    def at_hand(self, source: Source) -> Iterator[Source]:
        """Copy the files of a source here, and return the source of the copies.

        Raises
        ------
        OSError
            A file cannot be had: of a web server, the message has its status.
        """
        with _MAKING:  # threads that begin at the same time share one folder
            if self._copies is None:
                self._copies = _Copies(self._cache, self._cache_bytes)
            copies = self._copies
        with ExitStack() as stack:
            found: dict[Any, Path] = {}
            for file in {*_remote_files([source.files, source.info])}:
                with telling_answers():
                    found[file] = stack.enter_context(copies.hold(file))
            here = replace(
                source, files=_replaced(source.files, found), info=_replaced(source.info, found)
            )
            try:
                yield here
            except (KinefuseError, OSError) as error:
                _name_origin(error, found)
                raise


def _remote_files(value: Any) -> Iterator[Any]:
    """Go through what a reader keeps about a source."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _remote_files(item)
    elif hasattr(value, "fs") and is_remote(value):
        yield value


def _unquoted(value: Any) -> Any:
    """Return what a reader read from names in addresses of the web, as the names are."""
    if isinstance(value, Mapping):
        return {key: _unquoted(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([_unquoted(item) for item in value])
    return unquote(value) if isinstance(value, str) else value


def _replaced(value: Any, copies: Mapping[Any, Path]) -> Any:
    if isinstance(value, Mapping):
        return {key: _replaced(item, copies) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([_replaced(item, copies) for item in value])
    return copies[value] if hasattr(value, "fs") and is_remote(value) else value


def _name_origin(error: Exception, copies: Mapping[Any, Path]) -> None:
    """Let a message speak of the file that somebody knows, not of its copy."""
    names = {str(copy): str(file) for file, copy in copies.items()}
    for copy, file in names.items():
        error.args = tuple(
            word.replace(copy, file) if isinstance(word, str) else word for word in error.args
        )
    if isinstance(error, OSError) and str(error.filename) in names:
        error.filename = names[str(error.filename)]


def at_hand(reader: Reader, source: Source) -> AbstractContextManager[Source]:
    """Return the source as it can be read in the block: with copies, if its files are remote."""
    held = getattr(reader, "at_hand", None)
    return nullcontext(source) if held is None else held(source)


class _Copies:
    """Copies of files; those not used for longest go first when there are too many bytes."""

    def __init__(self, folder: str | Path | None, max_bytes: int) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="kinefuse-", dir=folder))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._max_bytes = max_bytes
        self._sizes: OrderedDict[Path, int] = OrderedDict()
        self._held: dict[Path, int] = {}
        self._coming: set[Path] = set()
        self._changed = Condition()

    @contextmanager
    def hold(self, file: Any) -> Iterator[Path]:
        """Keep a copy while the block runs."""
        # Its folders stay, so that a reader that looks at them sees the same names.
        name = unquote(str(file.path)) if _is_web(file) else str(file.path)
        path = self._folder / name.strip("/")
        self._take(file, path)
        try:
            yield path
        finally:
            with self._changed:
                self._held[path] -= 1
                self._make_room(0)

    def _take(self, file: Any, path: Path) -> None:
        with self._changed:
            self._changed.wait_for(lambda: path not in self._coming)
            if path in self._sizes:
                self._sizes.move_to_end(path)
                self._held[path] += 1
                return
            self._coming.add(path)
            size = file.stat().st_size
            self._make_room(size)
            self._sizes[path], self._held[path] = size, 1
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file.fs.get_file(file.path, str(path))
        except BaseException:
            with self._changed:
                del self._sizes[path], self._held[path]
            path.unlink(missing_ok=True)
            raise
        finally:
            with self._changed:
                self._coming.discard(path)
                self._changed.notify_all()

    def _make_room(self, size: int) -> None:
        total = sum(self._sizes.values()) + size
        for path in list(self._sizes):
            if total <= self._max_bytes:
                return
            if not self._held[path]:
                total -= self._sizes.pop(path)
                del self._held[path]
                path.unlink(missing_ok=True)


def copy_store(source: str | Path, target: str | Path) -> None:
    """Copy a store, a part or a whole one, to or from an address; the manifest comes last.

    A copy that was interrupted is not taken for a store. Files of the target that have the right
    size already are not copied again, so that it is cheap to repeat.

    Parameters
    ----------
    source, target : str or Path
        Folders or addresses.

    Raises
    ------
    StoreError
        The source is no store; the target is another one.
    OSError
        A web server refuses or cannot answer: the message has its status.
    """
    with telling_answers():
        _copy(source, target)


def _copy(source: str | Path, target: str | Path) -> None:
    here, there = locate(source), locate(target)
    manifest = here / "store.json"
    if not manifest.exists():
        raise StoreError(f"{source}: not a store: store.json is missing")
    content = manifest.read_bytes()
    if (there / "store.json").exists():
        if (there / "store.json").read_bytes() != content:
            raise StoreError(f"{target}: there is another store already; give another place")
        return
    there.mkdir(parents=True, exist_ok=True)
    for file in sorted(here.iterdir(), key=lambda file: str(file.name)):
        copy = there / file.name
        if not file.is_file() or file.name == "store.json":
            continue
        if not (copy.exists() and copy.stat().st_size == file.stat().st_size):
            with file.open("rb") as original, copy.open("wb") as new:
                shutil.copyfileobj(original, new, 2**24)
    (there / "store.json").write_bytes(content)


@contextmanager
def near(stores: Sequence[str | Path], folder: Path) -> Iterator[list[Path]]:
    """Copy the stores that are addresses into a folder, which is gone when the block ends well."""
    found = []
    for number, store in enumerate(stores):
        if is_remote(store):
            copy = folder / str(number)
            copy_store(store, copy)
            found.append(copy)
        else:
            found.append(Path(store))
    yield found
    shutil.rmtree(folder, ignore_errors=True)
