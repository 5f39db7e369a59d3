"""Worker processes: started afresh with one thread each, and gone when their parent is."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from types import ModuleType
from typing import Any

__all__ = ["describe_exit", "follow_the_parent", "start_process"]

_ONE_THREAD = dict.fromkeys(
    ("KINEFUSE_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS"), "1"
)
_STARTING = threading.Lock()


def start_process(
    target: Callable[..., None], args: tuple[Any, ...], *, imports_main: bool = True
) -> SpawnProcess:
    """Start a process; not by a fork, which would not survive the threads of others here.

    Parameters
    ----------
    target : callable
        Of a module. It should call :func:`follow_the_parent` first.
    args : tuple
        What it is called with.
    imports_main : bool
        Whether the new process runs the script of this one first, as it must if it is sent what is
        defined there. Without, a script does not need ``if __name__ == "__main__":``.
    """
    process = get_context("spawn").Process(target=target, args=args, daemon=True)
    # Before signals are held back: this would let them go again.
    resource_tracker.ensure_running()
    with (
        _STARTING,
        _one_thread(),
        _without_interrupts(),
        nullcontext() if imports_main else _without_main(),
    ):
        process.start()
    return process


def follow_the_parent() -> None:
    """Let the parent of this process decide when it ends.

    Ctrl-C, which reaches every process of a terminal, is left to the parent; when that is gone,
    however it ended, this process ends at once.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    threading.Thread(target=_end_with_the_parent, name="kinefuse-parent", daemon=True).start()


def describe_exit(process: SpawnProcess) -> str:
    """Return how a process ended: ``signal 9``, ``exit code 1``."""
    code = process.exitcode
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _end_with_the_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


@contextmanager
def _one_thread() -> Iterator[None]:
    # Libraries read these when they are loaded, which is before any code of ours runs.
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(_ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _without_interrupts() -> Iterator[None]:
    # A new process inherits this, so that Ctrl-C cannot reach it before it ignores it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _without_main() -> Iterator[None]:
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
