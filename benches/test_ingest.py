"""Ingesting UTD-MHAD beside what reading its files alone takes."""

import os
from pathlib import Path

import pytest
from scipy.io import loadmat

import kinefuse
from kinefuse.data import ingest


@pytest.fixture(scope="module")
def folder():
    root = os.environ.get("KINEFUSE_DATA")
    if not root or not (Path(root) / "utd-mhad").is_dir():
        pytest.skip("KINEFUSE_DATA does not lead to UTD-MHAD")
    return Path(root) / "utd-mhad"


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
