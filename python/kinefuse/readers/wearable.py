"""Files that a wearable wrote: found by path, one a stream, read a chunk at a time."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kinefuse.data.chunked import ChunkedStream
from kinefuse.data.recording import Recording
from kinefuse.errors import FormatError
from kinefuse.readers.pattern import PathPattern, check_fields
from kinefuse.readers.registry import Source

__all__ = ["WearableReader"]

_WHO = ("subject", "activity", "session", "trial")


class WearableReader(ABC):
    """What reading the files of Axivity, GENEActiv and ActiGraph have in common.

    Parameters
    ----------
    pattern : str, optional
        What the path tells, as ``"{subject}/{session}_{stream}.cwa"``, with the fields subject,
        activity, session, trial and stream; ``{_}`` is anything. Files that differ in ``stream``
        alone are devices worn together: streams of one recording. Files with other paths are
        ignored and listed. Without, each file is a recording.
    fixed : dict of str to str, optional
        What is the same for all files, as ``{"activity": "walking"}``.
    auxiliary : bool
        Also what the device measures beside motion, as modalities of their own.
    dataset : str, optional
        The data set's name; the reader's if not given.

    Attributes
    ----------
    ignored : tuple of str
        Files that the last :meth:`discover` left out for their path.

    Raises
    ------
    ConfigError
        A setting that makes no sense.
    """

    name: str
    suffixes: tuple[str, ...]
    classes: tuple[str, ...] = ()

    def __init__(
        self,
        *,
        pattern: str | None = None,
        fixed: Mapping[str, str] | None = None,
        auxiliary: bool = False,
        dataset: str | None = None,
    ) -> None:
        self._pattern = None if pattern is None else PathPattern(pattern, (*_WHO, "stream"))
        self._fixed = dict(fixed or {})
        check_fields(self.name, "fixed", self._fixed, _WHO)
        self._auxiliary = auxiliary
        self._dataset = dataset or self.name
        self.ignored: tuple[str, ...] = ()
        self._settings = {
            "pattern": pattern,
            "fixed": self._fixed,
            "auxiliary": auxiliary,
            "dataset": self._dataset,
        }

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return self._settings

    def discover(self, path: Path) -> list[Source]:
        """List the recordings in a file, or in the files under a folder, by path."""
        if not path.exists():
            raise FileNotFoundError(f"{self.name}: no such file or folder: {path}")
        root = path if path.is_dir() else path.parent
        files = sorted(f for f in path.rglob("*") if self._ours(f)) if path.is_dir() else [path]
        takes: dict[str, dict[str, Any]] = {}
        ignored = []
        for file in files:
            relative = file.relative_to(root).as_posix()
            told = {} if self._pattern is None else self._pattern.match(relative)
            if told is None:
                ignored.append(relative)
                continue
            stream = told.pop("stream", "")
            name = "_".join(told.values()) if stream else relative
            take = takes.setdefault(name or relative, {"who": told, "streams": {}})
            if stream in take["streams"]:
                raise FormatError(
                    f"{self.name}: two files of one name: {take['streams'][stream]}, {file}"
                )
            take["streams"][stream] = file
        self.ignored = tuple(ignored)
        if not takes:
            reason = f"fits the pattern; {len(ignored)} do not" if ignored else "ends so"
            raise FormatError(
                f"{self.name}: no file under {path} {reason}; expected {', '.join(self.suffixes)}"
            )
        return [Source(name, tuple(t["streams"].values()), t) for name, t in takes.items()]

    def read(self, source: Source) -> Recording:
        """Read the headers of a recording; the samples come when its streams are read."""
        who = {**self._fixed, **source.info["who"]}
        streams: list[ChunkedStream] = []
        found: dict[str, str] = {}
        for name, file in source.info["streams"].items():
            told, made = self._open(file, name)
            streams += made
            if "found" in told:
                found[made[0].name] = told["found"]
            who.setdefault("subject", told.get("subject") or file.name.partition(".")[0])
        return Recording(
            id=source.name,
            dataset=self._dataset,
            subject=who["subject"],
            activity=who.get("activity"),
            session=who.get("session"),
            trial=who.get("trial"),
            streams=streams,
            found=found,
        )

    def _ours(self, file: Path) -> bool:
        name = file.name.lower().removesuffix(".gz")
        return name.endswith(self.suffixes) and file.is_file()

    @abstractmethod
    def _open(self, file: Path, name: str) -> tuple[Mapping[str, str], list[ChunkedStream]]:
        """Read a file's header.

        Return what it tells, ``subject`` among it where it does and ``found``, how a text file is
        written, and the streams, of which the first has the given name, or without one that of
        where the device was worn.
        """
