import json

import numpy as np
import polars as pl
import pytest

import kinefuse
from kinefuse import readers
from kinefuse.data import BatchLoader, MotionStore, Prepare, Recording, Stream, ingest
from kinefuse.errors import ConfigError, FormatError, StoreError
from kinefuse.readers import Source


class Takes:
    """A reader over files that hold a seed each; the test's own data set."""

    name = "takes"
    classes = ("sit", "walk")

    def settings(self):
        return {}

    def discover(self, path):
        return [Source(file.stem, (file,)) for file in sorted(path.glob("*.take"))]

    def read(self, source):
        words = source.files[0].read_text().split()
        if words[0] == "broken":
            raise FormatError(f"{source.name}: broken")
        rng = np.random.default_rng(int(words[0]))
        rows = 20 + int(rng.integers(80))
        imu = Stream(
            name="wrist",
            modality="inertial",
            data=rng.normal(size=(rows, 3)),
            channels=("acc_x", "acc_y", "acc_z"),
            units="g",
            rate_hz=50.0,
        )
        streams = [imu]
        if "skeleton" in words:
            kinect = Stream(
                name="kinect",
                modality="skeleton",
                data=rng.normal(size=(rows // 2, 20, 3)),
                channels=("x", "y", "z"),
                units="m",
                rate_hz=25.0,
                layout="kinect_v1",
            )
            streams.append(kinect)
        return Recording(
            id=source.name,
            dataset="takes",
            subject=str(int(words[0]) % 3),
            activity=("walk", "sit", "wave")[int(words[0]) % 3],
            streams=streams,
        )


@pytest.fixture
def takes(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    for number in range(12):
        kinds = "" if number in (0, 1, 7) else "skeleton"
        (raw / f"take{number:02d}.take").write_text(f"{number} {kinds}")
    return raw


def contents(folder):
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_what_goes_in_comes_out(takes, tmp_path):
    out = tmp_path / "store"
    report = ingest(Takes(), takes, out, shard_bytes=10_000)
    store = MotionStore(out)
    assert store.n_shards > 2
    assert report.recordings == len(store.recordings) == 12
    reader = Takes()
    for source in reader.discover(takes):
        recording = reader.read(source)
        for modality in ("inertial", "skeleton"):
            streams = [s.data for s in recording.streams if s.modality == modality]
            stored = store.read(recording.id, modality)
            if streams:
                np.testing.assert_array_equal(stored, streams[0].astype(np.float32))
            else:
                assert len(stored) == 0
    assert report.rows["inertial"] == sum(
        len(store.array("inertial", k)) for k in range(store.n_shards)
    )
    assert store.classes == ("sit", "walk", "wave")
    assert store.schema["skeleton"].layout == "kinect_v1"


def test_the_store_is_what_anybody_can_read(takes, tmp_path):
    out = tmp_path / "store"
    ingest(Takes(), takes, out)
    table = pl.read_parquet(out / "recordings.parquet")
    row = table.row(3, named=True)
    rows = np.load(out / f"inertial-{row['inertial_shard']:05d}.npy")
    start = row["inertial_start"]
    expected = Takes().read(Source("take03", (takes / "take03.take",))).streams[0].data
    np.testing.assert_array_equal(
        rows[start : start + row["inertial_rows"]], expected.astype(np.float32)
    )
    assert json.loads((out / "store.json").read_text())["recordings"] == 12


def test_window_index_of_whole_recordings(takes, tmp_path):
    out = tmp_path / "store"
    ingest(Takes(), takes, out, shard_bytes=10_000)
    store = MotionStore(out)
    index = store.window_index()
    assert index.columns[:9] == [
        *("window", "recording", "subject", "session", "scene", "view"),
        *("activity", "label", "share"),
    ]
    assert index["window"].to_list() == list(range(12))
    assert index["window"].dtype == pl.UInt64
    assert index["label"].dtype == pl.Int64
    assert [store.classes[label] for label in index["label"]] == index["activity"].to_list()
    assert index["skeleton_rows"].to_list()[:3] == [0, 0, len(store.read("take02", "skeleton"))]
    some = store.window_index(where=pl.col("subject").is_in(["1"]))
    assert some["window"].to_list() == [1, 4, 7, 10]


def test_a_modality_that_turns_up_late(takes, tmp_path):
    for number in range(9):
        (takes / f"take{number:02d}.take").write_text(str(number))
    out = tmp_path / "store"
    ingest(Takes(), takes, out, shard_bytes=1000)
    store = MotionStore(out)
    assert store.n_shards > 6
    assert store.array("skeleton", 0).shape == (0, 20, 3)
    prepare = {"inertial": Prepare(length=50), "skeleton": Prepare(length=32)}
    loader = BatchLoader(store, store.window_index(), prepare=prepare, batch_size=4, shuffle=False)
    there = [batch.present["skeleton"].tolist() for batch in loader]
    assert there == [[False] * 4, [False] * 4, [False, True, True, True]]


def test_same_bytes_again_whatever_the_threads(takes, tmp_path):
    before = kinefuse.num_threads()
    try:
        for n_threads in (1, 2, 5):
            kinefuse.set_num_threads(n_threads)
            ingest(Takes(), takes, tmp_path / str(n_threads), shard_bytes=10_000)
    finally:
        kinefuse.set_num_threads(before)
    one = contents(tmp_path / "1")
    assert one == contents(tmp_path / "2") == contents(tmp_path / "5")


def test_a_broken_source_is_collected_and_the_rest_stored(takes, tmp_path):
    (takes / "take05.take").write_text("broken")
    report = ingest(Takes(), takes, tmp_path / "store")
    assert report.recordings == 11
    assert [(f.source, f.error, f.reason) for f in report.failed] == [
        ("take05", "FormatError", "take05: broken")
    ]
    assert "take05: broken" in str(report)
    assert MotionStore(tmp_path / "store").report["failed"][0]["source"] == "take05"


def test_on_error_raise_stops_and_a_repaired_source_resumes(takes, tmp_path):
    ingest(Takes(), takes, tmp_path / "whole", shard_bytes=10_000)
    good = (takes / "take09.take").read_text()
    (takes / "take09.take").write_text("broken")
    out = tmp_path / "store"
    with pytest.raises(FormatError, match="take09: broken"):
        ingest(Takes(), takes, out, on_error="raise", shard_bytes=10_000)
    with pytest.raises(StoreError, match="interrupted"):
        MotionStore(out)
    (takes / "take09.take").write_text(good)
    report = ingest(Takes(), takes, out, on_error="raise", shard_bytes=10_000)
    assert report.resumed_shards > 0
    assert contents(out) == contents(tmp_path / "whole")


def test_nothing_readable_is_an_error_and_no_store(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "a.take").write_text("broken")
    with pytest.raises(FormatError, match="none of 1 recordings could be read"):
        ingest(Takes(), raw, tmp_path / "store")
    with pytest.raises(StoreError):
        MotionStore(tmp_path / "store")


def test_a_finished_store_is_left_alone(takes, tmp_path):
    out = tmp_path / "store"
    first = ingest(Takes(), takes, out)
    before = contents(out)
    assert ingest(Takes(), takes, out) == first
    assert contents(out) == before
    with pytest.raises(StoreError, match="made with other settings"):
        ingest(Takes(), takes, out, max_gap_s=3.0)
    (takes / "take99.take").write_text("99")
    with pytest.raises(StoreError, match="made from other files"):
        ingest(Takes(), takes, out)


def test_a_changed_source_is_read_again_when_resuming(takes, tmp_path):
    out = tmp_path / "store"
    original = (takes / "take11.take").read_text()
    (takes / "take11.take").write_text("broken")
    with pytest.raises(FormatError):
        ingest(Takes(), takes, out, on_error="raise", shard_bytes=10_000)
    (takes / "take11.take").write_text(original)
    (takes / "take02.take").write_text("200 skeleton")
    ingest(Takes(), takes, out, on_error="raise", shard_bytes=10_000)
    ingest(Takes(), takes, tmp_path / "fresh", shard_bytes=10_000)
    assert contents(out) == contents(tmp_path / "fresh")


def test_other_settings_do_not_resume(takes, tmp_path):
    (takes / "take11.take").write_text("broken")
    with pytest.raises(FormatError):
        ingest(Takes(), takes, tmp_path / "store", on_error="raise")
    with pytest.raises(StoreError, match=r"other settings \(max_gap_s\)"):
        ingest(Takes(), takes, tmp_path / "store", max_gap_s=9.0)


def test_a_folder_that_holds_something_else_is_refused(takes, tmp_path):
    with pytest.raises(StoreError, match="not an empty folder and not a store"):
        ingest(Takes(), takes, takes)


@pytest.mark.parametrize(
    "settings",
    [{"max_gap_s": -1}, {"rate_hz": {"inertial": 0}}, {"on_error": "ignore"}, {"shard_bytes": 0}],
)
def test_settings_that_make_no_sense(takes, tmp_path, settings):
    with pytest.raises(ConfigError, match=next(iter(settings))):
        ingest(Takes(), takes, tmp_path / "store", **settings)


def test_progress_counts_every_source(takes, tmp_path):
    seen = []
    report = ingest(Takes(), takes, tmp_path / "store", progress=seen.append)
    assert [now.done for now in seen] == list(range(1, 13))
    assert {now.total for now in seen} == {12}
    assert seen[-1].failed == len(report.failed)
    assert seen[-1].bytes_done == seen[-1].bytes_total > 0
    assert seen[-1].seconds_left == 0
    assert seen[-1].megabytes_per_s > 0


def test_the_registry_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'utd-mhad'"):
        readers.get("utd-mhda")
