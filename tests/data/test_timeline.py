"""Time lines against the times and labels of every single sample."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse.data import MotionStore, Recording, Stream, ingest
from kinefuse.data.timeline import build_timeline
from kinefuse.readers import Source

RATE = 10.0


class Gapped:
    """One recording of the given seconds and labels, and a second stream that begins later."""

    name = "gapped"
    classes = ()

    def __init__(self, time_s, labels, later_s=None):
        self.time_s, self.labels, self.later_s = time_s, labels, later_s

    def settings(self):
        return {}

    def discover(self, path):
        return [Source("one")]

    def read(self, source):
        streams = [
            Stream(
                name="wrist",
                modality="inertial",
                data=np.ones((len(self.time_s), 2)),
                channels=("x", "y"),
                units="g",
                rate_hz=RATE,
                time_s=self.time_s,
                labels=self.labels,
            )
        ]
        if self.later_s is not None:
            streams.append(
                Stream(
                    name="chest",
                    modality="heart",
                    data=np.ones((20, 1)),
                    channels=("rate",),
                    units="1/min",
                    rate_hz=RATE,
                    start_s=self.later_s,
                )
            )
        return Recording(id="one", dataset="gapped", subject="1", streams=streams)


def line_of(tmp_path, *given):
    ingest(Gapped(*given), tmp_path, tmp_path / "store")
    store = MotionStore(tmp_path / "store")
    return store, build_timeline(store, store.recordings.row(0, named=True))


def inside(times, spans):
    return np.array([any(a <= t < b for a, b in spans) for t in times], dtype=bool)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 30), min_size=2, max_size=8),
    st.lists(st.sampled_from(["walk", "sit", None, ""]), min_size=1, max_size=6),
    st.integers(1, 5),
)
def test_every_sample_lies_where_it_is_said(tmp_path_factory, runs, names, stretch):
    tmp_path = tmp_path_factory.mktemp("line")
    steps, at = [], 0
    for number, run in enumerate(runs):
        steps += range(at, at + run + 1)
        at += run + 1 + 10 * (number % 3 + 1)  # more than the half second that is interpolated
    time_s = np.array(steps) / RATE
    labels = np.resize(np.repeat(np.array(names, dtype=object), stretch), len(steps))
    store, line = line_of(tmp_path, time_s, labels)
    lane = line.lanes["inertial"]
    own = store.time_s("one", "inertial")
    own = own - own[0]
    assert line.span_s == pytest.approx(own[-1] + 1 / RATE)
    assert len(lane.gaps) == len(runs) - 1
    middle = own + 0.5 / RATE
    assert not inside(middle, lane.gaps).any()
    assert lane.covered == pytest.approx(len(own) / RATE / line.span_s)
    assert np.diff(lane.gaps).sum() == pytest.approx(line.span_s - len(own) / RATE)
    numbers = store.labels()
    if numbers is not None:
        assert inside(middle, line.unlabelled).tolist() == (numbers < 0).tolist()
        assert line.labelled == pytest.approx((numbers >= 0).mean())


def test_modalities_share_one_line(tmp_path):
    time_s = np.arange(100) / RATE + 5
    _, line = line_of(tmp_path, time_s, None, 2.0)
    assert line.span_s == pytest.approx(13.0)
    assert (line.lanes["inertial"].begin_s, line.lanes["heart"].begin_s) == (3.0, 0.0)
    assert line.lanes["heart"].covered == pytest.approx(2 / 13)
    assert line.labelled == 0
    assert line.unlabelled.tolist() == [[0, pytest.approx(13.0)]]


def test_labels_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("kinefuse.data.timeline._AT_ONCE", 7)
    labels = np.array(["walk"] * 20 + [None] * 30 + ["sit"] * 10 + [None] * 3, dtype=object)
    _, line = line_of(tmp_path, np.arange(63) / RATE, labels)
    assert line.unlabelled == pytest.approx(np.array([[2.0, 5.0], [6.0, 6.3]]))
    assert line.labelled == pytest.approx(30 / 63)


def test_a_recording_of_one_activity_is_labelled_throughout(make, tmp_path):
    store = make(tmp_path)
    row = store.recordings.filter(pl.col("activity") == "slow").row(0, named=True)
    line = build_timeline(store, row)
    assert line.labelled == 1
    assert len(line.unlabelled) == 0
