# The private extension. Public functions check their arguments before they call it.

from collections.abc import Sequence
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

__version__: str
debug_build: bool

# pool
def num_threads() -> int: ...
def set_num_threads(n: int) -> None: ...

# cpu
def cpu_level() -> str: ...
def set_cpu_level(level: str) -> None: ...

# device
@final
class CwaDecoder:
    def __new__(cls, path: str, wanted: str) -> Self: ...
    def push(
        self, piece: bytes | None, data: NDArray[np.float32], time_s: NDArray[np.float64]
    ) -> int: ...
    def max_rows(self, n_bytes: int) -> int: ...
    def layout(self) -> tuple[int, float] | None: ...
    def counts(self) -> list[tuple[str, int]]: ...
    def faults(self) -> list[tuple[int, int, str]]: ...
    def header(self) -> dict[str, Any] | None: ...

@final
class GeneactivDecoder:
    def __new__(cls, path: str, wanted: str) -> Self: ...
    def push(
        self, piece: bytes | None, data: NDArray[np.float32], time_s: NDArray[np.float64]
    ) -> int: ...
    def max_rows(self, n_bytes: int) -> int: ...
    def layout(self) -> tuple[int, float] | None: ...
    def counts(self) -> list[tuple[str, int]]: ...
    def faults(self) -> list[tuple[int, int, str]]: ...
    def header(self) -> dict[str, Any] | None: ...

@final
class Gt3xDecoder:
    def __new__(cls, path: str, wanted: str, rate_hz: float, per_g: float | None) -> Self: ...
    def push(
        self, piece: bytes | None, data: NDArray[np.float32], time_s: NDArray[np.float64]
    ) -> int: ...
    def max_rows(self, n_bytes: int) -> int: ...
    def layout(self) -> tuple[int, float] | None: ...
    def counts(self) -> list[tuple[str, int]]: ...
    def faults(self) -> list[tuple[int, int, str]]: ...
    def header(self) -> dict[str, Any] | None: ...

@final
class ParmayDecoder:
    def __new__(cls, path: str, wanted: str) -> Self: ...
    def push(
        self, piece: bytes | None, data: NDArray[np.float32], time_s: NDArray[np.float64]
    ) -> int: ...
    def max_rows(self, n_bytes: int) -> int: ...
    def layout(self) -> tuple[int, float] | None: ...
    def counts(self) -> list[tuple[str, int]]: ...
    def faults(self) -> list[tuple[int, int, str]]: ...
    def header(self) -> dict[str, Any] | None: ...

# augment
@final
class AugmentPlan:
    def __new__(cls, kind: str, json: str) -> Self: ...
    def apply(
        self, x: NDArray[np.float32], out: NDArray[np.float32], *, seed: int, modality: int
    ) -> None: ...

# skeleton
_Plane = tuple[tuple[float, float, float], float, float, int]
_Counts = tuple[int, int, int, int, int, int]

def skeleton_convert_f32(
    x: NDArray[np.float32], sources: list[list[int]], out: NDArray[np.float32]
) -> None: ...
def skeleton_normalize_f32(x: NDArray[np.float32], spec: str, out: NDArray[np.float32]) -> int: ...
def skeleton_ground_f32(x: NDArray[np.float32], feet: list[int], up: int, down: bool) -> _Plane: ...
def skeleton_fill_f32(
    x: NDArray[np.float32],
    confidence: NDArray[np.float32] | None,
    zeros: tuple[bool, bool],
    max_gap: int,
    min_confidence: float,
    out: NDArray[np.float32],
    status: NDArray[np.uint8],
) -> _Counts: ...
def skeleton_stream_f32(
    x: NDArray[np.float32], parents: list[int], name: str, out: NDArray[np.float32]
) -> None: ...
def skeleton_angles_f32(
    x: NDArray[np.float32], triples: list[tuple[int, int, int]], out: NDArray[np.float32]
) -> None: ...
def skeleton_scores_f32(
    x: NDArray[np.float32], confidence: NDArray[np.float32] | None, rule: str
) -> list[tuple[float, int, bool, bool]]: ...
def skeleton_convert_f64(
    x: NDArray[np.float64], sources: list[list[int]], out: NDArray[np.float64]
) -> None: ...
def skeleton_normalize_f64(x: NDArray[np.float64], spec: str, out: NDArray[np.float64]) -> int: ...
def skeleton_ground_f64(x: NDArray[np.float64], feet: list[int], up: int, down: bool) -> _Plane: ...
def skeleton_fill_f64(
    x: NDArray[np.float64],
    confidence: NDArray[np.float64] | None,
    zeros: tuple[bool, bool],
    max_gap: int,
    min_confidence: float,
    out: NDArray[np.float64],
    status: NDArray[np.uint8],
) -> _Counts: ...
def skeleton_stream_f64(
    x: NDArray[np.float64], parents: list[int], name: str, out: NDArray[np.float64]
) -> None: ...
def skeleton_angles_f64(
    x: NDArray[np.float64], triples: list[tuple[int, int, int]], out: NDArray[np.float64]
) -> None: ...
def skeleton_scores_f64(
    x: NDArray[np.float64], confidence: NDArray[np.float64] | None, rule: str
) -> list[tuple[float, int, bool, bool]]: ...

