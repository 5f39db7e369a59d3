"""The TOML of the page on tables: the first does what the page says, all are settings."""

import re
import tomllib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest

PAGE = Path(__file__).parents[2] / "docs/how-to/tables.md"
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_ten_lines_describe_a_folder(tmp_path):
    lines = [line for line in BLOCKS[0].splitlines() if not line.startswith("#")]
    assert len(lines) == 10
    rng = np.random.default_rng(0)
    for subject in ("s01", "s02"):
        for take in ("walk_1", "sit_1"):
            file = tmp_path / f"recordings/{subject}/{take}.csv"
            file.parent.mkdir(parents=True, exist_ok=True)
            columns = dict(
                zip(["x", "y", "z", "gx", "gy", "gz"], rng.normal(size=(6, 300)), strict=True)
            )
            columns["z"] = columns["z"] + 9.81
            pl.DataFrame({"timestamp": 20 * np.arange(300), **columns}).write_csv(file)
    reader = readers.get("csv", **tomllib.loads(BLOCKS[0]))
    report = ingest(reader, tmp_path / "recordings", tmp_path / "store", rate_hz={"inertial": 50.0})
    assert (report.recordings, report.subjects, report.activities) == (4, 2, 2)
    store = MotionStore(tmp_path / "store")
    assert store.schema["inertial"].channels == (
        "acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z",
    )  # fmt: skip
    x = store.read(store.recordings["id"][0], "inertial")
    assert np.mean(x[:, 2]) == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_is_settings_of_its_reader(block):
    name = re.match(r"# kinefuse ingest (\w+) ", block)[1]
    assert readers.get(name, **tomllib.loads(block)).name == name
