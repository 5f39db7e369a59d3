"""Processes that read sources, for recordings so small that Python's own time decides."""

import pickle
import queue
import shutil
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from multiprocessing import Pipe, current_process
from pathlib import Path
from typing import Any

from kinefuse._processes import describe_exit, start_process
from kinefuse.data.disk import writing
from kinefuse.data.entries import Gridding
from kinefuse.data.worker import Answer, Prepared, Warned, serve
from kinefuse.errors import ConfigError, StoreError
from kinefuse.readers import Reader, Source

__all__ = ["WorkerPool", "check_processes"]

_GRACE_S = 5.0
"""For what a reader has to tidy up when the run is stopped."""


def check_processes(processes: int | None) -> int:
    """Return how many processes are asked for, 1 for none but this.

    Raises
    ------
    ConfigError
        No number of processes, or this process may start none.
    """
    if processes is None:
        return 1
    if isinstance(processes, bool) or not isinstance(processes, int) or processes < 1:
        raise ConfigError(f"processes: expected a whole number from 1 on, got {processes!r}")
    if processes > 1 and getattr(current_process(), "_inheriting", False):
        raise ConfigError(
            "processes: this script is being imported by a process that it started itself; put "
            'what it does under `if __name__ == "__main__":`'
        )
    if processes > 1 and current_process().daemon:
        raise ConfigError(
            "processes: this runs in a process that may start none itself; leave processes out"
        )
    return processes


class WorkerPool:
    """Processes of one thread each, started afresh, that end with this one.

    Parameters
    ----------
    reader : Reader
        Is handed over: it must be picklable, and what it is made of importable.
    how : Gridding
        Recordings too large for memory go to a folder of the pool's own in ``how.spool``.
    processes : int

    Raises
    ------
    ConfigError
        The reader cannot be handed over, or the files are in the memory of this process.
    """

    def __init__(self, reader: Reader, how: Gridding, processes: int) -> None:
        if str(how.root).startswith("memory://"):
            raise ConfigError(
                "processes: what lies under memory:// is there for this process only; leave "
                "processes out"
            )
        self._how = how
        self._name = reader.name
        self._spool: Path | None = None
        if how.spool is not None:
            with writing(how.spool):
                # The process of a run that was killed may live a moment longer, and must not write
                # to what a new run has there.
                self._spool = Path(tempfile.mkdtemp(prefix="spool-", dir=how.spool))
        self._workers: list[_Worker] = []
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._registry: dict[str, dict[Any, Any]] = {}
        try:
            self._setup = self._pickled(reader)
            for _ in range(processes):
                self._idle.put(self._new())
        except BaseException:
            self.close()
            raise

    def prepare(
        self, source: Source, number: int, identity: Mapping[str, Any]
    ) -> Prepared | Exception:
        """Do what :func:`kinefuse.data.worker.prepare` does in one of the processes.

        To be called by at most as many threads as there are processes. A source whose process dies
        is tried once more.

        Raises
        ------
        StoreError
            Its process died twice, or the run was stopped.
        ConfigError
            The processes cannot begin.
        """
        try:
            order = pickle.dumps((number, source, identity))
        except Exception as error:
            raise self._unusable(f"source {source.name!r}: {error}") from error
        worker = self._idle.get()
        try:
            try:
                answer = worker.do(order, self._how.on_bytes)
            except _DiedError:
                worker = self._new()
                answer = worker.do(order, self._how.on_bytes)
        except _DiedError as died:
            raise StoreError(
                f"{source.name}: the process that read it died twice ({died}); if memory ran out, "
                "give fewer processes; the same command goes on behind what is finished"
            ) from None
        finally:
            self._idle.put(worker)
        for warned in answer.warned:
            self._warn(warned)
        return answer.get()

    def close(self) -> None:
        """End the processes, and remove what they left."""
        with self._lock:  # none is started after that
            self._how.stop.set()
        for worker in self._workers:
            worker.ask_to_end()
        end = time.monotonic() + _GRACE_S
        for worker in self._workers:
            worker.end(end)
        if self._spool is not None:
            shutil.rmtree(self._spool, ignore_errors=True)

    def _pickled(self, reader: Reader) -> bytes:
        how = replace(self._how, spool=self._spool)
        here = {"hashes", "on_bytes", "stop"}
        settings = {f.name: getattr(how, f.name) for f in fields(how) if f.name not in here}
        try:
            return pickle.dumps((reader, settings))
        except Exception as error:  # whatever its parts raise
            raise self._unusable(str(error)) from error

    def _unusable(self, why: str) -> ConfigError:
        return ConfigError(
            f"processes: reader {self._name!r} cannot be handed to another process ({why}); let it "
            "hold no locks, open files or functions without a name, or leave processes out"
        )

    def _new(self) -> "_Worker":
        with self._lock:
            if self._how.stop.is_set():
                raise StoreError("the run was stopped")
            worker = _Worker(self._setup, self._name)
            self._workers.append(worker)
        return worker

    def _warn(self, warned: Warned) -> None:
        """Warn as if it were here, so that filters and once-only hold."""
        module = sys.modules.get(warned.module or "")
        registry = (
            self._registry.setdefault(warned.filename, {})
            if module is None
            else vars(module).setdefault("__warningregistry__", {})
        )
        warnings.warn_explicit(
            warned.message,
            warned.category,
            warned.filename,
            warned.lineno,
            module=warned.module,
            registry=registry,
        )


class _DiedError(Exception):
    """A process ended that should not have."""


class _Worker:
    def __init__(self, setup: bytes, reader: str) -> None:
        self._setup: bytes | None = setup
        self._reader = reader
        self._speaking = threading.Lock()
        self._connection, theirs = Pipe()
        try:
            # What is defined in the script itself is found only where that was imported.
            self._process = start_process(serve, (theirs,), imports_main=b"__main__" in setup)
        finally:
            theirs.close()

    def do(self, order: bytes, on_bytes: Callable[[int], None]) -> Answer:
        """Have a source read.

        Raises
        ------
        _DiedError
            The process died, or was dead.
        ConfigError
            It never began.
        """
        if self._setup is not None:
            self._begin(self._setup)
        told = 0
        try:
            self._say(order)
            while not isinstance(heard := pickle.loads(self._connection.recv_bytes()), Answer):
                told += heard
                on_bytes(heard)
        except (EOFError, OSError):
            on_bytes(-told)  # they will be read again
            raise _DiedError(self._how_it_ended()) from None
        on_bytes(heard.read)
        return heard

    def ask_to_end(self) -> None:
        try:
            self._say(b"")
        except OSError:  # it is dead
            return

    def end(self, until: float) -> None:
        self._process.join(max(0.0, until - time.monotonic()))
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._connection.close()

    def _begin(self, setup: bytes) -> None:
        try:
            self._say(setup)
            heard = pickle.loads(self._connection.recv_bytes())
        except (EOFError, OSError):
            raise ConfigError(
                f"processes: a process ended before it began ({self._how_it_ended()}; what it said "
                "is above); where the reader is defined in a script, what the script does must "
                'stand under `if __name__ == "__main__":`'
            ) from None
        if heard != "ready":
            raise ConfigError(
                f"processes: reader {self._reader!r} is not found in another process ({heard}); "
                "define it in a module that can be imported, or leave processes out"
            )
        self._setup = None

    def _say(self, content: bytes) -> None:
        with self._speaking:
            self._connection.send_bytes(content)

    def _how_it_ended(self) -> str:
        self._process.join(_GRACE_S)
        return describe_exit(self._process)