# window
_WindowColumns = tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.float64],
]
_WindowCounts = tuple[int, int, int, int, int, int]
_Labelled = tuple[NDArray[np.int32] | None, str, float]
_Timeline = tuple[int, float, float, NDArray[np.int64]]

def window_index(
    rows: int,
    *,
    step: tuple[int, float] | None,
    gaps: NDArray[np.int64],
    labelled: _Labelled,
) -> tuple[_WindowColumns, _WindowCounts]: ...
def event_index(
    timeline: _Timeline,
    events_s: NDArray[np.float64],
    *,
    before_s: float,
    after_s: float,
    labelled: _Labelled,
) -> tuple[_WindowColumns, _WindowCounts, tuple[NDArray[np.int64], int, int]]: ...
def window_table(
    lines: list[_Timeline],
    *,
    step: tuple[float, float, float | None, float, int],
    labelled_modality: int,
    labelled: _Labelled,
) -> tuple[
    tuple[
        NDArray[np.float64],
        NDArray[np.int32],
        NDArray[np.float64],
        list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    ],
    tuple[int, int, list[int], int, int, int],
]: ...
def windows_into(
    x: NDArray[np.uint8],
    out: NDArray[np.uint8],
    *,
    row_bytes: int,
    starts: NDArray[np.int64],
    length: int,
) -> None: ...

# stream
_StreamCounts = tuple[
    tuple[int, int, int, int, int, int, int, int, float],
    tuple[int, int, int, int, int],
]

@final
class StreamingWindowsF32:
    def __new__(
        cls,
        sample: int,
        *,
        rate_hz: float,
        step: tuple[int, float],
        ratio: tuple[int, int] | None,
        stamps: tuple[float, float, float | None, bool] | None,
        start_s: float,
    ) -> Self: ...
    def push(
        self, x: NDArray[np.float32], time_s: NDArray[np.float64] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64], NDArray[np.int32]]: ...
    def flush(
        self,
    ) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64], NDArray[np.int32]]: ...
    def counts(self) -> _StreamCounts: ...
    def state(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float32]]: ...
    def restore(
        self,
        integers: NDArray[np.int64],
        reals: NDArray[np.float64],
        samples: NDArray[np.float32],
    ) -> None: ...

@final
class StreamingWindowsF64:
    def __new__(
        cls,
        sample: int,
        *,
        rate_hz: float,
        step: tuple[int, float],
        ratio: tuple[int, int] | None,
        stamps: tuple[float, float, float | None, bool] | None,
        start_s: float,
    ) -> Self: ...
    def push(
        self, x: NDArray[np.float64], time_s: NDArray[np.float64] | None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int32]]: ...
    def flush(
        self,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int32]]: ...
    def counts(self) -> _StreamCounts: ...
    def state(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]: ...
    def restore(
        self,
        integers: NDArray[np.int64],
        reals: NDArray[np.float64],
        samples: NDArray[np.float64],
    ) -> None: ...

# text
def parse_numbers(
    text: bytes, separator: int, decimal: int, columns: int, wanted: Sequence[int], empty: bool
) -> NDArray[np.float64] | None: ...
def parse_names(
    text: bytes, separator: int, columns: int, wanted: int, most: int
) -> tuple[NDArray[np.int32], list[str]] | None: ...

