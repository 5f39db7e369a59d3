"""The store: plain NumPy arrays, memory-mapped, a table of recordings, and a manifest."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.data.manifest import FORMAT, LABELS, MEND, VERSION, WORK
from kinefuse.data.schema import ModalitySchema
from kinefuse.errors import InputError, StoreError
from kinefuse.windows import LabelRule

__all__ = ["MotionStore"]

_KEYS = {"classes", "fingerprint", "labels", "made", "modalities", "recordings", "report", "shards"}


class MotionStore:
    """Recordings of motion on disk, opened for reading. Nothing is loaded until it is asked for.

    ======================  ====================================================================
    ``recordings.parquet``  a row a recording
    ``inertial-00000.npy``  (N, C) float32, recordings one after another; one file a shard
    ``skeleton-00000.npy``  (N, J, D) float32
    ``labels-00000.npy``    (N,) int32 class numbers, -1 for none, where samples carry labels
    ``store.json``          channels, units, layouts, classes, how the store was made
    ======================  ====================================================================

    Parameters
    ----------
    path : str or Path
        The folder.

    Attributes
    ----------
    path : Path
    recordings : polars.DataFrame
        ``id, dataset, subject, activity, session, trial, source, sha256`` and, for each modality
        ``m``, ``m_rate_hz, m_shard, m_start, m_rows, m_start_s, m_gaps``. ``m_rows`` is 0 where a
        recording lacks the modality. ``m_gaps`` lists ``[row, missing]``: before the recording's
        row ``row``, ``missing`` samples are missing.
    schema : dict of str to ModalitySchema
        Channels, units, shape, rate and layout of each modality.
    classes : tuple of str
        The activities; a class number is a place in it.
    label_modality : str or None
        The modality whose samples carry labels.
    made : dict
        How the store was made: reader, settings, versions.
    report : dict
        What was repaired, dropped, refused when it was made.

    fingerprint : str
        A hash of the names and sizes of the files that it was made from.

    Raises
    ------
    FileNotFoundError
        There is no such folder.
    StoreError
        The store is not whole, or of another version.

    Examples
    --------
    >>> store = MotionStore("stores/utd-mhad")                                  # doctest: +SKIP
    >>> store.read("a1_s1_t1", "inertial").shape                                # doctest: +SKIP
    (161, 6)
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        manifest = _manifest(self.path)
        self.schema: dict[str, ModalitySchema] = {
            name: ModalitySchema.from_dict(values)
            for name, values in manifest["modalities"].items()
        }
        self.classes: tuple[str, ...] = tuple(manifest["classes"])
        self.label_modality: str | None = manifest["labels"]
        self.made: dict[str, Any] = manifest["made"]
        self.report: dict[str, Any] = manifest["report"]
        self.fingerprint: str = manifest["fingerprint"]
        self._shards: list[dict[str, dict[str, Any]]] = manifest["shards"]
        self._check_files()
        self.recordings = _table(self.path / "recordings.parquet")
        if len(self.recordings) != manifest["recordings"]:
            raise StoreError(
                f"{self.path}: expected {manifest['recordings']} rows in recordings.parquet, "
                f"got {len(self.recordings)}; ingest again"
            )
        self._row_of = {id_: row for row, id_ in enumerate(self.recordings["id"])}

    def __repr__(self) -> str:
        return (
            f"MotionStore({str(self.path)!r}: {len(self.recordings)} recordings, "
            f"{len(self.classes)} classes, {', '.join(self.schema)})"
        )

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities, the one whose time line windows follow first."""
        reference = self.label_modality or next(iter(self.schema))
        return (reference, *(name for name in self.schema if name != reference))

    @property
    def n_shards(self) -> int:
        """How many files each modality has."""
        return len(self._shards)

    def shard_paths(self, modality: str) -> tuple[Path, ...]:
        """Return the files of a modality, by shard number."""
        self._check_modality(modality)
        return tuple(self.path / f"{modality}-{number:05d}.npy" for number in range(self.n_shards))

    def array(self, modality: str, shard: int = 0) -> NDArray[np.float32]:
        """Return one shard of a modality, memory-mapped and read-only.

        Parameters
        ----------
        modality : str
        shard : int

        Returns
        -------
        (N, C) or (N, J, D) array of float32
        """
        paths = self.shard_paths(modality)
        if not 0 <= shard < len(paths):
            raise InputError(f"array: expected a shard from 0 to {len(paths) - 1}, got {shard}")
        return _open_array(paths[shard])

    def labels(self, shard: int = 0) -> NDArray[np.int32] | None:
        """Return the class number of each row of the label modality's shard, -1 for none.

        None when the samples of this store carry no labels.
        """
        if self.label_modality is None:
            return None
        return _open_array(self.path / f"{LABELS}-{shard:05d}.npy")

    def row(self, recording: str) -> dict[str, Any]:
        """Return the row of :attr:`recordings` of one recording.

        Raises
        ------
        InputError
            There is no such recording.
        """
        if recording not in self._row_of:
            raise InputError(f"{self.path}: no recording {recording!r}")
        return self.recordings.row(self._row_of[recording], named=True)

    def read(self, recording: str, modality: str) -> NDArray[np.float32]:
        """Return the samples of one recording, memory-mapped: gap-free segments in a row.

        Parameters
        ----------
        recording : str
            Its id.
        modality : str

        Returns
        -------
        (rows, C) or (rows, J, D) array of float32
            In the units of :attr:`schema`. No rows where the recording lacks the modality.

        Raises
        ------
        InputError
            There is no such recording or modality.
        """
        row = self.row(recording)
        self._check_modality(modality)
        start, rows = row[f"{modality}_start"], row[f"{modality}_rows"]
        return self.array(modality, row[f"{modality}_shard"])[start : start + rows]

    def time_s(self, recording: str, modality: str) -> NDArray[np.float64]:
        """Return when each sample of one recording was taken, in seconds, gaps counted in."""
        row = self.row(recording)
        self._check_modality(modality)
        steps = np.arange(row[f"{modality}_rows"], dtype=np.int64)
        for before, missing in row[f"{modality}_gaps"]:
            steps[before:] += missing
        return (row[f"{modality}_start_s"] or 0.0) + steps / self.schema[modality].rate_hz

    def window_index(
        self,
        *,
        length_s: float | None = None,
        stride_s: float | None = None,
        label_rule: LabelRule = "majority",
        min_share: float = 0.0,
        where: pl.Expr | None = None,
    ) -> pl.DataFrame:
        """Return a table of windows.

        Windows follow the time line of one modality (the first of :attr:`modalities`, or the first
        that a recording has) and lie within its gap-free segments; of the others they take the rows
        at the same time. A modality that covers less than 90 % of a window is missing in it.

        Parameters
        ----------
        length_s, stride_s : float, optional
            Seconds of a window and from one to the next (``length_s`` if not given). Without
            ``length_s``, a recording is one window, with all rows of every modality; one with
            gaps is a window for each gap-free segment.
        label_rule : {"majority", "any", "last", "center"}
            How the labels of samples make the label of a window, where samples carry labels.
        min_share : float
            Leave out windows in which the label's share of the samples is smaller.
        where : polars.Expr, optional
            Which windows to keep, over the table's columns
            (``polars.col("subject").is_in(["1", "3"])``). Window numbers stay what they are.

        Returns
        -------
        polars.DataFrame
            ``window`` (u64, the row in the table without ``where``), ``recording, subject, session,
            scene, view``, ``activity`` (the label's name), ``label`` (i64 class number, -1 for
            none), ``share`` (of the samples that carry the label) and for each modality ``m``:
            ``m_shard, m_start, m_rows`` (i64), which rows of which shard; 0 rows where the
            modality is missing.

        Raises
        ------
        InputError
            A length or stride under one sample.
        """
        from kinefuse.data.index import build_index

        index = build_index(
            self,
            length_s=length_s,
            stride_s=stride_s,
            label_rule=label_rule,
            min_share=min_share,
        )
        return index if where is None else index.filter(where)

    def _check_modality(self, modality: str) -> None:
        if modality not in self.schema:
            raise InputError(
                f"{self.path}: no modality {modality!r}; there is {', '.join(self.schema)}"
            )

    def _check_files(self) -> None:
        names = {name: entry["bytes"] for shard in self._shards for name, entry in shard.items()}
        for name in (*names, "recordings.parquet"):
            file = self.path / name
            if not file.is_file():
                raise StoreError(f"{self.path}: {name} is missing; {MEND}")
            size = file.stat().st_size
            if name in names and size != names[name]:
                raise StoreError(
                    f"{self.path}: {name}: expected {names[name]} bytes, got {size}; {MEND}"
                )


def _manifest(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise FileNotFoundError(f"no such store: {path}")
    file = path / "store.json"
    if not file.is_file():
        if (path / WORK).is_dir():
            raise StoreError(
                f"{path}: the ingest was interrupted; run the same ingest again, it goes on where "
                "it stopped"
            )
        raise StoreError(f"{path}: not a store: store.json is missing")
    try:
        manifest = json.loads(file.read_text("utf-8"))
        kind, version = manifest["format"], manifest["version"]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{file}: not a store's manifest ({error}); {MEND}") from error
    if kind != FORMAT or version != VERSION:
        raise StoreError(
            f"{file}: expected {FORMAT} version {VERSION}, got {kind} version {version}; "
            "ingest again with this kinefuse, or use the one that made it"
        )
    if lacking := sorted(_KEYS - set(manifest)):
        raise StoreError(f"{file}: says nothing of {', '.join(lacking)}; {MEND}")
    found: dict[str, Any] = manifest
    return found


def _table(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        first = str(error).partition("\n")[0]
        raise StoreError(f"{path}: not a Parquet file ({first}); {MEND}") from error


def _open_array(path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, SyntaxError) as error:
        raise StoreError(f"{path}: not a plain NumPy array ({error}); {MEND}") from error
    return array
