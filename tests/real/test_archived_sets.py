"""The archive that a data set comes in gives the same store as the folder."""

import tarfile
import zipfile

import pytest
from tests.real.recordings import folder

from kinefuse import readers
from kinefuse.data import ingest

pytestmark = pytest.mark.real

# For each reader the folder and some of its files.
SETS = {
    "hapt": ("hapt-raw", ("Raw-Data/*exp0[12]_user01.txt", "Raw-Data/labels.txt")),
    "motionsense": ("motionsense", ("A_DeviceMotion_data/*_1*/sub_1.csv",)),
    "msr-action3d": ("msr-action3d", ("real_world_coordinates/a0[12]_s01_e0*.txt",)),
    "openpack": ("openpack-u0209", ("U0209/atr/*/*.csv", "U0209/annotation/openpack-operations/*")),
    "sisfall": ("sisfall", ("SA01/D1*_SA01_R0[12].txt",)),
    "sp-sw-har": ("sp-sw-har", ("DATA/*/s01_0[12]_s?.csv",)),
    "utd-mhad": ("utd-mhad", ("*/a1_s1_t*.mat",)),
}
SETTINGS = {"sp-sw-har": {"rate_hz": {"phone": 50.0, "watch": 50.0}}}


def pack(root, files, target):
    if target.suffix == ".zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, file.relative_to(root).as_posix())
    else:
        with tarfile.open(target, "w:gz" if target.suffix == ".tgz" else "w") as archive:
            for file in files:
                archive.add(file, file.relative_to(root).as_posix())
    return target


@pytest.mark.parametrize("name", SETS)
def test_a_packed_data_set_is_read_as_it_is(name, tmp_path):
    where, patterns = SETS[name]
    root = folder(where)
    files = [file for pattern in patterns for file in sorted(root.glob(pattern))]
    assert files
    (tmp_path / "plain").mkdir()
    for file in files:
        link = tmp_path / "plain" / file.relative_to(root)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(file)
    settings = SETTINGS.get(name, {})
    report = ingest(name, tmp_path / "plain", tmp_path / "store-plain", **settings)
    assert report.recordings
    wanted = {file.name: file.read_bytes() for file in (tmp_path / "store-plain").glob("*.npy")}
    for ending in ("zip", "tgz"):
        packed = pack(root, files, tmp_path / f"{name}.{ending}")
        out = tmp_path / f"store-{ending}"
        again = ingest(name, packed, out, **settings)
        assert (again.recordings, again.failed) == (report.recordings, ())
        assert {file.name: file.read_bytes() for file in out.glob("*.npy")} == wanted
        if ending == "zip":
            assert [match.reader for match in readers.recognize(packed)] == [name]