# batch
@final
class BatchSource:
    def __new__(
        cls,
        modalities: list[dict[str, Any]],
        window: NDArray[np.uint64],
        label: NDArray[np.int64],
        *,
        seed: int,
        n_views: int,
        cache_bytes: int,
    ) -> Self: ...
    def statistics(self, m: int) -> tuple[list[int], list[float], list[float]]: ...
    def stream(
        self,
        *,
        batch_size: int,
        shuffle: bool,
        drop_last: bool,
        rank: int,
        world_size: int,
        rows: NDArray[np.uint32] | None,
        epoch: int,
        prefetch: int,
    ) -> BatchStream: ...

@final
class BatchStream:
    def next(
        self,
    ) -> (
        tuple[
            list[NDArray[np.float32]],
            NDArray[np.int64],
            NDArray[np.int64],
            list[NDArray[np.bool_]],
        ]
        | None
    ): ...

def batch_counts(
    n: int, *, batch_size: int, shuffle: bool, drop_last: bool, rank: int, world_size: int
) -> tuple[int, int]: ...

# clock
_ClockReport = tuple[int, int, int, int, int, int, int, int, float, float, float, int, Any]

def infer_rate(time_s: NDArray[np.float64]) -> float: ...
def repair_clock(
    time_s: NDArray[np.float64], max_gap_s: float, shared: str
) -> tuple[
    NDArray[np.uint64] | None,
    tuple[float, NDArray[np.float64]] | None,
    NDArray[np.uint64],
    _ClockReport,
]: ...
def estimate_rate(
    time_s: NDArray[np.float64], max_gap_s: float
) -> tuple[float, float, float, int, int]: ...
def unwrap_counter(counter: NDArray[np.int64], modulus: int) -> int: ...
def unwrap_real(counter: NDArray[np.float64], modulus: float) -> int: ...

_Alignment = tuple[
    tuple[float, float, float, float, float, float, float],
    tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]],
]

def align_clocks(
    time_a_s: NDArray[np.float64],
    a: NDArray[np.float64],
    time_b_s: NDArray[np.float64],
    b: NDArray[np.float64],
    max_offset_s: float,
    window_s: float,
    max_gap_s: float,
    drift: bool,
) -> _Alignment: ...
def align_events(
    events_a_s: NDArray[np.float64],
    events_b_s: NDArray[np.float64],
    tolerance_s: float,
    drift: bool,
) -> _Alignment: ...
def guess_unit(numbers: NDArray[np.float64]) -> str: ...
def whole_to_seconds(
    values: NDArray[np.int64], unit: str, origin_ns: int | None
) -> tuple[int, NDArray[np.float64], int]: ...
def real_to_seconds(
    values: NDArray[np.float64], unit: str, origin_ns: int | None
) -> tuple[int, NDArray[np.float64], int]: ...
def parse_iso(texts: list[str | None]) -> tuple[NDArray[np.int64], int | None]: ...

# resample
def resample_f32(
    x: NDArray[np.float32], up: int, down: int, precise: bool, out: NDArray[np.float32]
) -> None: ...
def resample_f64(
    x: NDArray[np.float64], up: int, down: int, precise: bool, out: NDArray[np.float64]
) -> None: ...
def resample_ratio_f32(
    x: NDArray[np.float32], from_hz: float, to_hz: float, out: NDArray[np.float32]
) -> None: ...
def resample_ratio_f64(
    x: NDArray[np.float64], from_hz: float, to_hz: float, out: NDArray[np.float64]
) -> None: ...
def resample_at_f32(
    x: NDArray[np.float32],
    time_s: NDArray[np.float64],
    clock: tuple[float, float],
    ratio: tuple[float, int | None],
    out: NDArray[np.float32],
) -> None: ...
def resample_at_f64(
    x: NDArray[np.float64],
    time_s: NDArray[np.float64],
    clock: tuple[float, float],
    ratio: tuple[float, int | None],
    out: NDArray[np.float64],
) -> None: ...
def resample_labels(
    time_s: NDArray[np.float64],
    labels: NDArray[np.int32],
    when_s: NDArray[np.float64],
    width_s: float | None,
    max_distance_s: float,
    out: NDArray[np.int32],
) -> None: ...
def interpolate_quaternions_f32(
    time_s: NDArray[np.float64],
    q: NDArray[np.float32],
    when_s: NDArray[np.float64],
    max_gap_s: float,
    out: NDArray[np.float32],
) -> None: ...
def interpolate_quaternions_f64(
    time_s: NDArray[np.float64],
    q: NDArray[np.float64],
    when_s: NDArray[np.float64],
    max_gap_s: float,
    out: NDArray[np.float64],
) -> None: ...
def resampled_length(t: int, up: int, down: int) -> int: ...
def resample_to_length_f32(x: NDArray[np.float32], out: NDArray[np.float32]) -> None: ...
def resample_to_length_f64(x: NDArray[np.float64], out: NDArray[np.float64]) -> None: ...

