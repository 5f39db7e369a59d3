"""A recording streamed in the packets that it might have come in."""

import numpy as np
import polars as pl
import pytest
from tests.real.recordings import folder

from kinefuse import StreamingWindows, clock, regrid, window_index, windows

pytestmark = pytest.mark.real


def table(*path):
    found = folder(path[0]).joinpath(*path[1:])
    if not found.is_file():
        pytest.skip(f"no {found.name} under {found.parent}")
    return pl.read_csv(found)


def streamed(stream, x, time_s):
    sizes = np.random.default_rng(0).integers(0, 40, len(x))
    edges = np.minimum(np.cumsum(sizes), len(x))
    ready = [
        stream.push(x[a:b], time_s[a:b]) for a, b in zip([0, *edges], [*edges, len(x)], strict=True)
    ]
    ready.append(stream.flush())
    return [np.concatenate(parts) for parts in zip(*ready, strict=True)]


def test_a_sensor_whose_steps_alternate():
    # Stamps 31 and 32 ms apart, at 33.3 Hz or so, in milliseconds since 1970.
    recording = table("openpack-u0209", "U0209", "atr", "atr02", "S0500.csv")
    time_s = recording["unixtime"].to_numpy() / 1000
    time_s, first = np.unique(time_s, return_index=True)
    x = recording.select("acc_x", "acc_y", "acc_z").to_numpy()[first].astype(np.float32)
    grid = regrid(time_s, x, rate_hz=20, max_gap_s=0.2)
    index, counted = window_index(len(grid.data), length=40, stride=20, gaps=grid.gaps)
    stream = StreamingWindows(3, rate_hz=20, from_hz=33.3, length=40, stride=20, max_gap_s=0.2)
    data, start_s, start, segment = streamed(stream, x, time_s)
    assert len(data) > 1000
    np.testing.assert_array_equal(start, index["start"])
    np.testing.assert_array_equal(segment, index["segment"])
    np.testing.assert_array_equal(start_s, grid.time_s[start])
    np.testing.assert_array_equal(data, windows(grid.data, length=40, starts=start))
    assert stream.report.unused_rows == counted.unused_rows
    assert stream.report.gaps == grid.report.gaps


def test_a_phone_that_repeats_its_stamps():
    recording = table("sp-sw-har", "DATA", "s02", "s02_02_sp.csv")
    time_s = recording["timestamp"].to_numpy() / 1000
    x = recording.select("x_acc", "y_acc", "z_acc").to_numpy()
    clean, first = np.unique(time_s, return_index=True)
    nominal = clock.infer_rate(clean)
    stream = StreamingWindows(
        3, rate_hz=50, from_hz=nominal, length=100, stride=50, max_gap_s=0.2, dtype=np.float64
    )
    data, start_s, _, _ = streamed(stream, x, time_s)
    report = stream.report
    assert report.repeated == len(time_s) - len(np.unique(time_s)) > 0
    assert report.backward == report.missing_values == report.gaps == 0
    # The first of equal stamps stays: the same as without the others.
    whole = regrid(clean, x[first], rate_hz=50, max_gap_s=0.2)
    expected = windows(whole.data, length=100, stride=50)
    np.testing.assert_array_equal(data, expected)
    assert start_s[0] == pytest.approx(whole.start_s)
