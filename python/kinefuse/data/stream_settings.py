"""What a user says of single streams, against or beyond what the reader says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.calibration import Autocalibrator, Calibration
from kinefuse.data.chunked import Chunk, ChunkedStream
from kinefuse.data.recording import Stream
from kinefuse.errors import ConfigError, FormatError
from kinefuse.units import to_store

__all__ = [
    "StreamSettings",
    "adjust_stream",
    "calibrate_stream",
    "describe_calibrations",
    "find_accelerometers",
]

_AXES = ("x", "y", "z")


@dataclass(frozen=True)
class StreamSettings:
    """Settings of the streams of one name.

    Attributes
    ----------
    units : str or dict of str to str, optional
        The unit that the numbers of its channels really have, by channel or by the part of its name
        before the last ``_``, where the reader takes them for another's: what it hands over as g is
        multiplied by what makes g of this unit.
    rate_hz : float, optional
        The nominal rate.
    max_gap_s : float, optional
        The longest hole that is interpolated.
    calibrate : bool, optional
        Whether accelerometers are calibrated (:func:`kinefuse.calibration.autocalibrate`).
    """

    units: str | Mapping[str, str] | None = None
    rate_hz: float | None = None
    max_gap_s: float | None = None
    calibrate: bool | None = None

    @classmethod
    def of(cls, name: str, values: Mapping[str, Any]) -> "StreamSettings":
        """Check the settings of the streams called ``name``.

        Raises
        ------
        ConfigError
            An unknown key, or a value that makes no sense.
        """
        known = set(cls.__dataclass_fields__)
        if unknown := set(values) - known:
            raise ConfigError(
                f"streams.{name}: expected some of {', '.join(sorted(known))}, "
                f"got {', '.join(sorted(unknown))}"
            )
        for key in ("rate_hz", "max_gap_s"):
            value = values.get(key)
            if value is not None and not 0 < value < float("inf"):
                raise ConfigError(f"streams.{name}.{key}: expected a number above 0, got {value}")
        units = values.get("units")
        for unit in [units] if isinstance(units, str) else dict(units or {}).values():
            to_store(unit)
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return what is set, as JSON takes it."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def adjust_stream(
    stream: Stream | ChunkedStream, settings: StreamSettings
) -> Stream | ChunkedStream:
    """Return the stream with its units and rate as the settings say.

    Raises
    ------
    FormatError
        A unit of another kind of quantity than the channel's.
    """
    if settings.rate_hz is not None:
        stream = replace(stream, rate_hz=settings.rate_hz)
    if settings.units is None:
        return stream
    factors = np.ones(len(stream.channels))
    for position, (channel, unit) in enumerate(zip(stream.channels, stream.units, strict=True)):
        said = _unit_of(channel, settings.units)
        if said is None:
            continue
        base, factor = to_store(said)
        if base != unit:
            raise FormatError(
                f"stream {stream.name!r}: channel {channel!r} is in {unit}; expected "
                f"streams.{stream.name}.units of that kind, got {said!r}"
            )
        factors[position] = factor
    return _mapped(stream, lambda data: (data * factors).astype(data.dtype))


def _unit_of(channel: str, units: str | Mapping[str, str]) -> str | None:
    if isinstance(units, str):
        return units
    return units.get(channel, units.get(channel.rpartition("_")[0]))


def find_accelerometers(stream: Stream | ChunkedStream) -> dict[str, list[int]]:
    """Return the columns of each accelerometer of a stream: x, y, z of one name, in g."""
    found: dict[str, list[int]] = {}
    shape = stream.data.shape[1:] if isinstance(stream, Stream) else stream.sample_shape
    if len(shape) != 1:
        return found
    for position, (channel, unit) in enumerate(zip(stream.channels, stream.units, strict=True)):
        if unit == "g" and channel[-1:].lower() in _AXES:
            found.setdefault(channel[:-1].rstrip("_.-") or "acc", []).append(position)
    return {name: columns for name, columns in found.items() if len(columns) == len(_AXES)}


def calibrate_stream(
    stream: Stream | ChunkedStream, *, rate_hz: float, max_gap_s: float
) -> tuple[Stream | ChunkedStream, dict[str, Calibration]]:
    """Put the accelerometers of a stream right; a chunked one is read once more for that.

    Parameters
    ----------
    stream : Stream or ChunkedStream
    rate_hz : float
        Samples a second, where the stream does not say it.
    max_gap_s : float
        No still window reaches over a longer hole.

    Returns
    -------
    stream : Stream or ChunkedStream
    found : dict of str to Calibration
        By accelerometer; their ``reason`` says why one was left as it is.
    """
    columns = find_accelerometers(stream)
    if not columns:
        return stream, {}
    calibrators: dict[str, Autocalibrator] = {}
    last = None
    for chunk in _chunks(stream):
        if not calibrators:
            rate = stream.rate_hz or _rate_of(chunk) or rate_hz
            calibrators = {name: Autocalibrator(rate_hz=rate) for name in columns}
        begin = 0
        for end in [*_holes(chunk.time_s, last, max_gap_s), len(chunk.data)]:
            for name, calibrator in calibrators.items():
                calibrator.push(np.ascontiguousarray(chunk.data[begin:end, columns[name]]))
                if end < len(chunk.data):
                    calibrator.interrupt()
            begin = end
        last = None if chunk.time_s is None else float(chunk.time_s[-1])
    found = {name: calibrator.solve() for name, calibrator in calibrators.items()}
    right = {name: one for name, one in found.items() if one.reason is None}
    if not right:
        return stream, found

    def correct(data: NDArray[Any]) -> NDArray[Any]:
        corrected = data.copy()
        for name, calibration in right.items():
            three = np.ascontiguousarray(data[:, columns[name]])
            corrected[:, columns[name]] = calibration.apply(three)
        return corrected

    return _mapped(stream, correct), found


def _rate_of(chunk: Chunk) -> float | None:
    steps = np.empty(0) if chunk.time_s is None else np.diff(chunk.time_s)
    steps = steps[steps > 0]
    return 1 / float(np.median(steps)) if len(steps) else None


def _holes(time_s: NDArray[np.float64] | None, last: float | None, max_gap_s: float) -> list[int]:
    if time_s is None:
        return []
    before = np.concatenate([[time_s[0] if last is None else last], time_s[:-1]])
    return [int(row) for row in np.flatnonzero(time_s - before > max_gap_s)]


def _chunks(stream: Stream | ChunkedStream) -> Iterator[Chunk]:
    if isinstance(stream, Stream):
        yield Chunk(data=stream.data, time_s=stream.time_s)
    else:
        yield from stream.read()


def _mapped(stream: Stream | ChunkedStream, change: Any) -> Stream | ChunkedStream:
    if isinstance(stream, Stream):
        return replace(stream, data=change(stream.data))
    chunks = stream.chunks

    def changed() -> Iterator[Chunk]:
        for chunk in chunks():
            yield replace(chunk, data=change(chunk.data))

    return replace(stream, chunks=changed)


def describe_calibrations(found: Mapping[str, Calibration]) -> dict[str, dict[str, Any]]:
    """Return what is reported of calibrations, as JSON takes it."""
    return {name: _describe(calibration) for name, calibration in found.items()}


def _describe(calibration: Calibration) -> dict[str, Any]:
    said: dict[str, Any] = {"says": str(calibration)}
    if calibration.reason is None:
        said |= {"scale": _numbers(calibration.scale), "offset_g": _numbers(calibration.offset)}
    return said


def _numbers(values: Sequence[float] | NDArray[np.float64]) -> list[float]:
    return [round(float(value), 6) for value in values]