# regrid
@final
class RegridPlan:
    def __new__(
        cls,
        time_s: NDArray[np.float64],
        rate_hz: float,
        max_gap_s: float,
        origin_s: float | None,
        filtered: bool,
        reported: tuple[int, int] | None = None,
    ) -> Self: ...
    @property
    def rows(self) -> int: ...
    @property
    def start_s(self) -> float: ...
    @property
    def gaps(self) -> NDArray[np.int64]: ...
    @property
    def report(self) -> _ClockReport: ...
    def run_f32(self, x: NDArray[np.float32], method: str, out: NDArray[np.float32]) -> None: ...
    def run_f64(self, x: NDArray[np.float64], method: str, out: NDArray[np.float64]) -> None: ...

# filter
@final
class SosFilter:
    def __new__(cls, sos: NDArray[np.float64]) -> Self: ...
    def run_f32(
        self,
        x: NDArray[np.float32],
        cuts: list[int],
        state: NDArray[np.float64],
        out: NDArray[np.float32],
    ) -> None: ...
    def run_f64(
        self,
        x: NDArray[np.float64],
        cuts: list[int],
        state: NDArray[np.float64],
        out: NDArray[np.float64],
    ) -> None: ...
    def zero_phase_f32(
        self, x: NDArray[np.float32], cuts: list[int], out: NDArray[np.float32]
    ) -> None: ...
    def zero_phase_f64(
        self, x: NDArray[np.float64], cuts: list[int], out: NDArray[np.float64]
    ) -> None: ...

def design_butterworth(
    order: int, kind: str, cutoff_hz: list[float], rate_hz: float
) -> NDArray[np.float64]: ...

# calibrate
_Correction = tuple[Sequence[float], Sequence[float], Sequence[float], float]
_Runs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]

@final
class StillWindows:
    def __new__(cls, length: int, max_sd: float, with_temperature: bool) -> Self: ...
    def push_f32(
        self, acc: NDArray[np.float32], temperature: NDArray[np.float64] | None
    ) -> None: ...
    def push_f64(
        self, acc: NDArray[np.float64], temperature: NDArray[np.float64] | None
    ) -> None: ...
    def interrupt(self) -> None: ...
    def solve(
        self, min_windows: int, min_sphere: float, max_error: float
    ) -> tuple[_Correction, tuple[float, float, int, int, int], str | None]: ...

def correct_f32(
    acc: NDArray[np.float32],
    numbers: _Correction,
    temperature: NDArray[np.float64] | None,
    out: NDArray[np.float32],
) -> None: ...
def correct_f64(
    acc: NDArray[np.float64],
    numbers: _Correction,
    temperature: NDArray[np.float64] | None,
    out: NDArray[np.float64],
) -> None: ...
def find_flat_f32(x: NDArray[np.float32], tolerance: float, min_rows: int) -> _Runs: ...
def find_flat_f64(x: NDArray[np.float64], tolerance: float, min_rows: int) -> _Runs: ...
def find_clipped_f32(
    x: NDArray[np.float32], limits: tuple[float, float] | None, min_rows: int
) -> _Runs: ...
def find_clipped_f64(
    x: NDArray[np.float64], limits: tuple[float, float] | None, min_rows: int
) -> _Runs: ...
