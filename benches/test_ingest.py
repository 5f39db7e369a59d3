"""Ingesting files beside what reading them alone takes, and beside the scripts people write."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.io import loadmat
from scipy.signal import butter, sosfiltfilt

import kinefuse
from kinefuse import readers
from kinefuse.data import MotionStore, ingest

CHANNELS = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")
RATE_HZ, TO_HZ, MAX_GAP_S = 100.0, 50.0, 0.5
STANDARD_GRAVITY = 9.80665
READER = readers.get(
    "csv",
    channels=CHANNELS,
    units={"acc": "m/s2", "gyr": "rad/s"},
    time="time",
    pattern="{subject}_{activity}.csv",
)


def data(name):
    root = os.environ.get("KINEFUSE_DATA")
    if not root or not (Path(root) / name).is_dir():
        pytest.skip(f"KINEFUSE_DATA does not lead to {name}")
    return Path(root) / name


@pytest.fixture(scope="module")
def folder():
    return data("utd-mhad")


@pytest.mark.benchmark(group="ingest UTD-MHAD, 1,722 files")
def test_kinefuse_ingest(benchmark, folder, tmp_path):
    benchmark.extra_info |= {"by": "kinefuse", "threads": kinefuse.num_threads()}
    numbers = iter(range(100))
    report = benchmark.pedantic(
        lambda: ingest("utd-mhad", folder, tmp_path / str(next(numbers))), rounds=3
    )
    assert report.recordings == 861


@pytest.mark.benchmark(group="ingest UTD-MHAD, 1,722 files")
def test_scipy_loadmat_alone(benchmark, folder):
    benchmark.extra_info["by"] = "SciPy loadmat alone"
    files = sorted(folder.rglob("*.mat"))
    assert len(benchmark.pedantic(lambda: [loadmat(file) for file in files], rounds=3)) == 1722


@pytest.mark.parametrize("name", ["hapt", "motionsense", "sp-sw-har"])
def test_text_as_it_lies(benchmark, threads, name, tmp_path):
    root = data({"hapt": "hapt-raw"}.get(name, name))
    reader = readers.get(name)
    size = sum(file.stat().st_size for s in reader.discover(root) for file in set(s.files))
    benchmark.group = f"ingest {name} as it lies, {size / 1e6:.0f} MB of text"
    benchmark.extra_info["bytes"] = size
    numbers = iter(range(100))
    report = benchmark.pedantic(
        lambda: ingest(reader, root, tmp_path / str(next(numbers))), rounds=3, warmup_rounds=1
    )
    assert not report.failed


@pytest.fixture(scope="module")
def table(size, tmp_path_factory):
    """A CSV file of a jittered clock with a few gaps, six channels in m/s² and rad/s."""
    rows = size(3_000_000)
    rng = np.random.default_rng(0)
    steps = rng.uniform(0.85, 1.15, rows) / RATE_HZ
    steps[rng.choice(rows, rows // 100_000 + 1)] += 5
    time_s = 1.6e9 + np.cumsum(steps)
    # Swings well below the new Nyquist frequency, that every way must hand through.
    swing = np.sin((time_s - time_s[0])[:, None] * np.array([3, 4, 5, 3, 4, 5]))
    values = (swing * [3, 3, 3, 1, 1, 1] + [0, 0, STANDARD_GRAVITY, 0, 0, 0]).round(5)
    file = tmp_path_factory.mktemp("table") / "s1_walk.csv"
    columns = {"time": time_s.round(4)} | dict(zip(CHANNELS, values.T, strict=True))
    pl.DataFrame(columns).write_csv(file)
    return file


@pytest.fixture(scope="module")
def tables(table, tmp_path_factory):
    """Hold the same rows in four files, as of four people."""
    rows, folder = pl.read_csv(table), tmp_path_factory.mktemp("tables")
    for i, part in enumerate(rows.iter_slices(-(-len(rows) // 4))):
        part.write_csv(folder / f"s{i}_walk.csv")
    return folder


def group_of(table):
    return f"CSV with time stamps, {table.stat().st_size / 1e6:.0f} MB, to a store of 50 Hz"


def read_store(folder):
    store = MotionStore(folder)
    (name,) = store.recordings["id"]
    return store.time_s(name, "inertial"), store.read(name, "inertial")


def test_csv_kinefuse(benchmark, threads, table, tmp_path):
    benchmark.group = group_of(table)
    benchmark.extra_info["bytes"] = table.stat().st_size
    numbers = iter(range(100))

    def run():
        out = tmp_path / str(next(numbers))
        ingest(READER, table.parent, out, rate_hz={"inertial": TO_HZ}, max_gap_s=MAX_GAP_S)
        return out

    time_s, stored = read_store(benchmark.pedantic(run, rounds=2))
    expected = np.sin((time_s - time_s[0])[1000:2000] * 3) * 3 / STANDARD_GRAVITY
    np.testing.assert_allclose(stored[1000:2000, 0], expected, atol=0.02)


def test_csv_of_four_people(benchmark, threads, tables, tmp_path):
    size = sum(file.stat().st_size for file in tables.iterdir())
    benchmark.group = f"the same in four files, {size / 1e6:.0f} MB"
    benchmark.extra_info["bytes"] = size
    numbers = iter(range(100))

    def run():
        out = tmp_path / str(next(numbers))
        return ingest(READER, tables, out, rate_hz={"inertial": TO_HZ}, max_gap_s=MAX_GAP_S)

    assert benchmark.pedantic(run, rounds=3).recordings == 4


@pytest.fixture(scope="module")
def small_tables(size, tmp_path_factory):
    """Many recordings of 20 s: what they cost is mostly Python's own time."""
    rng, folder = np.random.default_rng(0), tmp_path_factory.mktemp("small")
    for number in range(size(2000)):
        time_s = 1.6e9 + np.cumsum(rng.uniform(0.85, 1.15, 2000)) / RATE_HZ
        values = rng.normal([0, 0, STANDARD_GRAVITY, 0, 0, 0], 1, (2000, 6)).round(5)
        columns = {"time": time_s.round(4)} | dict(zip(CHANNELS, values.T, strict=True))
        pl.DataFrame(columns).write_csv(folder / f"s{number}_walk.csv")
    return folder


