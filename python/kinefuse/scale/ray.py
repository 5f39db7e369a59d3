"""Ingest on a Ray cluster, and data sets of Ray Data for a pipeline of one's own.

Tasks are given paths, never samples: every node must reach the raw files and the folder of parts
under the same names, on a file system that they share or in object storage.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kinefuse import readers
from kinefuse._extras import needs_extra
from kinefuse.data.ingest import ingest as ingest_part
from kinefuse.data.merge import merge
from kinefuse.data.report import IngestReport
from kinefuse.errors import ConfigError, KinefuseError, StoreError
from kinefuse.readers import Reader

with needs_extra("ray", "kinefuse.scale.ray"):
    import ray

    from kinefuse.scale.ray_data import Failures, recordings, windows

__all__ = ["Failures", "ingest", "recordings", "windows"]

_PARTS_A_CORE = 4
"""So that a core that finishes early finds another part to do."""


def ingest(
    reader: str | Reader,
    path: str | Path,
    out: str | Path,
    *,
    parts: str | Path | None = None,
    n_parts: int | None = None,
    task: dict[str, Any] | None = None,
    keep_parts: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
    **settings: Any,
) -> IngestReport:
    """Do what :func:`kinefuse.data.ingest` does, parts of it at the same time on a cluster.

    A task writes a part. One whose worker dies is tried again, and goes on where it was; one that
    fails all the same lets the others finish first. Called again, only what is not finished is
    done. The store is byte for byte that of a local run.

    Ray is started on this machine unless it runs already or ``RAY_ADDRESS`` names a cluster.

    Parameters
    ----------
    reader : str or Reader
        A reader, or its name. One of your own must be importable, or picklable, on the workers.
    path : str or Path
        Where the raw recordings lie, as seen from every node.
    out : str or Path
        The store's folder, as seen from here.
    parts : str or Path, optional
        The folder of the parts, as seen from every node; beside the store, with the ending
        ``.parts``, if not given.
    n_parts : int, optional
        How many; four for each core of the cluster, at most one for each source, unless told. The
        store does not depend on it.
    task : dict, optional
        What Ray is told about a task, ``{"num_cpus": 2, "max_retries": 5, "resources": ...}``.
    keep_parts : bool
        Whether the parts stay when the store is there.
    progress : callable, optional
        Called with (done, total, part) after each part.
    **settings
        Those of :func:`kinefuse.data.ingest`: ``rate_hz``, ``max_gap_s``, ``on_error``,
        ``shard_bytes``…

    Returns
    -------
    IngestReport

    Raises
    ------
    FileNotFoundError, FormatError, ConfigError, StoreError
        As :func:`kinefuse.data.ingest` and :func:`kinefuse.data.merge`.
    StoreError
        The worker of a part died every time.

    Examples
    --------
    >>> report = ingest("utd-mhad", "UTD-MHAD", "stores/utd-mhad")              # doctest: +SKIP
    """
    out = Path(out)
    if "shard" in settings:
        raise ConfigError("shard: the tasks take the parts; leave it out")
    reader = readers.get(reader) if isinstance(reader, str) else reader
    folder = Path(parts) if parts is not None else out.with_name(f"{out.name}.parts")
    n = _n_parts(n_parts, folder, len(reader.discover(Path(path))))
    # Ray runs a task where its working directory is.
    path, folder = Path(path).absolute(), folder.absolute()
    paths = [folder / f"{number}-of-{n}" for number in range(1, n + 1)]
    write = ray.remote(_write_part).options(**{"max_retries": 3, **(task or {})})
    kept = ray.put(reader)
    waiting = {
        write.remote(kept, path, part, (number, n), settings): number
        for number, part in enumerate(paths, start=1)
    }
    failed: dict[int, Exception] = {}
    for done, (number, error) in enumerate(_finished(waiting), start=1):
        if error is not None:
            failed[number] = error
        if progress is not None:
            progress(done, n, paths[number - 1].name)
    if failed:
        raise _first_error(failed, n)
    report = merge(out, paths)
    if not keep_parts:
        shutil.rmtree(folder)
    return report


def _n_parts(n_parts: int | None, folder: Path, n_sources: int) -> int:
    if n_parts is not None:
        if n_parts < 1:
            raise ConfigError(f"n_parts: expected at least 1, got {n_parts}")
        return n_parts
    # Parts that are there of an interrupted run are gone on with, however large the cluster is now.
    begun = {int(part.name.rpartition("-of-")[2]) for part in folder.glob("*-of-*")}
    if len(begun) == 1:
        return begun.pop()
    if not ray.is_initialized():
        ray.init()
    cores = int(ray.cluster_resources().get("CPU", 1))
    return max(1, min(n_sources, _PARTS_A_CORE * cores))


def _write_part(
    reader: Reader, path: Path, part: Path, shard: tuple[int, int], settings: dict[str, Any]
) -> None:
    ingest_part(reader, path, part, shard=shard, **settings)


def _finished(waiting: dict[Any, int]) -> Iterator[tuple[int, Exception | None]]:
    """Wait for the tasks, and say of each as it ends what became of it."""
    left: Sequence[Any] = list(waiting)
    while left:
        (task,), left = ray.wait(left, num_returns=1)
        try:
            ray.get(task)
        except ray.exceptions.RayTaskError as error:
            cause = error.cause
            if not isinstance(cause, KinefuseError | OSError):
                raise
            yield waiting[task], cause
        except ray.exceptions.RayError as error:
            yield waiting[task], error
        else:
            yield waiting[task], None


def _first_error(failed: dict[int, Exception], n: int) -> Exception:
    error = failed[min(failed)]
    if isinstance(error, KinefuseError | OSError):
        return error
    numbers = ", ".join(map(str, sorted(failed)))
    return StoreError(
        f"the workers of part {numbers} of {n} died ({type(error).__name__}: {error}); run the "
        "same ingest again, it goes on where it stopped"
    )
