"""Ingest on a Ray cluster, and data sets of Ray Data for a pipeline of one's own.

Tasks are given paths, never samples: every node must reach the raw files and the folder of parts
under the same names, on a file system that they share or in object storage.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kinefuse import readers
from kinefuse._extras import needs_extra
from kinefuse.data.ingest import ingest as ingest_part
from kinefuse.data.merge import merge
from kinefuse.data.remote import RemoteReader, copy_store, is_remote, locate
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
        The folder of the parts, as seen from every node, or an address (``s3://…``), to which
        each part is copied when it is whole; beside the store, with the ending ``.parts``, if not
        given.
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
    if is_remote(path):
        reader = RemoteReader(reader)
    # Ray runs a task where its working directory is.
    path = path if is_remote(path) else Path(path).absolute()
    folder = locate(out.with_name(f"{out.name}.parts") if parts is None else parts).absolute()
    n = _n_parts(n_parts, folder, len(reader.discover(locate(path))))
    paths = [folder / f"{number}-of-{n}" for number in range(1, n + 1)]
    write = ray.remote(_write_part).options(**{"max_retries": 3, **(task or {})})
    kept = ray.put(reader)
    waiting = {
        write.remote(kept, path, str(part), (number, n), settings): number
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
    report = merge(out, [str(part) for part in paths])
    if not keep_parts:
        _remove(folder)
    return report


def _n_parts(n_parts: int | None, folder: Any, n_sources: int) -> int:
    if n_parts is not None:
        if n_parts < 1:
            raise ConfigError(f"n_parts: expected at least 1, got {n_parts}")
        return n_parts
    # Parts that are there of an interrupted run are gone on with, however large the cluster is now.
    there = folder.iterdir() if folder.exists() else ()
    begun = {int(part.name.rpartition("-of-")[2]) for part in there if "-of-" in part.name}
    if len(begun) == 1:
        return begun.pop()
    if not ray.is_initialized():
        ray.init()
    cores = int(ray.cluster_resources().get("CPU", 1))  # type: ignore[no-untyped-call, unused-ignore]
    return max(1, min(n_sources, _PARTS_A_CORE * cores))


def _write_part(
    reader: Reader, path: str | Path, part: str, shard: tuple[int, int], settings: dict[str, Any]
) -> None:
    if not is_remote(part):
        ingest_part(reader, path, part, shard=shard, **settings)
        return
    with tempfile.TemporaryDirectory(prefix="kinefuse-") as folder:
        here = Path(folder) / "part"
        if (locate(part) / "store.json").exists():
            return  # merging says so if it is of other files or settings
        ingest_part(reader, path, here, shard=shard, **settings)
        copy_store(here, part)


def _remove(folder: Any) -> None:
    if is_remote(folder):
        folder.fs.rm(folder.path, recursive=True)
    else:
        shutil.rmtree(folder)


def _finished(waiting: dict[Any, int]) -> Iterator[tuple[int, Exception | None]]:
    """Wait for the tasks, and say of each as it ends what became of it."""
    left = list(waiting)
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
