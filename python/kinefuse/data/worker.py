"""Reads sources, one after the other, and says what became of each: here, or in its own process."""

import pickle
import queue
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from kinefuse._processes import follow_the_parent
from kinefuse.data.entries import Gridding, bytes_of, make_entry
from kinefuse.data.samples import Entry
from kinefuse.errors import ConfigError, KinefuseError, MissingExtraError, StoreError
from kinefuse.readers import Reader, Source

__all__ = ["Answer", "Prepared", "Warned", "prepare", "serve"]

Prepared = tuple[Entry, dict[str, Any]]

_TELL_EVERY_S = 0.2


def prepare(
    reader: Reader, source: Source, number: int, identity: Mapping[str, Any], how: Gridding
) -> Prepared | Exception:
    """Read a source as :func:`kinefuse.data.entries.make_entry` does; return why it cannot be read.

    Raises
    ------
    MissingExtraError, ConfigError, StoreError
        No other source could be read, either.
    """
    try:
        return make_entry(reader, source, number, identity, how)
    except (MissingExtraError, ConfigError, StoreError):
        raise
    except (KinefuseError, OSError) as error:
        how.on_bytes(bytes_of(identity))
        return error


@dataclass(frozen=True)
class Warned:
    """A warning of another process."""

    message: Warning
    category: type[Warning]
    filename: str
    lineno: int
    module: str | None


@dataclass(frozen=True)
class Answer:
    """What became of a source in another process.

    Attributes
    ----------
    result : tuple or Exception
        What :func:`prepare` returned or raised.
    raised : bool
        Whether it raised.
    read : int
        Bytes that were read since the process last told.
    warned : list of Warned
    """

    result: "Prepared | BaseException | _Told"
    raised: bool
    read: int
    warned: list[Warned]

    def get(self) -> Prepared | Exception:
        """Return what was returned, raise what was raised."""
        result = self.result.error() if isinstance(self.result, _Told) else self.result
        if isinstance(result, BaseException) and self.raised:
            raise result
        assert not isinstance(result, BaseException) or isinstance(result, Exception)
        return result


@dataclass(frozen=True)
class _Told:
    """Name and text of an exception that cannot be handed over itself."""

    name: str
    kind: type[Exception]
    text: str
    notes: list[str]

    def error(self) -> Exception:
        found: Exception = type(self.name, (self.kind,), {})(self.text)
        for note in self.notes:
            found.add_note(note)
        return found


def serve(connection: Connection) -> None:
    """Read the sources that are named, until told to stop.

    Parameters
    ----------
    connection : Connection
        Gives pickled messages: first ``(reader, settings)``, those of :class:`Gridding` that can be
        handed over; then ``(number, source, identity)`` for each source, and an empty one in the
        end. Is told ``"ready"`` or why it will not do, then the number of bytes read now and then,
        and an :class:`Answer` for each source.
    """
    follow_the_parent()
    worker = _Worker(connection)
    try:
        reader, settings = pickle.loads(connection.recv_bytes())
    except EOFError:  # nothing was left to do
        return
    except Exception as error:  # of whatever is imported for it
        worker.tell(f"{type(error).__name__}: {error}")
        return
    how = Gridding(**settings, on_bytes=worker.note, stop=threading.Event())
    orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    listening = threading.Thread(target=_listen, args=(connection, orders, how.stop), daemon=True)
    listening.start()
    worker.tell("ready")
    while order := orders.get():
        worker.tell(worker.do(reader, order, how))


def _listen(
    connection: Connection, orders: "queue.SimpleQueue[bytes]", stop: threading.Event
) -> None:
    order = b" "
    while order:
        try:
            order = connection.recv_bytes()
        except (EOFError, OSError):
            order = b""
        if not order:  # before what waits in front of it is over
            stop.set()
        orders.put(order)


class _Worker:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._read = 0
        self._told_at = time.monotonic()

    def note(self, n: int) -> None:
        """Add to the bytes that were read, and tell of them now and then."""
        with self._lock:
            self._read += n
            if time.monotonic() - self._told_at < _TELL_EVERY_S:
                return
        self.tell(self._taken())

    def do(self, reader: Reader, order: bytes, how: Gridding) -> bytes:
        """Read a source; return the answer, pickled."""
        raised = False
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")  # who gets them decides what is shown
            try:
                number, source, identity = pickle.loads(order)
                result: Any = prepare(reader, source, number, identity, how)
            except BaseException as error:
                error.add_note(f"in another process:\n{traceback.format_exc().rstrip()}")
                result, raised = error, True
        if isinstance(result, BaseException):
            result = _portable(result)
        try:
            return self._answer(result, raised, warned)
        except Exception as error:  # a reader that makes up types of its own
            if isinstance(result, tuple):
                result[0].discard()
            return self._answer(_portable(error), True, [])

    def tell(self, what: bytes | str | int) -> None:
        content = what if isinstance(what, bytes) else pickle.dumps(what)
        with self._lock:
            self._told_at = time.monotonic()
            self._connection.send_bytes(content)

    def _taken(self) -> int:
        with self._lock:
            read, self._read = self._read, 0
            return read

    def _answer(self, result: Any, raised: bool, warned: "list[warnings.WarningMessage]") -> bytes:
        answer = Answer(result, raised, self._taken(), [_described(one) for one in warned])
        return pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)


def _described(warned: warnings.WarningMessage) -> Warned:
    module = next(
        (
            name
            for name, module in list(sys.modules.items())
            if getattr(module, "__file__", None) == warned.filename
        ),
        None,
    )
    message = warned.message
    if not isinstance(message, Warning):
        message = warned.category(message)
    return Warned(message, warned.category, warned.filename, warned.lineno, module)


def _portable(error: BaseException) -> "BaseException | _Told":
    """Return the exception, or what can be said of it if it does not survive being handed over."""
    try:
        copy = pickle.loads(pickle.dumps(error))
    except Exception:
        copy = None
    if type(copy) is type(error) and str(copy) == str(error):
        return error
    for kind in type(error).__mro__:
        if kind.__module__ in ("kinefuse.errors", "builtins") and _can_say(kind):
            break
    else:
        kind = RuntimeError
    return _Told(type(error).__name__, kind, str(error), getattr(error, "__notes__", []))


def _can_say(kind: type) -> bool:
    try:
        return isinstance(kind("a text"), Exception)
    except TypeError:
        return False
