import contextlib
import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse import StreamingWindows, errors, regrid, resample, window_index, windows


def chunks(n_rows, sizes):
    """Rows 0 to n_rows in chunks of these sizes, over and over."""
    at = 0
    while at < n_rows:
        for size in sizes:
            yield slice(at, min(at + size, n_rows))
            at += size
    yield slice(n_rows, n_rows)


def streamed(stream, x, time_s=None, sizes=(7,), save_at=()):
    """Everything a stream gives, put together; saved and restored through JSON on the way."""
    ready = []
    for i, rows in enumerate(chunks(len(x), sizes)):
        ready.append(stream.push(x[rows], None if time_s is None else time_s[rows]))
        if i in save_at:
            lists = {k: v if isinstance(v, str) else v.tolist() for k, v in stream.state().items()}
            stream = StreamingWindows.from_state(json.loads(json.dumps(lists)))
    ready.append(stream.flush())
    return [np.concatenate(parts) for parts in zip(*ready, strict=True)], stream.report


def offline(x, gaps, time_s, **width):
    table, report = window_index(len(x), gaps=gaps, **width)
    start = table["start"].to_numpy()
    length = width["length"]
    data = windows(x, length=length, starts=start)
    return [data, time_s[start], start, table["segment"].to_numpy()], report


def assert_same(got, expected):
    for mine, theirs in zip(got, expected, strict=True):
        assert mine.dtype == theirs.dtype
        assert mine.shape == theirs.shape
        assert mine.tobytes() == theirs.tobytes()


def assert_counts(got, expected):
    for name in ("windows", "segments", "short_segments", "unused_rows"):
        assert getattr(got, name) == getattr(expected, name), name


sizes = st.lists(st.integers(0, 60), min_size=1, max_size=6).filter(any)
widths = st.fixed_dictionaries({"length": st.integers(1, 30), "stride": st.floats(1, 45)})
saves = st.sets(st.integers(0, 20), max_size=2)
dtypes = st.sampled_from([np.float32, np.float64])


