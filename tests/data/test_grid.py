"""One grid for several streams, against a loop over grid points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse.data import Stream
from kinefuse.data.grid import to_grid
from kinefuse.errors import ConfigError, FormatError


def stream(data, name="wrist", **clock):
    data = np.asarray(data, dtype=np.float64)
    channels = [f"c{i}" for i in range(data.shape[-1])]
    layout = "kinect_v1" if data.ndim == 3 else None
    modality = "skeleton" if data.ndim == 3 else "inertial"
    return Stream(
        name=name,
        modality=modality,
        data=data,
        channels=channels,
        units="g",
        layout=layout,
        **clock,
    )


def line(time_s):
    # A straight line in time: linear interpolation gives it back wherever it looks.
    return np.stack([2 * time_s + 1, -time_s], axis=1)


def times(samples):
    steps = np.arange(len(samples.data))
    for row, missing in samples.gaps:
        steps[row:] += missing
    return samples.start_s + steps / samples.schema.rate_hz


def test_a_uniform_stream_is_left_alone():
    data = np.random.default_rng(0).normal(size=(100, 2))
    samples, counts = to_grid([stream(data, rate_hz=50.0, start_s=3.0)], rate_hz=None, max_gap_s=1)
    np.testing.assert_array_equal(samples.data, data.astype(np.float32))
    assert (samples.start_s, len(samples.gaps), counts) == (3.0, 0, {})
    assert samples.schema.channels == ("c0", "c1")


def test_another_rate_is_resampled_without_drooping_at_the_ends():
    time_s = np.arange(400) / 100
    ones = np.ones((400, 1))
    samples, _ = to_grid([stream(ones, rate_hz=100.0)], rate_hz=50.0, max_gap_s=1)
    assert samples.schema.rate_hz == 50.0
    np.testing.assert_allclose(samples.data, 1, atol=1e-3)
    tone = np.sin(2 * np.pi * 3 * time_s)[:, None]
    samples, _ = to_grid([stream(tone, rate_hz=100.0)], rate_hz=50.0, max_gap_s=1)
    np.testing.assert_allclose(
        samples.data[20:-20, 0], np.sin(2 * np.pi * 3 * times(samples))[20:-20], atol=5e-3
    )


def test_bad_stamps_are_repaired_and_counted():
    time_s = np.arange(200) / 50
    time_s[60:70] += 30  # ahead of all that follow
    time_s[100] = time_s[99]
    time_s[120] = np.nan
    good = np.arange(200) / 50
    samples, counts = to_grid(
        [stream(line(good), time_s=time_s, rate_hz=50.0)], rate_hz=None, max_gap_s=0.5
    )
    # There is room for the sample behind the stamp that it repeats.
    assert (counts["stamps_spread"], counts["stamps_repeated"]) == (1, 0)
    assert counts["stamps_not_a_number"] == 1
    assert counts["stamps_backward"] == 10
    assert counts["short_holes_filled"] >= 1
    np.testing.assert_allclose(samples.data, line(times(samples)), atol=1e-5)


def test_missing_rows_are_bridged_or_become_gaps():
    data = line(np.arange(500) / 50)
    data[100:110, 1] = np.nan
    data[300:400, 0] = np.inf
    samples, counts = to_grid([stream(data, rate_hz=50.0)], rate_hz=None, max_gap_s=0.5)
    assert counts["rows_with_missing_values"] == 110
    assert samples.gaps.tolist() == [[300, 100]]
    assert np.isfinite(samples.data).all()
    np.testing.assert_allclose(samples.data, line(times(samples)), atol=1e-4)


def test_a_channel_without_a_number_is_refused_by_name():
    data = np.zeros((50, 3))
    data[:, 1] = np.nan
    with pytest.raises(FormatError, match="stream 'wrist': channel 'c1' holds no number"):
        to_grid([stream(data, rate_hz=50.0)], rate_hz=None, max_gap_s=1)


def test_missing_joints_stay_nan_and_are_counted():
    data = np.random.default_rng(0).normal(size=(30, 20, 3))
    data[4:7, 2] = np.nan
    samples, counts = to_grid([stream(data, rate_hz=30.0)], rate_hz=None, max_gap_s=1)
    assert counts["joints_missing"] == 3
    np.testing.assert_array_equal(samples.data, data.astype(np.float32))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), n_streams=st.integers(1, 3))
def test_a_row_is_there_where_every_stream_has_samples(seed, n_streams):
    rng = np.random.default_rng(seed)
    rate, max_gap_s = 50.0, 0.3
    streams, clocks = [], []
    for k in range(n_streams):
        # Slower than the grid, so that the filter, which rounds off the ends of a line, stays out.
        steps = rng.uniform(0.016, 0.03, int(rng.integers(150, 400)))
        holes = rng.random(len(steps)) < 0.01
        steps[holes] += rng.uniform(0.0, 3.0, holes.sum())
        time_s = 1000 + rng.uniform(-0.5, 0.5) + np.cumsum(steps)
        clocks.append(time_s)
        streams.append(stream(line(time_s - 1000), name=f"s{k}", time_s=time_s, rate_hz=rate))

    def covered(time_s, t):
        # A thousandth of a grid step beside a sample still counts as there.
        if np.abs(time_s - t).min() <= 1e-3 / rate:
            return True
        after = np.searchsorted(time_s, t)
        if not 0 < after < len(time_s):
            return False
        return time_s[after] - time_s[after - 1] <= max_gap_s

    first = min(clock[0] for clock in clocks)
    points = first + np.arange(int((max(c[-1] for c in clocks) - first) * rate) + 2) / rate
    expected = [t for t in points if all(covered(clock, t) for clock in clocks)]
    if not expected:
        with pytest.raises(FormatError, match="have no time in common"):
            to_grid(streams, rate_hz=rate, max_gap_s=max_gap_s)
        return
    samples, _ = to_grid(streams, rate_hz=rate, max_gap_s=max_gap_s)
    got = times(samples)
    np.testing.assert_allclose(got, expected, atol=1e-6)
    assert samples.data.shape[1] == 2 * n_streams
    for k in range(n_streams):
        np.testing.assert_allclose(samples.data[:, 2 * k : 2 * k + 2], line(got - 1000), atol=1e-3)
    if n_streams > 1:
        assert samples.schema.channels[:2] == ("s0.c0", "s0.c1")


def test_streams_that_never_meet():
    early = stream(line(np.arange(50) / 50), name="a", rate_hz=50.0)
    late = stream(line(np.arange(50) / 50), name="b", rate_hz=50.0, start_s=10.0)
    with pytest.raises(FormatError, match="'a' and 'b' have no time in common"):
        to_grid([early, late], rate_hz=None, max_gap_s=1)


def test_labels_go_to_the_nearest_sample():
    time_s = np.arange(100) / 40 + 0.003
    labels = np.array(["sit"] * 40 + [None] * 20 + ["walk"] * 40, dtype=object)
    one = stream(line(time_s), time_s=time_s, rate_hz=40.0, labels=labels)
    samples, _ = to_grid([one], rate_hz=50.0, max_gap_s=1)
    nearest = [labels[np.argmin(np.abs(time_s - t))] for t in times(samples)]
    assert [samples.label_names.get(label) for label in samples.labels] == nearest


def test_without_any_rate_the_setting_is_named():
    time_s = np.arange(10) / 50
    with pytest.raises(ConfigError, match=r"rate_hz=\{'inertial': ...\}"):
        to_grid([stream(line(time_s), time_s=time_s)], rate_hz=None, max_gap_s=1)


def test_a_clock_far_off_its_rate_is_counted():
    time_s = np.arange(100) / 60
    _, counts = to_grid(
        [stream(line(time_s), time_s=time_s, rate_hz=50.0)], rate_hz=50.0, max_gap_s=1
    )
    assert counts["clocks_off_their_rate"] == 1


def test_no_stamp_is_a_number():
    with pytest.raises(FormatError, match="none of its time stamps is a number"):
        to_grid(
            [stream(np.zeros((5, 1)), time_s=np.full(5, np.nan), rate_hz=5.0)],
            rate_hz=None,
            max_gap_s=1,
        )
