"""Units, rates, gaps and calibration of single streams."""

import numpy as np
import pytest

from kinefuse.calibration import autocalibrate
from kinefuse.data import Chunk, ChunkedStream, MotionStore, Recording, Stream, ingest
from kinefuse.errors import ConfigError, KinefuseWarning
from kinefuse.readers import Source

SCALE, OFFSET = np.array([1.02, 0.97, 1.01]), np.array([0.03, -0.02, 0.01])


def postures():
    """Ten minutes at rest in many postures, as a sensor that is off sees them."""
    rng = np.random.default_rng(0)
    down = rng.normal(size=(60, 3))
    down /= np.linalg.norm(down, axis=1, keepdims=True)
    true = np.repeat(down, 500, axis=0) + rng.normal(0, 0.002, (30_000, 3))
    return (true - OFFSET) / SCALE


class Takes:
    """Hands over what a test made."""

    name = "takes"
    classes = ()

    def __init__(self, *streams):
        self.streams = streams

    def discover(self, path):
        return [Source("one")]

    def settings(self):
        return {}

    def read(self, source):
        return Recording(id="one", dataset="d", subject="1", streams=self.streams)


def stream(data, name="wrist", channels=("acc_x", "acc_y", "acc_z"), units="g", **changes):
    settings = {"name": name, "modality": "inertial", "channels": channels, "units": units}
    return Stream(data=data, **{**settings, "rate_hz": 50.0, **changes})


def chunked(data, **changes):
    def chunks():
        for begin in range(0, len(data), 777):
            yield Chunk(data=data[begin : begin + 777])

    settings = {"name": "wrist", "modality": "inertial", "channels": ("acc_x", "acc_y", "acc_z")}
    return ChunkedStream(
        units="g", sample_shape=(3,), timed=False, rate_hz=50.0, chunks=chunks, **settings
    )


def stored(tmp_path, *streams, **settings):
    ingest(Takes(*streams), tmp_path, tmp_path / "store", **settings)
    store = MotionStore(tmp_path / "store")
    return store, store.read("one", "inertial")


def note(tmp_path):
    from kinefuse.data.sources import read_sources

    (only,) = read_sources(tmp_path / "store")
    return only


@pytest.mark.parametrize("make", [stream, chunked])
def test_calibration_is_that_of_the_whole_recording(tmp_path, make):
    data = postures()
    _, got = stored(tmp_path, make(data), calibrate=True)
    expected = autocalibrate(data, rate_hz=50.0)
    assert expected.reason is None
    np.testing.assert_allclose(got, expected.apply(data), atol=1e-6)
    (said,) = note(tmp_path)["calibration"]["wrist"].values()
    assert said["says"] == str(expected)
    np.testing.assert_allclose(said["scale"], SCALE, atol=2e-3)


def test_what_cannot_be_calibrated_stays_and_says_why(tmp_path):
    data = np.tile([0.0, 0.0, 1.1], (5000, 1))
    _, got = stored(tmp_path, stream(data), calibrate=True)
    np.testing.assert_array_equal(got, data.astype(np.float32))
    said = note(tmp_path)["calibration"]["wrist"]["acc"]["says"]
    assert said.startswith("not calibrated: no still window has x below")


def test_a_stream_may_be_left_out_of_calibration(tmp_path):
    data = postures()
    _, got = stored(tmp_path, stream(data), calibrate=True, streams={"wrist": {"calibrate": False}})
    np.testing.assert_array_equal(got, data.astype(np.float32))
    assert "calibration" not in note(tmp_path)


@pytest.mark.parametrize("make", [stream, chunked])
def test_units_that_a_reader_takes_for_others(tmp_path, make):
    data = np.full((3000, 3), 9.80665)
    _, got = stored(tmp_path, make(data), streams={"wrist": {"units": "m/s2"}})
    np.testing.assert_allclose(got, 1.0, rtol=1e-6)


def test_units_by_the_part_of_a_name(tmp_path):
    data = np.full((100, 2), 1000.0)
    both = stream(data, channels=("acc_x", "gyro_x"), units=("g", "rad/s"))
    settings = {"wrist": {"units": {"acc": "mg"}}}
    _, got = stored(tmp_path, both, streams=settings)
    np.testing.assert_allclose(got[0], [1.0, 1000.0])


def test_a_unit_of_another_kind_is_refused(tmp_path):
    report_error = "channel 'acc_x' is in g; expected streams.wrist.units of that kind, got 'deg/s'"
    with pytest.raises(Exception, match=report_error):
        stored(tmp_path, stream(np.ones((9, 3))), streams={"wrist": {"units": "deg/s"}})


def test_a_rate_and_a_gap_of_one_stream(tmp_path):
    data = np.ones((500, 3))
    data[100:150] = np.nan
    store, got = stored(
        tmp_path,
        stream(data),
        rate_hz={"inertial": 100.0},
        streams={"wrist": {"rate_hz": 100.0, "max_gap_s": 0.1}},
    )
    assert len(got) == 450
    assert store.recordings["inertial_gaps"].to_list() == [[[100, 50]]]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"unit": "g"}, r"streams.wrist: expected some of calibrate, .*, got unit"),
        ({"rate_hz": 0}, "streams.wrist.rate_hz: expected a number above 0, got 0"),
        ({"units": "furlongs"}, "furlongs"),
    ],
)
def test_settings_that_make_no_sense(tmp_path, settings, message):
    with pytest.raises((ConfigError, ValueError), match=message):
        stored(tmp_path, stream(np.ones((9, 3))), streams={"wrist": settings})


def test_settings_of_a_stream_that_there_is_not_are_told(tmp_path):
    with pytest.warns(KinefuseWarning, match=r"streams.wirst: no recording .* there are wrist"):
        stored(tmp_path, stream(np.ones((99, 3))), streams={"wirst": {"max_gap_s": 1.0}})
