"""Everything that may befall a store is found, and said with what to do."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest, merge
from kinefuse.data.check import check_store
from kinefuse.data.manifest import MEND
from kinefuse.errors import StoreError


@pytest.fixture(scope="module")
def made(make_store, tmp_path_factory):
    return make_store(tmp_path_factory.mktemp("made"), without_skeleton=("s1_slow_t0",)).path


@pytest.fixture
def path(made, tmp_path):
    return shutil.copytree(made, tmp_path / "store")


@pytest.fixture
def old(path):
    """A store without checksums, as earlier versions wrote them."""
    manifest = json.loads((path / "store.json").read_text())
    del manifest["crc32"], manifest["tables"]
    for shard in manifest["shards"]:
        for entry in shard.values():
            del entry["crc32"]
    (path / "store.json").write_text(json.dumps(manifest))
    return path


def change_table(path, *columns):
    file = path / "recordings.parquet"
    pl.read_parquet(file).with_columns(*columns).write_parquet(file)


def change_array(path, row, value, name="inertial-00000.npy"):
    array = np.load(path / name, mmap_mode="r+")
    array[row] = value
    array.flush()


def change_manifest(path, change):
    manifest = json.loads((path / "store.json").read_text())
    change(manifest)
    (path / "store.json").write_text(json.dumps(manifest))


def flip(file, at, bit=0):
    content = bytearray(file.read_bytes())
    content[at] ^= 1 << bit
    file.write_bytes(content)


def truncate(file, by=1):
    os.truncate(file, file.stat().st_size - by)


def test_nothing_is_wrong_with_a_store_that_was_just_made(path):
    assert check_store(path) == []


def test_a_store_without_checksums_is_whole(old):
    assert check_store(old) == []
    assert len(MotionStore(old).recordings) == 60


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: (path / "inertial-00000.npy").unlink(), "inertial-00000.npy is missing"),
        (lambda path: (path / "recordings.parquet").unlink(), "recordings.parquet is missing"),
        (lambda path: (path / "sources.jsonl").unlink(), "sources.jsonl is missing"),
        (lambda path: truncate(path / "inertial-00000.npy"), "inertial-00000.npy: expected"),
        (lambda path: truncate(path / "recordings.parquet", 9), "recordings.parquet: not a Parq"),
        (lambda path: truncate(path / "sources.jsonl", 9), "sources.jsonl: its content is not"),
        (lambda path: (path / "recordings.parquet").write_bytes(b""), "not a Parquet file"),
        (lambda path: (path / "store.json").write_text("{"), "not a store's manifest"),
        (lambda path: (path / "store.json").write_bytes(b"\xff\xfe"), "not a store's manifest"),
        (
            lambda path: change_manifest(path, lambda said: said.pop("classes")),
            "store.json: says nothing of classes",
        ),
        (lambda path: flip(path / "inertial-00000.npy", 5000), "inertial-00000.npy: its content"),
        (lambda path: flip(path / "inertial-00000.npy", 1), "not a plain NumPy array"),
        (lambda path: flip(path / "skeleton-00000.npy", -1, 7), "skeleton-00000.npy: its content"),
        (lambda path: flip(path / "sources.jsonl", 11), "sources.jsonl: its content is not what"),
        (
            lambda path: change_table(path, pl.lit("3").alias("subject")),
            "recordings.parquet: its content is not what",
        ),
    ],
)
def test_damage_is_found_and_what_to_do_is_said(path, change, message):
    change(path)
    found = check_store(path)
    assert message in found[0]
    assert MEND in found[0]


def test_a_flipped_byte_is_found_wherever_it_is(path):
    """Every file, at places all over it: no change goes unnoticed."""
    random = np.random.default_rng(0)
    for file in sorted(path.iterdir()):
        whole = file.read_bytes()
        for at in [0, len(whole) - 1, *random.integers(0, len(whole), 3)]:
            flip(file, int(at), int(random.integers(8)))
            assert check_store(path), (file.name, at)
            file.write_bytes(whole)
    assert check_store(path) == []


@pytest.mark.parametrize(
    "edit",
    [
        lambda said: said["modalities"]["inertial"]["units"].__setitem__(0, "m/s2"),
        lambda said: said["modalities"]["inertial"].__setitem__("rate_hz", 100.0),
        lambda said: said["classes"].reverse(),
        lambda said: said["made"].__setitem__("max_gap_s", 3.0),
    ],
)
def test_an_edited_manifest_is_found(path, edit):
    change_manifest(path, edit)
    assert "was edited after it was written; bring the file back" in check_store(path)[0]


def test_a_manifest_that_is_only_laid_out_otherwise_says_the_same(path):
    change_manifest(path, lambda said: None)
    assert check_store(path) == []


def test_a_shard_of_another_store(path, make_store, tmp_path):
    other = make_store(tmp_path / "other", without_skeleton=("s1_slow_t0",), name="others").path
    name = "inertial-00000.npy"
    shutil.copy(other / name, path / name)
    assert check_store(path) == []  # the very same samples
    change_array(other, 0, 1.0)
    shutil.copy(other / name, path / name)
    (said,) = check_store(path)
    assert f"{name}: its content is not what was written there" in said
    assert "or one of another store" in said


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs users")
@pytest.mark.parametrize("name", ["store.json", "recordings.parquet", "inertial-00000.npy", "."])
def test_what_may_not_be_read_is_named(made, name):
    # Not under pytest's own folder, which nobody else may enter.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = shutil.copytree(made, Path(folder) / "store")
        (path / name).chmod(0)
        me = os.geteuid()
        if me == 0:
            os.seteuid(65534)  # root may read everything
        try:
            (found,) = check_store(path)
        finally:
            os.seteuid(me)
            (path / name).chmod(0o755)
    assert str(path / name) in found
    assert "Permission denied" in found
    assert "see that it can be read by who asks" in found


def test_a_store_that_is_still_written_says_so(path):
    (path / "store.json").unlink()
    assert "not a store: store.json is missing" in check_store(path)[0]
    (path / ".ingest").mkdir()
    assert "run the same ingest again" in check_store(path)[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda path: change_table(path, (pl.col("inertial_rows") + 1).alias("inertial_rows")),
            "inertial, shard 0: the recordings do not cover each of the 6000 rows once",
        ),
        (
            lambda path: change_table(path, pl.lit([[0, 3]]).alias("inertial_gaps")),
            "recording 's1_slow_t0': inertial: gaps that are not within it",
        ),
        (lambda path: change_table(path, pl.col("id").reverse()), "not the same in the same order"),
        (lambda path: change_array(path, 17, np.nan), "inertial, shard 0, row 17: holds what"),
        (
            lambda path: change_array(path, 3, np.inf, "skeleton-00000.npy"),
            "skeleton, shard 0, row 3: holds what",
        ),
        (lambda path: truncate(path / "sources.jsonl", 9), "sources.jsonl: not lines of JSON"),
    ],
)
def test_what_files_contradict_is_said_without_checksums(old, change, message):
    change(old)
    found = check_store(old)
    assert message in found[0]
    assert MEND in found[0]


def test_a_joint_may_be_missing(old):
    change_array(old, 3, np.nan, "skeleton-00000.npy")
    assert check_store(old) == []


def test_samples_may_be_left_out(path):
    change_array(path, 17, np.nan)
    assert check_store(path, samples=False) == []


def test_arrays_of_another_shape(old):
    change_manifest(old, lambda said: said["modalities"]["inertial"].__setitem__("shape", [5]))
    assert check_store(old) == [
        f"inertial-00000.npy: expected float32 samples (5,), got float32 (6,); {MEND}"
    ]


def test_parts_and_what_is_made_of_them_are_whole(tmp_path):
    reader = readers.get("synthetic", subjects=2, trials=1)
    for number in (1, 2):
        ingest(reader, ".", tmp_path / str(number), shard=(number, 2), shard_bytes=20_000)
        assert MotionStore(tmp_path / str(number)).n_shards > 2
        assert check_store(tmp_path / str(number)) == []
    merge(tmp_path / "whole", [tmp_path / "1", tmp_path / "2"])
    assert check_store(tmp_path / "whole") == []


def test_no_store(tmp_path):
    with pytest.raises(FileNotFoundError):
        check_store(tmp_path / "nowhere")
    with pytest.raises(StoreError):
        MotionStore(tmp_path)
