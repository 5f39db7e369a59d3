"""On a local Ray of two workers: the same bytes as without, whatever happens to a worker."""

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from kinefuse import cli, readers
from kinefuse.data import MotionStore, Recording, Stream, ingest
from kinefuse.data.report import Failure
from kinefuse.data.sources import read_sources
from kinefuse.errors import ConfigError, FormatError, InputError, StoreError
from kinefuse.readers import Source

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'kinefuse[ray]'")
scale = pytest.importorskip("kinefuse.scale.ray")

pytestmark = [
    # Ray leaves files and sockets of its own open, and warns of its own settings.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray"),
]


class Deadly:
    """A reader over files of seeds; one of them kills the worker that reads it, so many times."""

    name = "deadly"
    classes = ("sit", "walk")

    def settings(self):
        return {}

    def discover(self, path):
        return [Source(file.stem, (file,)) for file in sorted(path.glob("*.take"))]

    def read(self, source):
        words = source.files[0].read_text().split()
        if "broken" in words:
            raise FormatError(f"{source.name}: broken")
        left = source.files[0].with_suffix(".lives")
        if left.exists():
            times = int(left.read_text())
            if times:
                left.write_text(str(times - 1))
                os.kill(os.getpid(), signal.SIGKILL)
        rng = np.random.default_rng(int(words[0]))
        return Recording(
            id=source.name,
            dataset="deadly",
            subject=str(int(words[0]) % 3),
            activity=("walk", "sit", "wave")[int(words[0]) % 3],
            streams=[
                Stream(
                    name="wrist",
                    modality="inertial",
                    data=rng.normal(size=(20 + int(rng.integers(80)), 3)),
                    channels=("acc_x", "acc_y", "acc_z"),
                    units="g",
                    rate_hz=50.0,
                )
            ],
        )


@pytest.fixture(scope="module", autouse=True)
def cluster():
    here = str(Path(__file__).parents[2])
    # With Ray's own 15, workers stand still on a busy machine.
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        # The test's own reader must be importable in the workers.
        runtime_env={"env_vars": {"PYTHONPATH": here}},
    )
    yield
    ray.shutdown()


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    for number in range(24):
        words = f"{number} broken" if number == 5 else str(number)
        (folder / f"take{number:02d}.take").write_text(words)
    return folder


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_bytes_of_a_local_run_though_a_worker_dies(raw, tmp_path):
    expected = ingest(Deadly(), raw, tmp_path / "local", shard_bytes=3000)
    lives = raw / "take13.lives"
    lives.write_text("1")
    seen = []
    report = scale.ingest(
        Deadly(), raw, tmp_path / "store", n_parts=4, shard_bytes=3000,
        progress=lambda done, total, part: seen.append((done, total)),
    )  # fmt: skip
    assert lives.read_text() == "0"
    assert report == expected
    assert [failure.source for failure in report.failed] == ["take05"]
    assert contents(tmp_path / "store") == contents(tmp_path / "local")
    assert seen == [(done, 4) for done in range(1, 5)]
    assert not (tmp_path / "store.parts").exists()


def test_a_worker_that_always_dies_lets_the_others_finish(raw, tmp_path):
    lives = raw / "take13.lives"
    lives.write_text("99")
    task = {"max_retries": 1}
    with pytest.raises(StoreError, match=r"the workers of part 2 of 3 died .*run the same"):
        scale.ingest(Deadly(), raw, tmp_path / "store", n_parts=3, task=task, shard_bytes=3000)
    assert len(MotionStore(tmp_path / "store.parts" / "1-of-3").recordings) == 8
    lives.unlink()
    scale.ingest(Deadly(), raw, tmp_path / "store", shard_bytes=3000)  # goes on with three parts
    ingest(Deadly(), raw, tmp_path / "local", shard_bytes=3000)
    assert contents(tmp_path / "store") == contents(tmp_path / "local")