@settings(max_examples=60, deadline=None)
@given(
    n_rows=st.integers(0, 400),
    sample_shape=st.sampled_from([(1,), (6,), (4, 3)]),
    ratio=st.sampled_from([(50, 50), (100, 50), (100, 25), (100, 30), (50, 100), (41, 20)]),
    width=widths,
    sizes=sizes,
    save_at=saves,
    dtype=dtypes,
    nan=st.booleans(),
)
def test_a_uniform_stream_is_the_whole_recording(
    n_rows, sample_shape, ratio, width, sizes, save_at, dtype, nan
):
    from_hz, rate_hz = ratio
    x = np.random.default_rng(n_rows).normal(size=(n_rows, *sample_shape)).astype(dtype)
    if nan and n_rows:
        x[n_rows // 2] = np.nan
    stream = StreamingWindows(
        sample_shape, rate_hz=rate_hz, from_hz=from_hz, start_s=3.7, dtype=dtype, **width
    )
    got, report = streamed(stream, x, sizes=sizes, save_at=save_at)
    whole = x
    if from_hz != rate_hz and n_rows:
        whole = resample(x.reshape(n_rows, -1), from_hz=from_hz, to_hz=rate_hz)
        whole = whole.reshape(-1, *sample_shape)
    expected, counted = offline(whole, None, 3.7 + np.arange(len(whole)) / rate_hz, **width)
    if nan:  # the payload of a NaN is nobody's promise
        got[0], expected[0] = np.nan_to_num(got[0]), np.nan_to_num(expected[0])
    assert_same(got, expected)
    assert_counts(report, counted)
    assert (report.rows_in, report.rows) == (n_rows, len(whole))


@st.composite
def clocks(draw):
    """Stamps near a rate, with jitter, short holes and gaps; and a start far from 0 or near."""
    seed = draw(st.integers(0, 10_000))
    n_rows = draw(st.integers(30, 500))
    from_hz, rate_hz = draw(st.sampled_from([(50, 50), (100, 50), (100, 40), (25, 50), (64, 20)]))
    random = np.random.default_rng(seed)
    steps = (1 + random.uniform(-0.1, 0.1, n_rows)) / from_hz
    steps[random.random(n_rows) < 0.03] *= 3
    steps[random.random(n_rows) < draw(st.sampled_from([0.0, 0.02, 0.1]))] += 0.7
    start = draw(st.sampled_from([0.0, -2.3, 1000.25, 1.7e9]))
    return from_hz, rate_hz, start + np.cumsum(steps), random


@settings(max_examples=80, deadline=None)
@given(clock=clocks(), width=widths, sizes=sizes, save_at=saves, dtype=dtypes, origin=st.booleans())
def test_a_stream_with_stamps_is_the_regridded_recording(
    clock, width, sizes, save_at, dtype, origin
):
    from_hz, rate_hz, time_s, random = clock
    x = random.normal(size=(len(time_s), 3)).astype(dtype)
    origin_s = float(np.floor(time_s[0])) if origin else None
    grid = regrid(time_s, x, rate_hz=rate_hz, max_gap_s=0.2, origin_s=origin_s)
    stream = StreamingWindows(
        3,
        rate_hz=rate_hz,
        from_hz=from_hz,
        max_gap_s=0.2,
        origin_s=origin_s,
        dtype=dtype,
        **width,
    )
    got, report = streamed(stream, x, time_s, sizes, save_at)
    expected, counted = offline(grid.data, grid.gaps, grid.time_s, **width)
    assert_same(got, expected)
    assert_counts(report, counted)
    clock_report = grid.report
    assert report.rows == clock_report.rows_out
    assert (report.gaps, report.isolated) == (clock_report.gaps, clock_report.isolated)
    assert report.missing_s == pytest.approx(clock_report.missing_s, rel=0.05, abs=0.05)


def test_rows_that_cannot_be_used_are_dropped_and_counted():
    time_s = np.arange(400) / 50
    x = np.sin(time_s * 3)[:, None]
    keep = np.ones(400, bool)
    bad_time, bad_x = time_s.copy(), x.copy()
    bad_time[30] = np.nan
    bad_time[50] = bad_time[49]
    bad_time[70] = bad_time[65]
    bad_time[90] = 1e6  # a single stamp far ahead
    bad_time[91] = 1e300
    bad_x[120] = np.nan
    keep[[30, 50, 70, 90, 91, 120]] = False
    arguments = {"rate_hz": 50, "length": 20, "max_gap_s": 0.5, "dtype": np.float64}
    got, report = streamed(StreamingWindows(1, **arguments), bad_x, bad_time)
    clean, _ = streamed(StreamingWindows(1, **arguments), x[keep], time_s[keep])
    assert_same(got, clean)
    assert (report.nonfinite, report.repeated, report.backward) == (2, 1, 2)
    assert (report.missing_values, report.bridged, report.gaps) == (1, 5, 0)
    assert report.rows_in == 400
    assert "dropped 2 out of order" in str(report)


def test_a_missing_value_may_spread_instead():
    time_s = np.arange(100) / 50 + 0.003 * np.sin(np.arange(100))
    x = np.ones((100, 2))
    x[40, 1] = np.nan
    grid = regrid(time_s, x, rate_hz=50, max_gap_s=0.5)
    stream = StreamingWindows(
        2, rate_hz=50, length=10, max_gap_s=0.5, drop_missing=False, dtype=np.float64
    )
    got, report = streamed(stream, x, time_s)
    np.testing.assert_array_equal(got[0].reshape(-1, 2), grid.data[: 10 * (len(grid.data) // 10)])
    assert np.isnan(got[0]).sum() == np.isnan(grid.data).sum() > 0
    assert report.missing_values == 0


def test_a_window_is_ready_when_its_last_row_is():
    stream = StreamingWindows(1, rate_hz=50, length=10, stride=5)
    counts = [len(stream.push([[float(i)]]).data) for i in range(30)]
    assert [i for i, n in enumerate(counts) if n] == [9, 14, 19, 24, 29]
    filtered = StreamingWindows(1, rate_hz=50, from_hz=100, length=10, stride=5)
    counts = [len(filtered.push([[float(i)]]).data) for i in range(60)]
    # Row 9 lies at input row 18; the filter reaches 20 further.
    assert [i for i, n in enumerate(counts) if n] == [38, 48, 58]


def test_one_row_and_one_stamp_are_a_chunk():
    stream = StreamingWindows((2, 3), rate_hz=10, length=2, max_gap_s=1.0)
    ready = [stream.push(np.full((2, 3), i), i / 10) for i in range(6)]
    assert np.concatenate([r.data for r in ready])[:, 0, 0, 0].tolist() == [0, 2, 4]
    assert ready[1].data.shape == (1, 2, 2, 3)


def test_after_a_flush_there_is_a_reset():
    stream = StreamingWindows(1, rate_hz=50, length=2)
    stream.push([[1.0]] * 3)
    stream.flush()
    assert len(stream.flush().data) == 0
    with pytest.raises(errors.InputError, match="expected a reset"):
        stream.push([[1.0]])
    assert stream.report.unused_rows == 1
    stream.reset()
    assert stream.report.rows_in == 0
    assert len(stream.push([[1.0]] * 2).data) == 1


def test_a_refused_push_changes_nothing():
    stream = StreamingWindows(1, rate_hz=50, length=5, max_gap_s=0.5)
    time_s = np.arange(100) / 50
    stream.push(np.ones((100, 1)), time_s)
    before = stream.state()
    with pytest.raises(errors.TimeError, match="the clock was set back"):
        stream.push(np.ones((100, 1)), time_s - 1000.0)
    after = stream.state()
    assert before["settings"] == after["settings"]
    for name in ("integers", "reals", "samples"):
        np.testing.assert_array_equal(before[name], after[name])


def test_stamps_in_milliseconds_are_noticed():
    stream = StreamingWindows(1, rate_hz=50, length=5, max_gap_s=0.5)
    with pytest.raises(errors.TimeError, match="are the stamps in seconds"):
        stream.push(np.ones((300, 1)), np.arange(300) * 20.0)


def test_the_state_can_be_written_without_pickle(tmp_path):
    x = np.random.default_rng(0).normal(size=(500, 3))
    stream = StreamingWindows(3, rate_hz=20, from_hz=64, length=16, max_gap_s=0.3)
    time_s = np.arange(500) / 64
    first = stream.push(x[:333], time_s[:333])
    np.savez(tmp_path / "state.npz", **stream.state())
    with np.load(tmp_path / "state.npz") as state:
        again = StreamingWindows.from_state(state)
    ready = [first, again.push(x[333:], time_s[333:]), again.flush()]
    whole, report = streamed(
        StreamingWindows(3, rate_hz=20, from_hz=64, length=16, max_gap_s=0.3), x, time_s, (500,)
    )
    assert_same([np.concatenate(parts) for parts in zip(*ready, strict=True)], whole)
    assert again.report == report


@settings(max_examples=150, deadline=None)
@given(data=st.data(), stamped=st.booleans(), from_hz=st.sampled_from([50, 100]))
def test_a_broken_state_is_refused_or_harmless(data, stamped, from_hz):
    stream = StreamingWindows(
        2, rate_hz=50, from_hz=from_hz, length=8, max_gap_s=0.5 if stamped else None
    )
    time_s = np.arange(120) / from_hz if stamped else None
    stream.push(np.ones((120, 2)), time_s)
    state = stream.state()
    name = data.draw(st.sampled_from(["integers", "reals", "samples"]))
    values = state[name].copy()
    if len(values) and data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(values) - 1))
        numbers = st.integers(-(2**62), 2**62) | st.integers(-100, 300)
        values[at] = data.draw(numbers) if name == "integers" else data.draw(st.floats(width=32))
    else:
        values = values[: data.draw(st.integers(0, len(values)))]
    try:
        broken = StreamingWindows.from_state({**state, name: values})
        last = time_s[-1] if stamped else 0.0
        for i in range(1, 40):
            broken.push(np.ones((1, 2)), [last + i / from_hz] if stamped else None)
        broken.flush()
    except errors.KinefuseError:
        pass


def test_a_state_with_another_tolerance_is_refused():
    stream = StreamingWindows(2, rate_hz=50, from_hz=100, length=8, max_gap_s=0.5)
    stream.push(np.ones((120, 2)), np.arange(120) / 100)
    state = stream.state()
    for number in range(len(state["reals"])):
        values = state["reals"].copy()
        values[number] += 1e9
        with contextlib.suppress(errors.KinefuseError):
            again = StreamingWindows.from_state({**state, "reals": values})
            ready = [again.push(np.ones((1, 2)), [1.2]), again.flush()]
            assert sum(len(r.data) for r in ready) < 10


MEMORY = """
import resource, sys
import numpy as np
from kinefuse import StreamingWindows

def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize()

def make():
    return StreamingWindows(6, rate_hz=50, from_hz=100, length=128, stride=64, max_gap_s=0.5)

rows, time_s = np.zeros((1000, 6), np.float32), np.arange(1000) / 100
warm = [make() for _ in range(50)]
for stream in warm:
    stream.push(rows, time_s)
before = resident()
streams = [make() for _ in range(2000)]
for stream in streams:
    stream.push(rows, time_s)
print((resident() - before) / len(streams), sum(a.nbytes for k, a in streams[0].state().items()
      if k != "settings"))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_stream_holds_a_few_kilobytes():
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], capture_output=True, text=True, timeout=120, check=True
    )
    resident, state = map(float, done.stdout.split())
    # A window of 128 rows alone is 3 kB.
    assert resident < 12_000
    assert state < 6_000


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"sample_shape": 0}, errors.InputError, "sample_shape: expected a whole number, 1"),
        ({"sample_shape": "6"}, errors.InputError, "sample_shape"),
        ({"rate_hz": 0}, errors.InputError, "rate_hz"),
        ({"length": None}, errors.InputError, "expected length_s or length, got neither"),
        ({"length": 0}, errors.InputError, "length"),
        ({"length": 2**53, "sample_shape": 2**8}, errors.InputError, "do not fit a window"),
        ({"length_s": 1.0}, errors.InputError, "expected either length or length_s"),
        ({"from_hz": 50 * 2**0.5}, errors.InputError, "expected rates in a ratio"),
        ({"from_hz": -1}, errors.InputError, "from_hz"),
        ({"max_gap_s": 0.001}, errors.InputError, "no fewer than a step of 0.02 s"),
        ({"max_gap_s": 1e-9, "from_hz": 1e9}, errors.InputError, "within 10,000 times"),
        ({"origin_s": 3.0}, errors.InputError, "expected max_gap_s with it"),
        ({"start_s": np.inf}, errors.InputError, "start_s"),
        ({"dtype": "int32"}, errors.ConfigError, "expected float32 or float64"),
        ({"dtype": "nonsense"}, errors.ConfigError, "expected float32 or float64"),
        (
            {"from_hz": 100, "max_gap_s": 1.0, "drop_missing": False},
            errors.InputError,
            "drop_missing: expected True where the rate falls",
        ),
    ],
)
def test_bad_settings_are_refused_clearly(arguments, error, message):
    good = {"sample_shape": 2, "rate_hz": 50, "length": 5}
    with pytest.raises(error, match=message):
        StreamingWindows(**{**good, **arguments})


@pytest.mark.parametrize(
    ("stamped", "x", "time_s", "error", "message"),
    [
        (False, np.zeros((3, 5)), None, errors.ShapeError, r"x: expected \(n, 2\), got \(3, 5\)"),
        (False, np.zeros((3, 2)), np.zeros(3), errors.InputError, "time_s: expected none"),
        (False, [["a", "b"]], None, errors.DtypeError, "x"),
        (True, np.zeros((3, 2)), None, errors.InputError, "time_s: expected a stamp for each row"),
        (True, np.zeros((3, 2)), np.zeros(2), errors.ShapeError, r"time_s: expected \(3,\)"),
        (True, np.zeros((3, 2)), [1, 2, 3], errors.DtypeError, "seconds as float64, got int64"),
    ],
)
def test_bad_chunks_are_refused_clearly(stamped, x, time_s, error, message):
    stream = StreamingWindows(2, rate_hz=50, length=5, max_gap_s=0.5 if stamped else None)
    with pytest.raises(error, match=message):
        stream.push(x, time_s)
