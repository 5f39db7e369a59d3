import io
import zipfile

import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import ConfigError, FormatError

RNG = np.random.default_rng(0)
TWO = ["waist", "shin"]


def table(rows=200, begin_ms=1_435_993_564_000, data=None):
    data = RNG.normal(size=(rows, 3)).round(4) if data is None else data
    stamps = begin_ms + np.arange(len(data)) * 20
    lines = [
        f"{i},{t},{x},{y},{z}" for i, (t, (x, y, z)) in enumerate(zip(stamps, data, strict=True))
    ]
    return "\n".join(["id,attr_time,attr_x,attr_y,attr_z", *lines]) + "\n"


def zipped(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def clips(activity, part="", placements=TWO, **settings):
    """Return the archives of one activity: two sensors, and one nobody reads."""
    names = {"acc": "acc", "gyr": "Gyroscope"}
    found = {
        f"{sensor}_{activity}{part}_csv.zip": zipped(
            {f"{prefix}_{activity}{part}_{p}.csv": table(**settings) for p in placements}
        )
        for sensor, prefix in names.items()
    }
    return found | {f"lig_{activity}_csv.zip": zipped({f"Light_{activity}_chest.csv": "id\n"})}


def put(path, subject, files):
    folder = path / f"proband{subject}/data"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def read(path, **options):
    reader = readers.get("realworld2016", **({"placements": TWO} | options))
    return {r.id: r for r in map(reader.read, reader.discover(path))}, reader


def test_archives_in_folders_are_read_where_they_lie(tmp_path):
    data = RNG.normal(size=(100, 3)).round(4)
    put(tmp_path, 1, clips("walking", data=data))
    put(tmp_path, 1, clips("climbingup"))
    found, reader = read(tmp_path)
    assert sorted(found) == ["proband1_climbingup", "proband1_walking"]
    walking = found["proband1_walking"]
    assert (walking.subject, walking.activity, walking.trial) == ("1", "walking", None)
    assert [(s.name, s.channels[0]) for s in walking.streams] == [
        ("waist", "acc_x"), ("waist", "gyro_x"), ("shin", "acc_x"), ("shin", "gyro_x"),
    ]  # fmt: skip
    np.testing.assert_allclose(walking.streams[0].data, data / 9.80665)
    np.testing.assert_array_equal(walking.streams[1].data, data)
    assert walking.streams[0].time_s[0] == 1_435_993_564.0
    assert all("Light_" in name for name in reader.ignored)


def test_archives_within_archives_are_parts_of_an_activity(tmp_path):
    outer = {
        f"{sensor}_climbingdown_csv.zip": zipped(
            {
                f"{sensor}_climbingdown_{part}_csv.zip": clips("climbingdown", f"_{part}")[
                    f"{sensor}_climbingdown_{part}_csv.zip"
                ]
                for part in (1, 2)
            }
        )
        for sensor in ("acc", "gyr")
    }
    put(tmp_path, 4, outer)
    found, _ = read(tmp_path)
    assert {(r.id, r.trial) for r in found.values()} == {
        ("proband4_climbingdown_1", "1"), ("proband4_climbingdown_2", "2"),
    }  # fmt: skip


def test_a_number_in_the_names_of_a_single_part_is_none(tmp_path):
    files = clips("walking", "_2")
    files["gyr_walking_csv.zip"] = clips("walking")["gyr_walking_csv.zip"]
    del files["gyr_walking_2_csv.zip"]
    put(tmp_path, 4, files)
    found, _ = read(tmp_path)
    assert {(r.id, r.trial) for r in found.values()} == {("proband4_walking", None)}


def test_the_whole_archive_or_one_persons_folder_will_do(tmp_path):
    put(tmp_path / "all", 2, clips("lying"))
    one, _ = read(tmp_path / "all/proband2")
    files = {
        p.relative_to(tmp_path / "all").as_posix(): p for p in (tmp_path / "all").rglob("*.zip")
    }
    with zipfile.ZipFile(tmp_path / "realworld2016_dataset.zip", "w") as archive:
        for name, file in files.items():
            archive.write(file, name)
    two, _ = read(tmp_path / "realworld2016_dataset.zip")
    assert list(one) == list(two) == ["proband2_lying"]
    np.testing.assert_array_equal(
        one["proband2_lying"].streams[3].data, two["proband2_lying"].streams[3].data
    )


def test_a_store_has_what_all_devices_saw(tmp_path):
    put(tmp_path, 1, clips("walking"))
    reader = readers.get("realworld2016", placements=TWO)
    report = ingest(reader, tmp_path, tmp_path / "store")
    assert (report.recordings, report.failed) == (1, ())
    assert MotionStore(tmp_path / "store").schema["inertial"].channels[3] == "waist.gyro_x"


def test_a_missing_device_and_other_files_are_named(tmp_path):
    with pytest.raises(FormatError, match="holds no file like proband1"):
        read(tmp_path)
    put(tmp_path, 6, clips("jumping", placements=["waist"]))
    with pytest.raises(FormatError, match="proband6_jumping: no acc of shin; leave the device out"):
        read(tmp_path)
    put(tmp_path, 6, {"acc_jumping_csv.zip": b"no zip"})
    with pytest.raises(FormatError, match=r"acc_jumping_csv\.zip: not a whole zip"):
        read(tmp_path)
    with pytest.raises(ConfigError, match="placements"):
        readers.get("realworld2016", placements=["ear"])
