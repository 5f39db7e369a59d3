"""What is noticed about numbers that cannot be what they are said to be."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinefuse.data import Chunk, ChunkedStream, MotionStore, Recording, Stream, ingest
from kinefuse.data.plausibility import _CLIPPED_SHARE, Look, _ends, _pile_up
from kinefuse.data.sources import read_sources
from kinefuse.readers import Source

ACC = ("acc_x", "acc_y", "acc_z")


def at_rest(scale=1.0, rows=2000, seed=0):
    rng = np.random.default_rng(seed)
    return scale * (np.array([0.0, 0.6, 0.8]) + rng.normal(0, 0.002, (rows, 3)))


def walking(rows=20_000, seed=0):
    rng = np.random.default_rng(seed)
    swing = np.sin(np.arange(rows)[:, None] * [0.2, 0.21, 0.4]) * [0.5, 0.3, 0.8]
    return np.array([0.1, 0.2, 0.95]) + swing + rng.normal(0, 0.05, (rows, 3))


def stream(data, channels=ACC, units="g", **settings):
    settings = {"name": "wrist", "modality": "inertial", "rate_hz": 50.0} | settings
    return Stream(data=data, channels=channels, units=units, **settings)


@pytest.mark.parametrize(
    ("scale", "unit"),
    [
        (9.80665, "m/s2"),
        (1000.0, "mg"),
        (980.665, "cm/s2"),
        (1 / 9.80665, "g, where the reader was told m/s2"),
        (0.001, "g, where the reader was told mg"),
        (64.0, "counts of 64 a g"),
        (16384.0, "counts of 16384 a g"),
    ],
)
@pytest.mark.parametrize("make", [at_rest, lambda scale: scale * walking()])
def test_a_wrong_unit_of_acceleration_is_named(make, scale, unit):
    if make is not at_rest and unit in ("mg", "cm/s2"):
        unit = "(mg|cm/s2)"  # too near to each other for a sensor that never rests
    (doubt,) = Look(stream(make(scale))).findings().doubts
    assert doubt.startswith("unit of acceleration: acc of wrist is")
    assert re.search(f"the numbers look like {unit}$", doubt)


@pytest.mark.parametrize("make", [at_rest, walking])
def test_what_is_right_is_left_alone(make):
    found = Look(stream(make())).findings()
    assert (found.doubts, found.clipped, found.flat, found.drift) == ((), {}, (), None)


def test_no_usual_unit_and_no_gravity():
    (doubt,) = Look(stream(at_rest(1.6))).findings().doubts
    assert doubt.endswith("1.6 g at rest; no usual unit would fit")
    moved = walking() - [0.1, 0.2, 0.95]
    (doubt,) = Look(stream(moved)).findings().doubts
    assert doubt.endswith("was gravity taken out?")
    names = ("user_acc_x", "user_acc_y", "user_acc_z")
    assert Look(stream(moved, channels=names)).findings().doubts == ()


def test_degrees_taken_for_radians():
    turning = np.random.default_rng(0).normal(0, 100, (5000, 3))
    gyro = stream(turning, channels=("gyro_x", "gyro_y", "gyro_z"), units="rad/s")
    (doubt,) = Look(gyro).findings().doubts
    assert "rad/s, which no gyroscope measures; the numbers look like deg/s" in doubt


def test_clipping_is_measured_and_flat_channels_are_found():
    data = np.clip(3 * walking(), -100, 4.0)
    data[:, 1] = 0.25
    found = Look(stream(data)).findings()
    assert found.flat == ("acc_y",)
    assert found.clipped == {"acc_z": pytest.approx(np.mean(data[:, 2] == 4.0), abs=1e-5)}


def test_coarse_steps_are_not_clipping():
    data = np.round(walking() * 16) / 16
    assert Look(stream(data)).findings().clipped == {}


def test_a_clock_that_slows_down():
    steps = np.linspace(0.02, 0.021, 20_000)
    found = Look(stream(walking(), time_s=np.cumsum(steps))).findings()
    assert found.drift == pytest.approx(0.02 / 0.021 - 1, abs=0.015)
    assert found.drift < -0.03


def test_what_is_found_does_not_depend_on_chunks():
    data = np.clip(3 * walking(200_000), -100, 4.0) * 9.81
    time_s = np.arange(200_000) / 50

    def chunked(size):
        def chunks():
            for begin in range(0, len(data), size):
                yield Chunk(data=data[begin : begin + size], time_s=time_s[begin : begin + size])

        return ChunkedStream(
            name="wrist",
            modality="inertial",
            channels=ACC,
            units="g",
            sample_shape=(3,),
            timed=True,
            chunks=chunks,
        )

    results = []
    for size in (777, 100_000, 50):
        look = Look(chunked(size))
        for _ in look.watched().read():
            pass
        results.append(look.findings())
    assert results[0] == results[1] == results[2]
    assert results[0].clipped["acc_z"] == pytest.approx(
        np.mean(data[:, 2] == data[:, 2].max()), 0.1
    )
    assert len(results[0].doubts) == 1


class Files:
    """Takes the subject from the folder, and rows from text."""

    name = "files"
    classes = ()

    def discover(self, path):
        files = sorted(path.rglob("*.txt"))
        return [Source(f.relative_to(path).as_posix(), (f,)) for f in files]

    def settings(self):
        return {}

    def read(self, source):
        (file,) = source.files
        labels = np.array(["sit"] * 900 + [None] * 100, dtype=object)
        scale, seed = file.read_text().split()
        data = at_rest(float(scale), rows=1000, seed=int(seed))
        return Recording(
            id=source.name,
            dataset="d",
            subject=file.parent.name.rstrip("'"),
            streams=[stream(data, labels=labels)],
        )


def test_the_report_names_them(tmp_path):
    raw = tmp_path / "raw"
    for number, folder in enumerate(["ann", "bob", "cid", "dan", "ann'"]):
        (raw / folder).mkdir(parents=True)
        (raw / folder / "1.txt").write_text(f"1 {number}")
    (raw / "bob" / "2.txt").write_text("1 2")  # what cid/1.txt holds
    (raw / "dan" / "2.txt").write_text("9.81 9")
    report = ingest(Files(), raw, tmp_path / "store")
    assert report.scattered == {"ann": ("ann", "ann'")}
    assert report.twice == {"cid/1.txt": "bob/2.txt"}
    assert list(report.doubts) == ["dan/2.txt"]
    assert report.counts["rows_unlabelled"] == 700
    text = str(report)
    assert "one subject in several folders: 1\n  ann: ann, ann'" in text
    assert "the same as another recording: 1\n  cid/1.txt: bob/2.txt" in text
    assert "look like m/s2" in text
    assert type(report).from_dict(MotionStore(tmp_path / "store").report) == report
    notes = read_sources(tmp_path / "store")
    assert {note["labelled_share"] for note in notes} == {0.9}
    assert [note["name"] for note in notes if "unit_doubt" in note] == ["dan/2.txt"]


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_channels_that_are_passed_over_are_not_clipped(seed, holes):
    random = np.random.default_rng(seed)
    data = random.normal(size=(random.integers(1, 400), 4)).round(random.integers(0, 4))
    data = np.clip(data, -random.choice([0.5, 9.0], 4), random.choice([0.5, 9.0], 4))
    if holes:
        data[random.random(len(data)) < 0.1] = np.nan
    passed = ~_pile_up(data)
    for column in data[:, passed].T:
        assert np.isin(column, _ends(column)).mean() < _CLIPPED_SHARE
        assert len(column) == 1 or column.min() != column.max()
