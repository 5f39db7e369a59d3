"""OpenPack: packaging work in a warehouse, four inertial units and two wristbands.

N. Yoshimura, J. Morales, T. Maekawa, T. Hara, "OpenPack: A Large-scale Dataset for Recognizing
Packaging Works in IoT-enabled Logistic Environments", PerCom 2024; files as of release 1.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.about import About
from kinefuse.readers.frames import refuse_cells
from kinefuse.readers.listing import count_names
from kinefuse.readers.plain_text import load_named
from kinefuse.readers.registry import Source
from kinefuse.readers.takes import group_takes
from kinefuse.units import convert

__all__ = ["OpenPack"]

OPERATIONS = {
    100: "picking",
    200: "relocate_item_label",
    300: "assemble_box",
    400: "insert_items",
    500: "close_box",
    600: "attach_box_label",
    700: "scan_label",
    800: "attach_shipping_label",
    900: "put_on_back_table",
    1000: "fill_out_order",
}
ACTIONS = {
    101: "pick_up_sheet",
    103: "pick_up_item_from_box",
    107: "pick_up_box_sheet",
    108: "walk_to_work_bench",
    109: "put_packed_box",
    201: "remove_item_label",
    202: "attach_to_order_sheet",
    203: "hold_pen",
    204: "write_check_mark",
    205: "put_item_small_bag",
    301: "pick_cardboard",
    302: "bend_flap",
    303: "attach_tape",
    304: "turn_over_box",
    305: "pick_up_assembled_box",
    401: "insert_item_into_box",
    402: "air_cushion",
    403: "separate_air_cushion",
    404: "put_item_small_bag_into_box",
    501: "bend_flap_to_close",
    502: "attach_tape_to_close",
    601: "attach_box_label",
    701: "pick_up_scanner",
    702: "scan_order_sheet",
    703: "scan_box",
    704: "scan_item",
    705: "hold_scanner",
    706: "scan_order_sheet_at_printer",
    707: "scan_printer",
    801: "pick_up_shipping_label",
    802: "attach_shipping_label",
    901: "pick_up_packed_box",
    902: "put_packed_box_on_back_table",
    1001: "pick_up_pen",
    1002: "write_sign",
    1003: "push_order_sheet_into_tray",
}
_TRACKS = {"operations": OPERATIONS, "actions": ACTIONS}
_UNITS = ("atr01", "atr02", "atr03", "atr04")
_WRISTBANDS = ("e401", "e402")
_PATH = re.compile(
    r"(?P<subject>U\d+)/"
    r"(?:atr/(?P<atr>atr\d+)|e4/(?P<e4>e4\d+)/acc|annotation/openpack-(?P<track>operations|actions))"
    r"/(?P<session>S\d+)\.csv"
)
_STANDARD_GRAVITY = 9.80665
_ACC = ("acc_x", "acc_y", "acc_z")
_GYRO = ("gyro_x", "gyro_y", "gyro_z")


class OpenPack:
    """Reads ``{user}/atr/{device}/{session}.csv`` and what stands beside it, from the root folder.

    Two modalities on one time line, that of the stamps in ms: ``inertial``, the ATR units at about
    30 Hz, acceleration in g and angular rate turned from deg/s into rad/s; and ``wristband``, the
    acceleration of Empatica E4 wristbands at 32 Hz. That is said to be in g, but a count of a 64th
    g stands there as 0.00159, divided by 9.80665 once too often; where the level of a file tells
    so, it is multiplied again, and counted. Devices keep the names of their folders:
    ``atr01`` and ``atr02`` are on the wrists, ``atr03`` and ``atr04`` on the upper arms, right
    before left. Labels are the annotated intervals, on the time line of ``inertial``; what the
    authors leave out of account (null, ignore, system error) is unlabelled.

    Parameters
    ----------
    labels : {"operations", "actions"}
        The annotation to take: 10 work operations or 36 actions of them.
    units : sequence of str
        Of ``atr01`` to ``atr04``. A session without one of them is refused.
    wristbands : sequence of str
        Of ``e401`` and ``e402``; those that a session has are read, all or none.

    Attributes
    ----------
    ignored : tuple of str
        CSV files that the last :meth:`discover` left out for their paths: other streams and
        annotations.

    Raises
    ------
    ConfigError
        An option that makes no sense.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.get("openpack", units=["atr01"]).classes[0]
    'picking'
    """

    name = "openpack"
    classes = tuple(OPERATIONS.values())
    about = About(
        title="OpenPack: packaging work with units on wrists and upper arms, and wristbands",
        source="Yoshimura, Morales, Maekawa, Hara, PerCom 2024",
        licence="CC BY-NC-SA 4.0",
        url="https://open-pack.github.io",
        units={"acc": "g", "gyro": "deg/s"},
        rates_hz={"inertial": 30.0, "wristband": 32.0},
        placements=(*_UNITS, *_WRISTBANDS),
        subjects=16,
    )

    def __init__(
        self,
        *,
        labels: Literal["operations", "actions"] = "operations",
        units: Sequence[str] = _UNITS,
        wristbands: Sequence[str] = ("e401",),
    ) -> None:
        if labels not in _TRACKS:
            raise ConfigError(
                f"openpack: labels: expected one of {', '.join(_TRACKS)}, got {labels!r}"
            )
        for what, given, known in (
            ("units", units, _UNITS),
            ("wristbands", wristbands, _WRISTBANDS),
        ):
            if not set(given) <= set(known):
                raise ConfigError(
                    f"openpack: {what}: expected some of {', '.join(known)}, got {list(given)}"
                )
        if not units:
            raise ConfigError("openpack: units: expected at least one, got none")
        self._track, self._names = labels, _TRACKS[labels]
        self.classes = tuple(self._names.values())
        self._units = tuple(dict.fromkeys(units))
        self._wristbands = tuple(dict.fromkeys(wristbands))
        self.ignored: tuple[str, ...] = ()

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, _PATH, "U0101/atr/atr01/S0100.csv")

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {
            "labels": self._track,
            "units": list(self._units),
            "wristbands": list(self._wristbands),
        }

    def discover(self, path: Path) -> list[Source]:
        """List the sessions by user and number."""
        takes, self.ignored = group_takes(
            path,
            ".csv",
            _PATH,
            lambda m: ((m["subject"], m["session"]), m["atr"] or m["e4"] or m["track"]),
            dataset="OpenPack",
            by_path=True,
        )
        wanted = {*self._units, *self._wristbands, self._track}
        sources = [
            Source(
                f"{subject}_{session}",
                tuple(file for part, file in files.items() if part in wanted),
                {"subject": subject, "session": session, "files": files},
            )
            for (subject, session), files in sorted(takes.items())
            if not set(files).isdisjoint(_UNITS)
        ]
        if not sources:
            raise FormatError(f"OpenPack: {path} holds no file like U0101/atr/atr01/S0100.csv")
        return sources

    def read(self, source: Source) -> Recording:
        """Read one session."""
        files: dict[str, Path] = source.info["files"]
        missing = [unit for unit in self._units if unit not in files]
        if missing:
            raise FormatError(
                f"{source.name}: no file of {', '.join(missing)}; leave the unit out with units=..."
            )
        counts: Counter[str] = Counter()
        streams = [_stream(files[unit], unit, "inertial", "unixtime", True) for unit in self._units]
        if self._track in files:
            time_s = streams[0].time_s
            assert time_s is not None
            labels = self._labels(files[self._track], time_s, counts)
            streams[0] = replace(streams[0], labels=labels)
        else:
            counts["recordings_without_annotation"] += 1
        for band in self._wristbands:
            if band in files:
                stream = _stream(files[band], band, "wristband", "time", False)
                streams.append(_in_g(stream, counts))
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=source.info["subject"],
            session=source.info["session"],
            streams=streams,
            counts=counts,
        )

    def _labels(
        self, file: Path, time_s: NDArray[np.float64], counts: Counter[str]
    ) -> NDArray[np.object_]:
        """Return the activity of each sample, by the intervals in which they lie."""
        table = load_named(file, ["id", "start", "end"], ["id"])
        begin, end = (_seconds(file, table[column]) for column in ("start", "end"))
        labels = np.full(len(time_s), None, dtype=object)
        labelled = np.zeros(len(time_s), dtype=bool)
        for row, code in enumerate(table["id"].to_list(), start=1):
            if code is None or not begin[row - 1] <= end[row - 1]:
                raise FormatError(f"{file}: row {row}: expected an id, and a start before the end")
            name = self._names.get(int(code))
            if name is None:
                counts["intervals_left_out_of_account"] += 1
                continue
            inside = (time_s >= begin[row - 1]) & (time_s < end[row - 1])
            counts["samples_labelled_twice"] += int((inside & labelled).sum())
            labels[inside] = name
            labelled |= inside
        return labels


def _stream(file: Path, name: str, modality: str, time: str, has_gyro: bool) -> Stream:
    channels = [*_ACC, *(_GYRO if has_gyro else ())]
    table = load_named(file, [*channels, time], [*channels, time])
    if not len(table):
        raise FormatError(f"{file}: no samples")
    data = table.numbers(channels).copy()
    data[:, 3:] = convert(data[:, 3:], "deg/s", "rad/s")
    return Stream(
        name=name,
        modality=modality,
        data=data,
        channels=channels,
        units=tuple("g" if channel in _ACC else "rad/s" for channel in channels),
        rate_hz=OpenPack.about.rates_hz[modality],
        time_s=table.numbers([time])[:, 0] / 1000,
    )


def _in_g(stream: Stream, counts: Counter[str]) -> Stream:
    """Multiply by the standard gravity what was divided by it once too often."""
    level = float(np.nanmedian(np.linalg.norm(stream.data, axis=1)))
    if not 0 < level < 1 / math.sqrt(_STANDARD_GRAVITY):
        return stream
    counts["wristbands_divided_by_gravity_twice"] += 1
    return replace(stream, data=stream.data * _STANDARD_GRAVITY)


def _seconds(file: Path, cells: pl.Series) -> NDArray[np.float64]:
    text = cells.cast(pl.String)
    times = text.str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    refuse_cells(file, text, times, "a time like 2022-03-29 14:25:22.143000+09:00")
    return times.dt.epoch("us").cast(pl.Float64).to_numpy() / 1e6
