"""NumPy and MATLAB files: the same arrays, in every format."""

import zipfile
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse import readers
from kinefuse.data import ChunkedStream
from kinefuse.errors import ConfigError, FormatError

h5py = pytest.importorskip("h5py")
savemat = pytest.importorskip("scipy.io").savemat

RNG = np.random.default_rng(3)
ARRAYS = {
    "imu": RNG.normal(size=(50, 6)),
    "t": 10 + np.arange(50) / 50,
    "joints": RNG.normal(size=(20, 3, 50)),
    "what": np.array(["sit"] * 20 + [""] * 10 + ["läuft"] * 20, dtype=object),
}
IMU = {
    "channels": {"acc": "imu[0:3]", "gyro": "imu[3:6]"},
    "units": {"acc": "g", "gyro": "deg/s"},
    "time": "t",
    "time_format": "s",
}


def write_mat73(file, arrays):
    """Write what MATLAB writes with ``-v7.3``: axes the other way round, cells as references."""
    with h5py.File(file, "w", userblock_size=512) as content:
        for name, array in arrays.items():
            if array.dtype != object:
                column = array[:, None] if array.ndim == 1 else array
                content[name] = column.T
                content[name].attrs["MATLAB_class"] = np.bytes_("double")
                continue
            cells = content.create_dataset(name, (1, len(array)), dtype=h5py.ref_dtype)
            cells.attrs["MATLAB_class"] = np.bytes_("cell")
            for i, text in enumerate(array):
                codes = np.frombuffer(text.encode("utf-16-le"), "<u2")
                item = content.create_dataset(
                    f"#refs#/{i}", data=codes[:, None] if text else [0, 0]
                )
                item.attrs["MATLAB_class"] = np.bytes_("char")
                if not text:
                    item.attrs["MATLAB_empty"] = 1
                cells[0, i] = item.ref
    with file.open("r+b") as content:
        content.write(b"MATLAB 7.3 MAT-file".ljust(512, b"\0"))


@pytest.fixture(params=["npz", "npz packed", "mat", "mat 7.3"])
def kind(request):
    return request.param


def write(kind, folder, arrays=ARRAYS):
    plain = {k: v.astype(str) if v.dtype == object else v for k, v in arrays.items()}
    file = folder / f"s1.{kind.partition(' ')[0]}"
    if kind == "mat":
        savemat(file, arrays)
    elif kind == "mat 7.3":
        write_mat73(file, arrays)
    else:
        (np.savez_compressed if "packed" in kind else np.savez)(file, **plain)
    return file


def read(file, **told):
    settings = {"pattern": "{subject}." + file.suffix[1:]} | told
    reader = readers.get("npz" if file.suffix == ".npy" else file.suffix[1:], **settings)
    return reader.read(reader.discover(file)[0])


def test_arrays_become_channels(tmp_path, kind):
    recording = read(write(kind, tmp_path), label="what", **IMU)
    (stream,) = recording.streams
    assert stream.channels == ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
    np.testing.assert_array_equal(stream.data[:, :3], ARRAYS["imu"][:, :3])
    np.testing.assert_allclose(stream.data[:, 3:], np.radians(ARRAYS["imu"][:, 3:]), rtol=1e-15)
    np.testing.assert_array_equal(stream.time_s, ARRAYS["t"])
    assert stream.labels.tolist() == ["sit"] * 20 + [None] * 10 + ["läuft"] * 20


def test_chunks_hold_what_the_arrays_hold(tmp_path, kind, monkeypatch):
    monkeypatch.setattr("kinefuse.readers.array_table.LARGE_BYTES", 0)
    monkeypatch.setattr("kinefuse.readers.array_table.CHUNK_ROWS", 7)
    recording = read(write(kind, tmp_path), **IMU)
    assert isinstance(recording.streams[0], ChunkedStream)
    for _ in range(2):
        (loaded,) = recording.load()
        np.testing.assert_array_equal(loaded.data[:, :3], ARRAYS["imu"][:, :3])
        np.testing.assert_array_equal(loaded.time_s, ARRAYS["t"])


def test_joints_with_the_frames_last(tmp_path, kind):
    told = {"units": "mm", "rate_hz": 30.0, "modality": "skeleton", "layout": "kinect_v1"}
    recording = read(write(kind, tmp_path), channels=["joints[0:20,0:3]"], **told)
    (stream,) = recording.streams
    np.testing.assert_allclose(stream.data, np.moveaxis(ARRAYS["joints"], 2, 0) / 1000, rtol=1e-15)


