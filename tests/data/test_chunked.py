from pathlib import Path

import numpy as np
import pytest

from kinefuse.data import Chunk, ChunkedStream, Recording, Stream
from kinefuse.data.chunked import CHUNK_ROWS
from kinefuse.errors import ConfigError, FormatError


def wrist(made=(), **changes):
    settings = {
        "name": "wrist",
        "modality": "inertial",
        "channels": ("acc_x", "acc_y", "acc_z"),
        "units": "g",
        "rate_hz": 50.0,
        "sample_shape": (3,),
        "timed": False,
        "chunks": lambda: iter(made),
    }
    return ChunkedStream(**(settings | changes))


def test_what_is_read_is_what_the_chunks_hold():
    data, time_s = np.arange(30.0).reshape(10, 3), np.arange(10) / 50
    chunks = [
        Chunk(
            data=data[:4],
            time_s=time_s[:4],
            labels=np.array([0, 0, -1, 1]),
            label_names=["sit", "run"],
        ),
        Chunk(data=data[4:], time_s=time_s[4:], labels=np.zeros(6, int), label_names=["run"]),
    ]
    stream = wrist(chunks, timed=True, labelled=True)
    recording = Recording(id="r", dataset="d", subject="1", streams=[stream])
    for _ in range(2):  # reading begins again each time
        (loaded,) = recording.load()
        assert isinstance(loaded, Stream)
        np.testing.assert_array_equal(loaded.data, data)
        np.testing.assert_array_equal(loaded.time_s, time_s)
        assert loaded.labels.tolist() == ["sit", "sit", None, "run"] + ["run"] * 6
        assert loaded.units == ("g", "g", "g")


def test_counts_are_those_of_one_reading():
    def chunks():
        yield Chunk(data=np.zeros((4, 3)))
        stream.counts["blocks_corrupt"] += 2
        yield Chunk(data=np.zeros((4, 3)))

    stream = wrist([], chunks=chunks)
    for _ in range(2):
        assert sum(len(chunk.data) for chunk in stream.read()) == 8
        assert stream.counts == {"blocks_corrupt": 2}


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"sample_shape": ()}, FormatError, r"expected samples of shape \(C,\) or \(J, D\)"),
        ({"sample_shape": (4,)}, FormatError, "one channel name for each of 4 columns"),
        ({"rate_hz": None}, FormatError, "expected a rate or time stamps, got neither"),
        ({"rate_hz": 0.0}, FormatError, "expected a positive rate"),
        ({"layout": "kinect_v1"}, FormatError, r"expected \(T, 20, D\)"),
        ({"layout": "kinekt"}, ConfigError, "kinekt"),
        ({"modality": "Inertial"}, FormatError, "expected a modality in lower case"),
    ],
)
def test_a_description_that_does_not_fit_together_is_refused(changes, error, message):
    with pytest.raises(error, match=message):
        wrist([], **changes)


THREE = np.zeros((5, 3))


@pytest.mark.parametrize(
    ("chunk", "changes", "message"),
    [
        (Chunk(data=np.zeros((5, 4))), {}, r"from row 2 on: expected float rows of \(3,\)"),
        (Chunk(data=THREE.astype(int)), {}, "got int64"),
        (Chunk(data=THREE[:0]), {}, f"expected 1 to {CHUNK_ROWS} rows, got 0"),
        (Chunk(data=np.zeros((CHUNK_ROWS + 1, 3))), {}, f"got {CHUNK_ROWS + 1}"),
        (Chunk(data=THREE, time_s=np.zeros(5)), {}, "expected no time stamps"),
        (Chunk(data=THREE, labels=np.zeros(5, int)), {}, "expected no labels"),
    ],
)
def test_a_chunk_that_is_not_as_the_stream_says_is_refused(chunk, changes, message):
    stream = wrist([Chunk(data=np.zeros((2, 3))), chunk], **changes)
    with pytest.raises(FormatError, match=message):
        list(stream.read())


@pytest.mark.parametrize(
    ("chunk", "message"),
    [
        (Chunk(data=THREE), "expected 5 time stamps, got none"),
        (Chunk(data=THREE, time_s=np.zeros(4)), r"expected 5 time stamps, got \(4,\)"),
        (Chunk(data=THREE, time_s=np.zeros(5)), "expected 5 labels, got none"),
        (
            Chunk(data=THREE, time_s=np.zeros(5), labels=np.ones(5, int), label_names=["a"]),
            "count the 1 label_names, or -1, got int64 1 to 1",
        ),
        (
            Chunk(data=THREE, time_s=np.zeros(5), labels=np.zeros(5), label_names=["a"]),
            "got float64",
        ),
    ],
)
def test_stamps_and_labels_come_as_the_stream_says(chunk, message):
    with pytest.raises(FormatError, match=message):
        list(wrist([chunk], timed=True, labelled=True).read())


def test_a_stream_without_a_chunk_holds_no_samples():
    with pytest.raises(FormatError, match="no samples"):
        list(wrist([], file=Path("a.csv")).read())