def test_what_is_wrong_is_said_as_without_ray(raw, tmp_path):
    with pytest.raises(FormatError, match="take05: broken"):
        scale.ingest(Deadly(), raw, tmp_path / "store", n_parts=2, on_error="raise")
    with pytest.raises(ConfigError, match="max_gap_s"):
        scale.ingest(Deadly(), raw, tmp_path / "store", n_parts=2, max_gap_s=-1)
    with pytest.raises(ConfigError, match="n_parts"):
        scale.ingest(Deadly(), raw, tmp_path / "store", n_parts=0)
    with pytest.raises(ConfigError, match="shard"):
        scale.ingest(Deadly(), raw, tmp_path / "store", shard=(1, 2))


def test_recordings_as_a_data_set(raw, tmp_path):
    ingest(Deadly(), raw, tmp_path / "local")
    store = MotionStore(tmp_path / "local")
    failures = scale.Failures()
    rows = scale.recordings(Deadly(), raw, failures=failures).take_all()
    assert {row["id"] for row in rows} == set(store.recordings["id"])
    for row in rows:
        np.testing.assert_array_equal(row["inertial"], store.read(row["id"], "inertial"))
        assert row["inertial_rate_hz"] == 50
    assert failures.list() == [Failure("take05", "FormatError", "take05: broken")]


def test_recordings_take_all_settings_of_an_ingest(raw, tmp_path):
    settings = {
        "rate_hz": {"inertial": 40.0},
        "max_gap_s": 0.2,
        "streams": {"wrist": {"units": "mg", "rate_hz": 25.0}},
        "calibrate": True,
        "block_rows": 1000,
    }
    ingest(Deadly(), raw, tmp_path / "local", **settings)
    store = MotionStore(tmp_path / "local")
    notes = {note["id"]: note for note in read_sources(store.path) if "failure" not in note}
    rows = scale.recordings(Deadly(), raw, failures=scale.Failures(), **settings).take_all()
    assert len(rows) == 23
    for row in rows:
        np.testing.assert_array_equal(row["inertial"], store.read(row["id"], "inertial"))
        assert row["inertial_rate_hz"] == 40
        note = json.loads(row["note"])
        assert note["calibration"] == notes[row["id"]]["calibration"]
        assert note["counts"] == notes[row["id"]]["counts"]
    for wrong in ({"streams": {"wrist": {"unit": "g"}}}, {"block_rows": 3}, {"max_gap_s": -1}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            scale.recordings(Deadly(), raw, **wrong)


def test_the_command_makes_the_store_of_a_local_run(raw, tmp_path, capsys):
    if Deadly.name not in readers.names():
        readers.register(Deadly.name, Deadly)
    lives = raw / "take13.lives"
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        f'reader = "deadly"\npath = "{raw}"\ncalibrate = true\n'
        '[rate_hz]\ninertial = 40\n[streams.wrist]\nunits = "mg"\n'
    )
    for name, more in (("local", []), ("ray", ["--engine", "ray", "--parts", "3"])):
        if more:
            lives.write_text("1")
        words = ["ingest", "--recipe", recipe, "-o", tmp_path / name, "--max-gap", "0.2", *more]
        with pytest.raises(SystemExit) as status:
            cli.main([str(word) for word in words])
        assert status.value.code == 1  # one recording is broken
        told = capsys.readouterr().out
        assert "23 of 24 recordings" in told
        assert "take05: broken" in told
    assert lives.read_text() == "0"
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")
    assert MotionStore(tmp_path / "ray").made["streams"] == {"wrist": {"units": "mg"}}


def test_windows_as_a_data_set(raw, tmp_path):
    ingest(Deadly(), raw, tmp_path / "local", shard_bytes=3000)
    store = MotionStore(tmp_path / "local")
    assert store.n_shards > 3
    index = store.window_index(length_s=0.4, stride_s=0.2)
    rows = scale.windows(store.path, length_s=0.4, stride_s=0.2, batch_size=16).take_all()
    by_number = {row["window"]: row for row in rows}
    assert len(rows) == len(index)
    for window in index.iter_rows(named=True):
        found = by_number[window["window"]]
        array = store.array("inertial", window["inertial_shard"])
        start = window["inertial_start"]
        np.testing.assert_array_equal(found["inertial"], array[start : start + 20])
        assert (found["recording"], found["label"]) == (window["recording"], window["label"])
    with pytest.raises(InputError, match="has no skeleton"):
        scale.windows(store.path, length_s=0.4, modalities=["skeleton"])