def test_the_row_axis_can_be_told(tmp_path, kind):
    file = write(kind, tmp_path, {"short": np.arange(12.0).reshape(3, 4)})
    told = {"units": "g", "rate_hz": 5.0}
    longest = read(file, channels=["short[0:3]"], **told)
    np.testing.assert_array_equal(longest.streams[0].data, np.arange(12.0).reshape(3, 4).T)
    first = read(file, channels=["short[0:4]"], axis=0, **told)
    np.testing.assert_array_equal(first.streams[0].data, np.arange(12.0).reshape(3, 4))


def test_a_npy_file_and_its_fields(tmp_path):
    told = {"units": "g", "rate_hz": 5.0}
    for array in (ARRAYS["imu"].astype(">f4"), np.asfortranarray(ARRAYS["imu"])):
        np.save(tmp_path / "s1.npy", array)
        (stream,) = read(tmp_path / "s1.npy", channels=["data[0:6]"], **told).streams
        np.testing.assert_array_equal(stream.data, array)
    fields = np.zeros(9, dtype=[("x", "f4"), ("n", "i2")])
    fields["x"] = np.arange(9)
    np.save(tmp_path / "s1.npy", fields)
    (stream,) = read(tmp_path / "s1.npy", channels=["x"], **told).streams
    np.testing.assert_array_equal(stream.data[:, 0], fields["x"])


def test_fields_of_matlab_structures(tmp_path):
    savemat(tmp_path / "s1.mat", {"data": {"watch": {"acc": ARRAYS["imu"][:, :3]}, "rate": 50}})
    (stream,) = read(
        tmp_path / "s1.mat", channels={"acc": "data.watch.acc[0:3]"}, units="g", rate_hz=50.0
    ).streams
    np.testing.assert_array_equal(stream.data, ARRAYS["imu"][:, :3])


def test_what_does_not_fit_is_named(tmp_path, kind):
    file = write(kind, tmp_path)
    told = {"units": "g", "rate_hz": 5.0}
    for channels, message in (
        (["imu[0:7]"], r"no column 'imu\[6\]'; did you mean 'imu\[\d\]'"),
        (["gyr"], "no column 'gyr'"),
        (["what"], "column 'what': expected real numbers"),
    ):
        with pytest.raises(FormatError, match=rf"s1.*{message}"):
            read(file, channels=channels, **told)
    other = write(kind, tmp_path, ARRAYS | {"t": ARRAYS["t"][:-1]})
    with pytest.raises(FormatError, match="expected columns of one length"):
        read(other, **IMU)


def test_pickles_are_refused(tmp_path):
    np.savez(tmp_path / "s1.npz", imu=np.array([{"a": 1}], dtype=object))
    with pytest.raises(FormatError, match=r"imu holds Python objects \(a pickle\)"):
        read(tmp_path / "s1.npz", **IMU)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_file_that_breaks_off_is_named(tmp_path, kind, share):
    file = write(kind, tmp_path)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FormatError, match="s1"):
        read(file, **IMU, label="what")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["npz", "npz packed", "mat", "mat 7.3", "npy"]), st.data())
def test_spoilt_bytes_give_samples_or_a_format_error(tmp_path_factory, kind, data):
    folder = tmp_path_factory.mktemp("fuzz")
    if kind == "npy":
        file = folder / "s1.npy"
        np.save(file, ARRAYS["imu"])
    else:
        file = write(kind, folder, {k: v for k, v in ARRAYS.items() if k in ("imu", "t")})
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1) | st.integers(0, 300))
        content[at] = data.draw(st.integers(0, 255))
    file.write_bytes(bytes(content))
    told = IMU if kind != "npy" else {"channels": ["data[0:6]"], "units": "g", "rate_hz": 50.0}
    with suppress(FormatError):
        read(file, **told)


@pytest.mark.parametrize(
    ("channels", "message"),
    [
        (["a[0:x]"], "no column"),
        (["a[0:1:2]"], "expected a range like"),
        ({"acc": "a[0:3]", "acc_x": "b"}, "'acc_x' comes twice"),
    ],
)
def test_channels_that_make_no_sense(tmp_path, channels, message):
    np.save(tmp_path / "s1.npy", np.zeros((9, 2)))
    with pytest.raises((ConfigError, FormatError), match=message):
        read(tmp_path / "s1.npy", channels=channels, units="g", rate_hz=5.0)


def test_an_archive_of_other_files_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "s1.npz", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(FormatError, match=r"no column 'imu\[0\]'; it has none"):
        read(tmp_path / "s1.npz", **IMU)
