import math

import numpy as np
import pytest
from scipy.io import savemat

from kinefuse import readers
from kinefuse.errors import FormatError

RNG = np.random.default_rng(0)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Inertial").mkdir()
    (tmp_path / "Skeleton").mkdir()
    inertial = RNG.normal(size=(150, 6))
    skeleton = RNG.normal(size=(20, 3, 60))
    for trial in (1, 2):
        name = f"a22_s3_t{trial}"
        savemat(tmp_path / f"Inertial/{name}_inertial.mat", {"d_iner": inertial})
    savemat(tmp_path / "Skeleton/a22_s3_t1_skeleton.mat", {"d_skel": skeleton})
    return tmp_path, inertial, skeleton


def read(folder):
    reader = readers.get("utd-mhad")
    return [reader.read(source) for source in reader.discover(folder)]


def test_units_shapes_and_names(folder):
    path, inertial, skeleton = folder
    first, second = read(path)
    assert (first.id, first.subject, first.activity, first.trial) == (
        "a22_s3_t1",
        "3",
        "jog",
        "1",
    )
    imu, kinect = first.streams
    np.testing.assert_array_equal(imu.data[:, :3], inertial[:, :3])
    np.testing.assert_allclose(imu.data[:, 3:], inertial[:, 3:] / 180 * math.pi, rtol=1e-15)
    assert imu.units == ("g", "g", "g", "rad/s", "rad/s", "rad/s")
    assert imu.name == "right_thigh"
    np.testing.assert_array_equal(kinect.data, np.moveaxis(skeleton, 2, 0))
    assert (kinect.layout, kinect.rate_hz, imu.rate_hz) == ("kinect_v1", 30.0, 50.0)
    assert second.modalities == ("inertial",)


def refusal(path, content, name="a1_s1_t1_inertial.mat"):
    file = path / name
    if isinstance(content, dict):
        savemat(file, content)
    else:
        file.write_bytes(content)
    reader = readers.get("utd-mhad")
    source = next(source for source in reader.discover(path) if file in source.files)
    with pytest.raises(FormatError) as caught:
        reader.read(source)
    return str(caught.value)


@pytest.mark.parametrize("keep", [0, 3, 100, 130, 200, 1000])
def test_a_truncated_file_is_named(tmp_path, keep):
    whole = tmp_path / "whole.mat"
    savemat(whole, {"d_iner": RNG.normal(size=(150, 6))}, do_compression=True)
    content = whole.read_bytes()[:keep]
    whole.unlink()
    message = refusal(tmp_path, content)
    assert "a1_s1_t1_inertial.mat" in message


@pytest.mark.parametrize("compressed", [True, False])
def test_every_cut_is_a_clear_error(tmp_path, compressed):
    whole = tmp_path / "whole.mat"
    savemat(whole, {"d_iner": RNG.normal(size=(9, 6))}, do_compression=compressed)
    content = whole.read_bytes()
    whole.unlink()
    for keep in range(0, len(content) - 1, 7):
        refusal(tmp_path, content[:keep])


@pytest.mark.parametrize("content", [b"time,acc_x\n1,2\n" * 50, b"\x89HDF\r\n\x1a\n" + bytes(600)])
def test_a_foreign_file_is_named(tmp_path, content):
    assert "not a whole MATLAB version 5 file" in refusal(tmp_path, content)


def test_a_missing_variable_says_what_there_is(tmp_path):
    message = refusal(tmp_path, {"d_skel": np.zeros((20, 3, 4))})
    assert "expected a variable 'd_iner', found ['d_skel']" in message


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("inertial", {"d_iner": np.zeros((5, 7))}, r"expected (T, 6), got (5, 7)"),
        ("inertial", {"d_iner": np.zeros((0, 6))}, "no samples"),
        ("inertial", {"d_iner": "words"}, "expected numbers"),
        ("skeleton", {"d_skel": np.zeros((25, 3, 9))}, "expected (20, 3, F), got (25, 3, 9)"),
        ("skeleton", {"d_skel": np.zeros((20, 3, 0))}, "no samples"),
    ],
)
def test_the_wrong_content_says_what_was_expected(tmp_path, name, content, message):
    assert message in refusal(tmp_path, content, f"a1_s1_t1_{name}.mat")


def test_a_foreign_name_is_a_failure_not_a_silence(folder):
    path, _, _ = folder
    (path / "Inertial/notes.mat").write_bytes(b"")
    reader = readers.get("utd-mhad")
    sources = reader.discover(path)
    assert [source.name for source in sources][-1] == "Inertial/notes.mat"
    with pytest.raises(FormatError, match="expected a name like"):
        reader.read(sources[-1])


def test_a_missing_folder_and_an_empty_one(tmp_path):
    reader = readers.get("utd-mhad")
    with pytest.raises(FileNotFoundError):
        reader.discover(tmp_path / "nowhere")
    with pytest.raises(FormatError, match="holds no file named"):
        reader.discover(tmp_path)
