"""A process that does one job after the other."""

import contextlib
import importlib
import json
import os
import time
import traceback
import warnings
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kinefuse._processes import follow_the_parent
from kinefuse.data.atomic import atomic_write
from kinefuse.errors import KinefuseError
from kinefuse.reproduce.tasks import Task

__all__ = ["RESULT", "work"]

RESULT = "result.json"
"""What makes a job finished, in its folder."""

_TELL_EVERY_S = 0.5


def work(orders: Connection, log: Path) -> None:
    """Do jobs until told to stop, or until whoever tells is gone.

    Parameters
    ----------
    orders : Connection
        Gives mappings with ``name, work, options, needs, folder, store, about``, and None in the
        end. Is told ``("advanced", stage, done, total, loss)``, and for every job either
        ``("finished", result, seconds, cpu_seconds)`` or ``("failed", message)``.
    log : Path
        Gets what the job prints.
    """
    follow_the_parent()
    with log.open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    while True:
        try:
            order = orders.recv()
        except EOFError:
            return
        if order is None:
            return
        orders.send(_do(order, orders))


def _do(order: Mapping[str, Any], orders: Connection) -> tuple[Any, ...]:
    folder = Path(order["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    error_file = folder / "error.txt"
    told_at = 0.0

    def advance(stage: str, done: int, total: int, loss: float) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= _TELL_EVERY_S:
            told_at = time.monotonic()
            orders.send(("advanced", stage, done, total, loss))

    started, spent = time.perf_counter(), time.process_time()
    print(f"== {order['name']}", flush=True)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            module, _, function = order["work"].partition(":")
            task = Task(
                folder=folder,
                options=order["options"],
                needs={word: Path(path) for word, path in order["needs"].items()},
                store=Path(order["store"]),
                progress=advance,
            )
            found = getattr(importlib.import_module(module), function)(task)
            seconds = time.perf_counter() - started
            cpu_seconds = time.process_time() - spent
            content = {
                **order["about"],
                "job": order["name"],
                "options": order["options"],
                "seconds": seconds,
                "cpu_seconds": cpu_seconds,
                "warnings": sorted({str(w.message) for w in warned}),
                "result": found,
            }
            with atomic_write(folder / RESULT) as file:
                file.write((json.dumps(content, indent=1, allow_nan=False) + "\n").encode())
        except Exception as error:
            # Whatever it is belongs to this job; the others go on.
            with contextlib.suppress(OSError):
                error_file.write_text(traceback.format_exc(), encoding="utf-8")
            text = str(error) if isinstance(error, KinefuseError) else f"{error!r}"
            return ("failed", text)
    error_file.unlink(missing_ok=True)
    return ("finished", found, seconds, cpu_seconds)
