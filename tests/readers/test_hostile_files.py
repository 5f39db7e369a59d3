"""Whatever a file of a data set holds, a reader says what is wrong with it."""

import zipfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kinefuse import readers
from kinefuse.errors import KinefuseError
from kinefuse.readers import registry

WHO = {"fixed": {"subject": "1"}}
# For each reader files that it takes for its own, and settings.
FILES = {
    "berkeley-mhad": (["acc_h01_s01_a01_r01.txt"], {"placements": ["left_wrist"]}),
    "c3d": (["walk.c3d"], WHO),
    "hapt": (["acc_exp01_user01.txt", "labels.txt"], {}),
    "hhar": (["Phones_accelerometer.csv", "Phones_gyroscope.csv"], {}),
    "mhealth": (["mHealth_subject1.log"], {}),
    "mmact": (["pose/cross_view/trainval/subject1/cam1/scene1/session1/fall.json"], {}),
    "motionsense": (["dws_1/sub_1.csv"], {}),
    "msr-action3d": (["a01_s01_e01_skeleton3D.txt"], {}),
    "ntu-rgbd": (["S001C001P001R001A001.skeleton"], {}),
    "openpack": (
        ["U0101/atr/atr01/S0100.csv", "U0101/annotation/openpack-operations/S0100.csv"],
        {"units": ["atr01"]},
    ),
    "opportunity": (["S1-ADL1.dat"], {}),
    "pamap2": (["subject101.dat"], {}),
    "pose-json": (["clip.json"], {"rate_hz": 30, **WHO}),
    "realworld2016": (
        [f"proband1/data/x/{sensor}_walking_waist.csv" for sensor in ("acc", "Gyroscope")],
        {"placements": ["waist"]},
    ),
    "sisfall": (["D01_SA01_R01.txt"], {}),
    "sp-sw-har": (["s01_01_sp.csv"], {}),
    "uci-har": (
        [
            *(f"{kind}_{axis}_train.txt" for kind in ("total_acc", "body_gyro") for axis in "xyz"),
            "subject_train.txt",
            "y_train.txt",
        ],
        {},
    ),
    "usc-had": (["Subject1/a1t1.mat"], {}),
    "utd-mhad": (["a1_s1_t1_inertial.mat"], {}),
    "wisdm-2019": (["data_1600_accel_phone.txt", "data_1600_gyro_phone.txt"], {}),
    "wisdm-v1": (["WISDM_ar_v1.1_raw.txt"], {}),
}
PIECES = (
    b"1", b"-2.5", b"NaN", b"inf", b"1e999", b"9" * 30, b"x", b"", b" ", b",", b";", b"\t", b"\n",
    b"\r\n", b"\0", b"\xff\xfe", "µ".encode(), b"{", b"}", b"[", b"]", b":", b'"people"', b"null",
    b'"keypoints"', b'"image_id"', b'"frames"', b"1,A,5,1,2,3;", b"1 2 3\n", b"1,2,3,4,5,6,7,8,9\n",
    b"unixtime,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z\n", b"id,attr_time,attr_x,attr_y,attr_z\n",
    b"Index,Arrival_Time,Creation_Time,x,y,z,User,Model,Device,gt\n", b"MATLAB 5.0 MAT-file",
)  # fmt: skip
CONTENT = st.one_of(
    st.binary(max_size=300), st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)
)


def test_every_reader_of_files_is_here():
    others = {"synthetic"} | {
        name for name in registry._BUILT_IN if readers.about(name).kind == "format"
    }
    assert set(FILES) >= set(registry._BUILT_IN) - others


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_nothing_but_our_own_errors(name, data, tmp_path_factory):
    names, options = FILES[name]
    root = tmp_path_factory.mktemp("hostile")
    for file in names:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(data.draw(CONTENT))
    reader = readers.get(name, **options)
    with suppress(KinefuseError):
        for source in reader.discover(root):
            reader.read(source)


@pytest.mark.parametrize("name", FILES)
def test_a_broken_archive_is_named(name, tmp_path):
    names, options = FILES[name]
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        for file in names:
            archive.writestr(file, b"0 " * 500)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(whole.read_bytes()[:200])
    with pytest.raises(KinefuseError, match=r"broken\.zip"):
        readers.get(name, **options).discover(broken)
