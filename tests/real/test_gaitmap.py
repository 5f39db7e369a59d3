"""A foot's accelerometer against markers that cameras followed: two clocks, two instruments."""

import numpy as np
import polars as pl
import pytest
from tests.real.recordings import folder

import kinefuse

pytestmark = pytest.mark.real
SENSOR_HZ, CAMERAS_HZ, G = 204.8, 100.0, 9.81


@pytest.fixture(scope="module", name="folder")
def folder_of_recordings():
    return folder("gaitmap-example")


def table(path, first, second):
    """Columns of a table whose header has two lines: ``first`` in one, ``second`` in the other."""
    with path.open() as lines:
        heads = list(zip(*(next(lines).strip().split(",") for _ in range(2)), strict=True))
    rows = pl.read_csv(path, skip_rows=2, has_header=False, infer_schema_length=None)
    return rows.to_numpy()[:, [heads.index((first, name)) for name in second]]


@pytest.mark.parametrize(("foot", "heel"), [("left_sensor", "L_FCC"), ("right_sensor", "R_FCC")])
def test_a_resampled_sensor_agrees_with_the_cameras_in_time_and_size(folder, foot, heel):
    acc = table(folder / "imu_sample.csv", foot, ["acc_x", "acc_y", "acc_z"])
    position = table(folder / "mocap_sample.csv", heel, ["x", "y", "z"]) / 1000

    seen = np.gradient(np.gradient(position, 1 / CAMERAS_HZ, axis=0), 1 / CAMERAS_HZ, axis=0)
    seen[:, 2] += G
    seen = np.linalg.norm(seen, axis=1)
    felt = kinefuse.resample(np.linalg.norm(acc, axis=1), from_hz=SENSOR_HZ, to_hz=CAMERAS_HZ)

    assert abs(len(felt) - len(seen)) <= 2
    rows = min(len(felt), len(seen))
    felt, seen = felt[:rows] - felt[:rows].mean(), seen[:rows] - seen[:rows].mean()
    agreement = np.correlate(felt, seen, "full") / (np.linalg.norm(felt) * np.linalg.norm(seen))
    lag_s = (agreement.argmax() - (rows - 1)) / CAMERAS_HZ
    # The sensor sits on the instep, the marker on the heel: alike, not the same.
    assert abs(lag_s) <= 0.02
    assert agreement.max() > 0.7
