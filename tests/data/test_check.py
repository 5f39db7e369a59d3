import json

import numpy as np
import polars as pl
import pytest

from kinefuse.data.check import check_store


@pytest.fixture
def path(make, tmp_path):
    return make(tmp_path, without_skeleton=("s1_slow_t0",)).path


def change_table(path, *columns):
    file = path / "recordings.parquet"
    pl.read_parquet(file).with_columns(*columns).write_parquet(file)


def change_array(path, row, value, name="inertial-00000.npy"):
    array = np.load(path / name, mmap_mode="r+")
    array[row] = value
    array.flush()


def test_nothing_is_wrong_with_a_store_that_was_just_made(path):
    assert check_store(path) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: (path / "inertial-00000.npy").unlink(), "inertial-00000.npy is missing"),
        (lambda path: (path / "sources.jsonl").unlink(), "sources.jsonl is missing"),
        (lambda path: (path / "store.json").write_text("{"), "not a store's manifest"),
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
    ],
)
def test_what_is_wrong_is_said(path, change, message):
    change(path)
    assert message in check_store(path)[0]


def test_a_joint_may_be_missing(path):
    change_array(path, 3, np.nan, "skeleton-00000.npy")
    assert check_store(path) == []


def test_samples_may_be_left_out(path):
    change_array(path, 17, np.nan)
    assert check_store(path, samples=False) == []


def test_arrays_of_another_shape(path):
    manifest = json.loads((path / "store.json").read_text())
    manifest["modalities"]["inertial"]["shape"] = [5]
    (path / "store.json").write_text(json.dumps(manifest))
    assert check_store(path) == [
        "inertial-00000.npy: expected float32 samples (5,), got float32 (6,)"
    ]


def test_no_store(tmp_path):
    with pytest.raises(FileNotFoundError):
        check_store(tmp_path / "nowhere")