def time_small_tables(benchmark, folder, out, **settings):
    files = list(folder.iterdir())
    size = sum(file.stat().st_size for file in files)
    benchmark.group = f"{len(files):,} small recordings, {size / 1e6:.0f} MB of CSV"
    benchmark.extra_info["bytes"] = size
    numbers = iter(range(100))
    report = benchmark.pedantic(
        lambda: ingest(READER, folder, out / str(next(numbers)), **settings), rounds=2
    )
    assert report.recordings == len(files)


def test_small_recordings(benchmark, threads, small_tables, tmp_path):
    time_small_tables(benchmark, small_tables, tmp_path, rate_hz={"inertial": TO_HZ})


def test_small_recordings_in_processes(benchmark, small_tables, tmp_path):
    # Their start is part of it.
    n = kinefuse.num_threads()
    benchmark.extra_info |= {"by": f"kinefuse, {n} processes", "context": True}
    rate_hz = {"inertial": TO_HZ}
    time_small_tables(benchmark, small_tables, tmp_path, rate_hz=rate_hz, processes=n)


def test_csv_of_four_people_polars_alone(benchmark, tables):
    size = sum(file.stat().st_size for file in tables.iterdir())
    benchmark.group = f"the same in four files, {size / 1e6:.0f} MB"
    benchmark.extra_info |= {"by": "polars.read_csv alone", "context": True}
    files = sorted(tables.iterdir())
    assert len(benchmark.pedantic(lambda: [pl.read_csv(f) for f in files], rounds=3)) == 4


def test_csv_polars_alone(benchmark, table):
    benchmark.group = group_of(table)
    benchmark.extra_info |= {"by": "polars.read_csv alone", "context": True}
    assert benchmark.pedantic(lambda: pl.read_csv(table), rounds=2).width == 7


def test_csv_pandas_scipy(benchmark, peer, table, tmp_path):
    """Do it as scripts do: repair, filter, interpolate onto a grid, leave gaps out, save."""
    benchmark.group = group_of(table)
    benchmark.extra_info["by"] = "pandas + SciPy script"
    pandas = peer("pandas")

    def run():
        frame = pandas.read_csv(table)
        frame = frame.dropna().sort_values("time").drop_duplicates("time")
        time_s = frame["time"].to_numpy()
        values = frame[list(CHANNELS)].to_numpy(copy=True)
        values[:, :3] /= STANDARD_GRAVITY
        cut = np.flatnonzero(np.diff(time_s) > MAX_GAP_S) + 1
        low = butter(8, 0.9 * TO_HZ / 2, fs=RATE_HZ, output="sos")
        parts = []
        for t, x in zip(np.split(time_s, cut), np.split(values, cut), strict=True):
            if len(t) < 100:
                continue
            even = np.arange(t[0], t[-1], 1 / RATE_HZ)
            fine = np.stack([np.interp(even, t, x[:, c]) for c in range(6)], axis=1)
            parts.append(sosfiltfilt(low, fine, axis=0)[:: round(RATE_HZ / TO_HZ)])
        out = tmp_path / "store.npy"
        np.save(out, np.concatenate(parts).astype(np.float32))
        return out

    assert np.load(benchmark.pedantic(run, rounds=1)).shape[1] == 6


@pytest.mark.filterwarnings("ignore")
def test_csv_actipy(benchmark, peer, table):
    """Process its three axes of acceleration only; it knows no others."""
    benchmark.group = group_of(table)
    benchmark.extra_info["by"] = "actipy lowpass, resample (acceleration only)"
    pandas, processing = peer("pandas"), peer("actipy.processing")

    def run():
        frame = pandas.read_csv(table, usecols=["time", *CHANNELS[:3]])
        frame.index = pandas.to_datetime(frame.pop("time"), unit="s").rename("time")
        frame.columns = ["x", "y", "z"]
        frame /= STANDARD_GRAVITY
        smooth, _ = processing.lowpass(frame, RATE_HZ)
        return processing.resample(smooth, TO_HZ)[0]

    assert benchmark.pedantic(run, rounds=1).shape[1] == 3
