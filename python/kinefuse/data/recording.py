"""What a reader hands over: one take of one subject, with its sensors' samples and clocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.channels import check_channels, check_labels, check_rate
from kinefuse.data.chunked import CHUNK_ROWS, Chunk, ChunkedStream, names_of
from kinefuse.errors import FormatError

__all__ = ["CHUNK_ROWS", "Chunk", "ChunkedStream", "Recording", "Stream"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Stream:
    """The samples of one sensor, with its own clock.

    Parameters
    ----------
    name : str
        The sensor or where it sits (``"left_wrist"``).
    modality : str
        ``"inertial"``, ``"skeleton"`` or another lower-case word: the streams of one modality end
        up side by side in one array.
    data : (T, C) or (T, J, D) array of float
        Acceleration in g, angular rate in rad/s, joints in metres. NaN is missing.
    channels : sequence of str
        The names of the C channels, or of the D coordinates of a joint.
    units : str or sequence of str
        One for all, or one a channel.
    rate_hz : float, optional
        The nominal rate. Needed when there are no time stamps.
    time_s : (T,) array of float64, optional
        When each sample was taken, in seconds; may jitter, repeat, run backward or leave gaps.
    start_s : float
        When the first sample was taken, on the recording's time line, if there are no stamps.
    layout : str, optional
        The name of the skeleton layout, for ``(T, J, D)`` data; see :mod:`kinefuse.skeleton`.
    labels : (T,) array of str or None, or of int, optional
        What the subject did at each sample; None or an empty string where nobody says. With
        ``label_names``, where in them the activity stands; -1 where nobody says.
    label_names : sequence of str
        The names that numbers in ``labels`` mean.

    Raises
    ------
    FormatError
        Shapes, channels, units, layout and clock do not fit together, or there is no sample.
    ConfigError
        There is no such layout.

    Examples
    --------
    >>> import numpy as np
    >>> stream = Stream(name="wrist", modality="inertial", data=np.zeros((100, 3)),
    ...                 channels=("acc_x", "acc_y", "acc_z"), units="g", rate_hz=50.0)
    >>> stream.units
    ('g', 'g', 'g')
    """

    name: str
    modality: str
    data: NDArray[Any]
    channels: Sequence[str]
    units: str | Sequence[str]
    rate_hz: float | None = None
    time_s: NDArray[np.float64] | None = None
    start_s: float = 0.0
    layout: str | None = None
    labels: NDArray[Any] | None = None
    label_names: Sequence[str] = ()

    def __post_init__(self) -> None:
        where = f"stream {self.name!r}"
        if self.data.ndim not in (2, 3) or self.data.dtype.kind != "f":
            raise FormatError(
                f"{where}: expected a (T, C) or (T, J, D) array of float, "
                f"got {self.data.dtype} {self.data.shape}"
            )
        if self.data.size == 0:
            raise FormatError(f"{where}: no samples")
        channels, units = check_channels(
            where,
            modality=self.modality,
            sample_shape=self.data.shape[1:],
            channels=self.channels,
            units=self.units,
            layout=self.layout,
        )
        object.__setattr__(self, "channels", channels)
        object.__setattr__(self, "units", units)
        check_rate(where, self.rate_hz, timed=self.time_s is not None)
        for what, values in (("time stamps", self.time_s), ("labels", self.labels)):
            if values is not None and values.shape != (len(self.data),):
                raise FormatError(
                    f"{where}: expected {len(self.data)} {what}, one a sample, got {values.shape}"
                )
        if self.labels is not None:
            check_labels(where, self.labels, self.label_names)


@dataclass(frozen=True, eq=False, kw_only=True)
class Recording:
    """One continuous take of one subject.

    Parameters
    ----------
    id : str
        Unique in its data set.
    dataset : str
        The data set's name.
    subject : str
        Who moved. Splits go by it.
    activity : str, optional
        What they did, if it is one activity throughout; else the streams carry labels.
    session, trial : str, optional
        Which visit, which repetition.
    scene, view : str, optional
        Where it was, from which side it was filmed.
    streams : sequence of Stream or ChunkedStream
        On one time line.
    counts : dict of str to int
        What the reader left out, by name (``{"clips_without_pose": 1}``); goes to the report.
    found : dict of str to str
        What the reader found out of how the files are written, in words, by kind of file
        (``{"wrist": "separator semicolon, decimal comma"}``); goes to the report.

    Raises
    ------
    FormatError
        No stream, or an empty id.
    """

    id: str
    dataset: str
    subject: str
    activity: str | None = None
    session: str | None = None
    trial: str | None = None
    scene: str | None = None
    view: str | None = None
    streams: Sequence[Stream | ChunkedStream] = field(default_factory=tuple)
    counts: Mapping[str, int] = field(default_factory=dict)
    found: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "streams", tuple(self.streams))
        if not self.id:
            raise FormatError("recording: expected an id, got an empty one")
        if not self.streams:
            raise FormatError(f"recording {self.id!r}: no stream")

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities of its streams, each once, in their order."""
        return tuple(dict.fromkeys(stream.modality for stream in self.streams))

    def load(self) -> tuple[Stream, ...]:
        """Return its streams with all samples in memory, however they are read.

        Counts of chunked streams are in :attr:`ChunkedStream.counts` then.
        """
        return tuple(
            stream if isinstance(stream, Stream) else _load(stream) for stream in self.streams
        )


def _load(stream: ChunkedStream) -> Stream:
    chunks = list(stream.read())
    labels = time_s = None
    if stream.timed:
        time_s = np.concatenate([chunk.time_s for chunk in chunks if chunk.time_s is not None])
    if stream.labelled:
        labels = np.concatenate([names_of(chunk) for chunk in chunks])
    return Stream(
        name=stream.name,
        modality=stream.modality,
        data=np.concatenate([chunk.data for chunk in chunks]),
        channels=stream.channels,
        units=stream.units,
        rate_hz=stream.rate_hz,
        time_s=time_s,
        start_s=stream.start_s,
        layout=stream.layout,
        labels=labels,
    )
