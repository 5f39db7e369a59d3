"""Windows of a store against a loop over samples that knows nothing of segments."""

import numpy as np
import polars as pl
import pytest

from kinefuse.data import MotionStore
from kinefuse.data.schema import ModalitySchema
from kinefuse.data.writer import Entry, Samples, StoreWriter
from kinefuse.errors import InputError

SCHEMAS = {
    "inertial": ModalitySchema(("a",), ("g",), (1,), 50.0),
    "skeleton": ModalitySchema(("x",), ("m",), (20, 1), 30.0, None),
}


def samples(modality, n, start_s=0.0, gaps=(), labels=None):
    # Each sample holds its own time, so that rows can be checked against time.
    schema = SCHEMAS[modality]
    steps = np.arange(n)
    for row, missing in gaps:
        steps[row:] += missing
    time_s = start_s + steps / schema.rate_hz
    data = np.broadcast_to(time_s.reshape(-1, *[1] * len(schema.shape)), (n, *schema.shape))
    names = tuple(dict.fromkeys(name for name in labels or () if name))
    numbers = [names.index(name) if name else -1 for name in labels or ()]
    return Samples(
        data=np.ascontiguousarray(data, dtype=np.float32),
        schema=schema,
        start_s=start_s,
        gaps=np.array(gaps, dtype=np.int64).reshape(-1, 2),
        labels=None if labels is None else np.array(numbers, dtype=np.int32),
        label_names=dict(enumerate(names)),
    )


def store_of(path, recordings, shard_bytes=2000):
    inputs = [{"name": name, "files": []} for name in recordings]
    with StoreWriter(path, made={}, inputs=inputs, shard_bytes=shard_bytes) as writer:
        for name, (activity, by_modality) in recordings.items():
            entry = Entry(name, "d", "s" + name, activity, None, None, [name], [], by_modality)
            writer.add(entry, {})
        writer.finish({})
    return MotionStore(path)


def rows_of(store, window, modality):
    start, n = window[f"{modality}_start"], window[f"{modality}_rows"]
    return store.array(modality, window[f"{modality}_shard"])[start : start + n]


@pytest.fixture
def store(tmp_path):
    return store_of(
        tmp_path / "store",
        {
            "plain": (
                "walk",
                {"inertial": samples("inertial", 500), "skeleton": samples("skeleton", 300)},
            ),
            "late": (
                "run",
                {
                    "inertial": samples("inertial", 500),
                    "skeleton": samples("skeleton", 200, start_s=2.5),
                },
            ),
            "gappy": (
                None,
                {
                    "inertial": samples("inertial", 400, 1.0, [(150, 40), (260, 3000)]),
                    "skeleton": samples("skeleton", 260, 1.0, [(100, 20), (150, 1800)]),
                },
            ),
            "alone": ("walk", {"skeleton": samples("skeleton", 130)}),
        },
    )


@pytest.mark.parametrize("stride_s", [None, 0.5, 1.3])
@pytest.mark.parametrize("length_s", [1.0, 2.0, 0.74])
def test_rows_are_those_of_the_same_time(store, length_s, stride_s):
    index = store.window_index(length_s=length_s, stride_s=stride_s)
    assert len(index) > 10
    for window in index.iter_rows(named=True):
        followed = "inertial" if window["inertial_rows"] else "skeleton"
        own = rows_of(store, window, followed).reshape(window[f"{followed}_rows"], -1)[:, 0]
        begin = own[0]
        assert len(own) == round(length_s * SCHEMAS[followed].rate_hz)
        assert own[-1] - own[0] == pytest.approx(
            (len(own) - 1) / SCHEMAS[followed].rate_hz, abs=1e-3
        )
        # The other modality, by looking at every sample of the recording.
        if followed == "skeleton":
            continue
        times = store.read(window["recording"], "skeleton")[:, 0, 0]
        half = 0.5 / 30
        inside = times[(times >= begin - half - 1e-4) & (times < begin + length_s - half - 1e-4)]
        got = rows_of(store, window, "skeleton")[:, 0, 0] if window["skeleton_rows"] else []
        if len(got):
            assert abs(len(got) - len(inside)) <= 1
            assert got[0] == pytest.approx(inside[0], abs=1.1 / 30)
            assert np.ptp(np.diff(got)) < 1e-3
            assert len(got) >= 0.9 * length_s * 30 - 1
        else:
            unbroken = np.split(inside, np.flatnonzero(np.diff(inside) > 1.5 / 30) + 1)
            assert max(map(len, unbroken)) < 0.9 * length_s * 30 + 1


def test_whole_recordings_take_all_rows_of_every_modality(store):
    index = store.window_index()
    plain = index.row(0, named=True)
    assert (plain["inertial_rows"], plain["skeleton_rows"]) == (500, 300)
    late = index.row(1, named=True)
    assert (late["inertial_rows"], late["skeleton_rows"]) == (500, 200)
    gappy = index.filter(pl.col("recording") == "gappy")
    assert gappy["inertial_rows"].to_list() == [150, 110, 140]
    assert index["label"].to_list() == [0, 1, -1, -1, -1, 0]
    alone = index.row(-1, named=True)
    assert (alone["inertial_rows"], alone["skeleton_rows"]) == (0, 130)


def test_window_numbers_do_not_depend_on_where(store):
    everything = store.window_index(length_s=1)
    some = store.window_index(length_s=1, where=pl.col("subject") == "sgappy")
    assert some.equals(everything.filter(pl.col("recording") == "gappy"))
    assert some["window"][0] > 0


def test_labels_of_samples_vote(tmp_path):
    labels = ["sit"] * 60 + [None] * 40 + ["walk"] * 70 + ["sit"] * 30
    store = store_of(
        tmp_path / "store",
        {
            "before": ("walk", {"inertial": samples("inertial", 100)}),
            "mixed": (None, {"inertial": samples("inertial", 200, labels=labels)}),
        },
        shard_bytes=100,
    )
    assert store.n_shards == 2
    assert store.label_modality == "inertial"
    index = store.window_index(length_s=1)
    assert index["activity"].to_list() == ["walk", "walk", "sit", "sit", "walk", "sit"]
    assert index["share"].to_list() == [1, 1, 1, 0.2, 1, 0.6]
    dropped = store.window_index(length_s=1, min_share=0.7)
    assert dropped["activity"].to_list() == ["walk", "walk", "sit", "walk"]
    last = store.window_index(length_s=1, label_rule="last")
    assert last["activity"].to_list() == ["walk", "walk", "sit", None, "walk", "sit"]


def test_a_window_shorter_than_a_sample_is_refused(store):
    with pytest.raises(InputError, match="at least one row"):
        store.window_index(length_s=0.001)
