"""C3D, the format of optical motion capture, through ezc3d.

https://www.c3d.org; B. Michaud, M. Begon, "ezc3d: An easy C3D file I/O cross-platform solution for
C++, Python and MATLAB", JOSS 6(58), 2021.
"""

import re
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse._extras import needs_extra
from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.about import About
from kinefuse.readers.archives import refuse_archive
from kinefuse.readers.listing import count_names
from kinefuse.readers.pattern import read_naming
from kinefuse.readers.registry import Source
from kinefuse.units import to_store

__all__ = ["C3d"]

_WHO = ("subject", "activity", "session", "trial", "scene", "view")
_INTEL = 84
_LENGTHS = ("m", "cm", "mm", "in")


class C3d:
    """Reads the points of ``.c3d`` files: markers as channels, or the joints of a skeleton.

    Positions are turned into metres by the unit in the file. A marker that was not seen (negative
    residual) is missing. The rate is that in the file. Needs ``kinefuse[io]``.

    Parameters
    ----------
    pattern : str, optional
        What the path tells, as ``"{subject}/{activity}_{trial}.c3d"``, with the fields subject,
        activity, session, trial, scene and view. Files with other paths are ignored and listed.
    fixed : dict of str to str, optional
        What is the same for all files, as ``{"subject": "s1"}``.
    markers : sequence of str, optional
        The labels to read, in this order; all of a file's, in its order, if not given. A label with
        a subject's prefix (``"S1:LASI"``) is found by what follows the colon too.
    layout : str, optional
        A skeleton layout: ``markers`` is then the marker of each of its joints, in its order, and
        the modality ``skeleton`` instead of ``markers``.
    unit : str, optional
        The unit of length, if the file has none or a wrong one.
    dataset : str, optional
        The data set's name; the reader's if not given.
    classes : sequence of str
        The activities in the order of their class numbers; others follow as they appear.

    Attributes
    ----------
    ignored : tuple of str
        Files that the last :meth:`discover` left out for their paths.

    Raises
    ------
    ConfigError
        Settings that make no sense or leave the subject open.

    Examples
    --------
    >>> from kinefuse import readers
    >>> reader = readers.get("c3d", fixed={"subject": "s1"}, markers=["LASI", "RASI"])
    >>> reader.settings()["markers"]
    ['LASI', 'RASI']
    """

    name = "c3d"
    about = About(
        title="C3D: markers of optical motion capture",
        source="https://www.c3d.org",
        licence="that of the recordings",
        kind="format",
    )

    def __init__(
        self,
        *,
        pattern: str | None = None,
        fixed: Mapping[str, str] | None = None,
        markers: Sequence[str] | None = None,
        layout: str | None = None,
        unit: str | None = None,
        dataset: str | None = None,
        classes: Sequence[str] = (),
    ) -> None:
        self._pattern, self._fixed = read_naming("c3d", pattern, fixed, _WHO)
        if unit is not None and unit not in _LENGTHS:
            raise ConfigError(f"c3d: unit: expected one of {', '.join(_LENGTHS)}, got {unit!r}")
        if markers is not None and (not markers or len(set(markers)) != len(markers)):
            raise ConfigError("c3d: markers: expected at least one, each once")
        if layout is not None:
            from kinefuse import skeleton

            joints = skeleton.layout(layout).joints
            if markers is None or len(markers) != len(joints):
                raise ConfigError(
                    f"c3d: markers: expected one for each of the {len(joints)} joints of layout "
                    f"{layout!r}: {', '.join(joints)}"
                )
        self._markers = None if markers is None else tuple(markers)
        self._layout, self._unit = layout, unit
        self._dataset = dataset or self.name
        self.classes = tuple(classes)
        self.ignored: tuple[str, ...] = ()
        self._settings = {
            "pattern": pattern,
            "fixed": self._fixed,
            "markers": None if markers is None else list(markers),
            "layout": layout,
            "unit": unit,
            "dataset": self._dataset,
            "classes": list(classes),
        }

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return how many files end in ``.c3d``, or None if none does."""
        return count_names(path, re.compile(r"[^/]*\.c3d", re.IGNORECASE), "*.c3d")

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return self._settings

    def discover(self, path: Path) -> list[Source]:
        """List the files, by path."""
        if not path.exists():
            raise FileNotFoundError(f"c3d: no such file or folder: {path}")
        root = path if path.is_dir() else path.parent
        every = sorted(path.rglob("*")) if path.is_dir() else [path]
        files = [file for file in every if file.suffix.lower() == ".c3d" and file.is_file()]
        sources, ignored = [], []
        for file in files:
            relative = file.relative_to(root).as_posix()
            told = {} if self._pattern is None else self._pattern.match(relative)
            if told is None:
                ignored.append(relative)
            else:
                sources.append(Source(relative[:-4], (file,), {"who": {**self._fixed, **told}}))
        self.ignored = tuple(ignored)
        if not files:
            refuse_archive(path, self.name)
        if not sources:
            raise FormatError(
                f"c3d: no .c3d under {path}"
                + (f" fits the pattern; {len(ignored)} do not" if ignored else "")
            )
        return sources

    def read(self, source: Source) -> Recording:
        """Read one file."""
        (file,) = source.files
        who = source.info["who"]
        return Recording(
            id=source.name,
            dataset=self._dataset,
            subject=who["subject"],
            **{key: who.get(key) for key in _WHO if key != "subject"},
            streams=[self._stream(file)],
        )

    def _stream(self, file: Path) -> Stream:
        labels, points, rate_hz, unit = _load(file)
        unit = self._unit or unit
        if unit not in _LENGTHS:
            raise FormatError(
                f"{file}: POINT:UNITS: expected one of {', '.join(_LENGTHS)}, got {unit!r}; say "
                "which it is with unit=..."
            )
        chosen = range(len(labels)) if self._markers is None else self._places(file, labels)
        data = points[:, list(chosen)] * to_store(unit)[1]
        if self._layout is None:
            names = [labels[i] for i in chosen]
            return Stream(
                name="mocap",
                modality="markers",
                data=data.reshape(len(data), -1),
                channels=[f"{name}_{axis}" for name in self._markers or names for axis in "xyz"],
                units="m",
                rate_hz=rate_hz,
            )
        return Stream(
            name="mocap",
            modality="skeleton",
            data=data,
            channels=("x", "y", "z"),
            units="m",
            rate_hz=rate_hz,
            layout=self._layout,
        )

    def _places(self, file: Path, labels: list[str]) -> list[int]:
        short = [label.rpartition(":")[2] for label in labels]
        places = []
        for marker in self._markers or ():
            found = labels.index(marker) if marker in labels else -1
            if found < 0 and short.count(marker) == 1:
                found = short.index(marker)
            if found < 0:
                raise FormatError(f"{file}: no marker {marker!r}; it has {', '.join(labels)}")
            places.append(found)
        return places


def _load(file: Path) -> tuple[list[str], NDArray[np.float64], float, str]:
    """Return the labels, the points (T, M, 3), their rate and their unit."""
    with needs_extra("io", "reading C3D files"):
        import ezc3d
    if not file.is_file():
        raise FileNotFoundError(f"c3d: no such file: {file}")
    # It meets a file that is none with endless loops and huge allocations.
    _check_header(file)
    try:
        content = ezc3d.c3d(str(file))
        point = content["parameters"]["POINT"]
        labels = [
            label
            for key in ("LABELS", *(f"LABELS{i}" for i in range(2, 10)))
            if key in point
            for label in point[key]["value"]
        ]
        points = np.array(content["data"]["points"][:3], dtype=np.float64)
        residuals = np.asarray(content["data"]["meta_points"]["residuals"][0])
        rate_hz = float(np.ravel(point["RATE"]["value"])[0])
        units = point["UNITS"]["value"] if "UNITS" in point else []
    except (
        Exception
    ) as error:  # what breaks first in a broken file: OSError, RuntimeError, KeyError
        reason = str(error).strip() or type(error).__name__
        raise FormatError(f"{file}: not a whole C3D file ({reason})") from error
    labels = [label.strip() for label in labels[: points.shape[1]]]
    if not points.size or len(labels) != points.shape[1]:
        raise FormatError(
            f"{file}: expected labelled points, got {points.shape[1]} points, {len(labels)} labels"
        )
    points[:, residuals < 0] = np.nan
    return labels, points.transpose(2, 1, 0), rate_hz, str(units[0]).strip() if units else ""


def _check_header(file: Path) -> None:
    """Refuse what is no C3D file, or is shorter than its header says."""
    size = file.stat().st_size
    with file.open("rb") as content:
        header = content.read(512)
        content.seek(512 * (max(header[0], 2) - 1) if header else 0)
        processor = content.read(4)[3:]
    if len(header) < 512 or header[1] != 0x50:
        raise FormatError(f"{file}: not a C3D file: expected 512 bytes of header, the second 0x50")
    if not processor:
        raise FormatError(f"{file}: cut short: {size} bytes do not reach the parameters")
    if processor[0] != _INTEL:
        return
    points, analogs, first, last = struct.unpack_from("<4H", header, 2)
    scale, block = struct.unpack_from("<fH", header, 12)
    width = 4 if scale < 0 else 2
    needed = 512 * (block - 1) + (last - first + 1) * (4 * points + analogs) * width
    if size < needed:
        raise FormatError(f"{file}: cut short: expected {needed} bytes, got {size}; fetch it again")
