import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import ConfigError, FormatError
from kinefuse.skeleton import KINECT_V1

RNG = np.random.default_rng(0)
# Vemulapalli's body model, joints counted from 1.
NAMED = {"head": 20, "spine": 4, "hip_center": 7, "left_wrist": 10, "right_ankle": 17}
BONES = (
    (7, 4), (4, 3), (3, 20), (3, 1), (3, 2), (1, 8), (2, 9), (8, 10), (9, 11), (10, 12), (11, 13),
    (7, 5), (7, 6), (5, 14), (6, 15), (14, 16), (15, 17), (16, 18), (17, 19),
)  # fmt: skip


def write(path, frames, name="a05_s02_e03_skeleton3D.txt"):
    np.savetxt(path / name, frames.reshape(-1, 4), fmt="%.17g")
    return path


@pytest.fixture
def frames():
    values = RNG.normal(size=(30, 20, 4))
    values[..., 3] = RNG.uniform(size=(30, 20))
    return values


def read(path, **options):
    reader = readers.get("msr-action3d", **options)
    return [reader.read(source) for source in reader.discover(path)]


def test_joints_go_where_the_layout_has_them(tmp_path, frames):
    (recording,) = read(write(tmp_path, frames))
    assert (recording.id, recording.subject, recording.activity, recording.trial) == (
        "a05_s02_e03",
        "2",
        "forward_punch",
        "3",
    )
    (stream,) = recording.streams
    assert (stream.layout, stream.rate_hz, stream.units) == ("kinect_v1", 15.0, ("m",) * 3)
    for name, number in NAMED.items():
        joint = KINECT_V1.joints.index(name)
        np.testing.assert_array_equal(stream.data[:, joint], frames[:, number - 1, :3])


def test_bones_of_the_file_are_bones_of_the_layout(tmp_path):
    frames = np.zeros((2, 20, 4))
    frames[..., 0] = np.arange(1, 21)
    (recording,) = read(write(tmp_path, frames))
    number = recording.streams[0].data[0, :, 0].astype(int)
    index = {name: i for i, name in enumerate(KINECT_V1.joints)}
    theirs = {
        frozenset((number[child], number[index[parent]]))
        for child, parent in enumerate(KINECT_V1.parents)
        if parent is not None
    }
    assert theirs == {frozenset(bone) for bone in BONES}


def test_zeros_are_missing_frames(tmp_path, frames):
    frames[4:6] = 0
    frames[9, 3, :3] = 0
    (recording,) = read(write(tmp_path, frames))
    missing = np.isnan(recording.streams[0].data).all(axis=2)
    assert missing[4:6].all()
    assert missing.sum() == 2 * 20 + 1


def test_missing_frames_as_a_gap(tmp_path, frames):
    frames[:3] = 0
    frames[10:12] = 0
    frames[20:28] = 0
    write(tmp_path, frames)
    (recording,) = read(tmp_path, missing_frames="gap")
    kept = [i for i in range(30) if i not in {0, 1, 2, 10, 11, *range(20, 28)}]
    (stream,) = recording.streams
    np.testing.assert_allclose(stream.time_s, np.array(kept) / 15)
    assert np.isfinite(stream.data).all()

    reader = readers.get("msr-action3d", missing_frames="gap")
    report = ingest(reader, tmp_path, tmp_path / "store", max_gap_s=0.25)
    store = MotionStore(tmp_path / "store")
    assert (report.gaps, report.counts["short_holes_filled"]) == (1, 1)
    joints = store.read("a05_s02_e03", "skeleton")
    assert len(joints) == 30 - 3 - 8
    assert np.isfinite(joints).all()


def test_confidence_masks_and_is_kept_on_request(tmp_path, frames):
    write(tmp_path, frames)
    (recording,) = read(tmp_path, min_confidence=0.4, confidence=True)
    skeleton, confidence = recording.streams
    assert confidence.channels == KINECT_V1.joints
    head = confidence.data[:, KINECT_V1.joints.index("head")]
    np.testing.assert_array_equal(head, frames[:, 19, 3])
    np.testing.assert_array_equal(np.isnan(skeleton.data).any(axis=2), confidence.data < 0.4)


def test_a_recording_of_zeros_is_a_failure_not_a_silence(tmp_path, frames):
    write(tmp_path, frames)
    write(tmp_path, np.zeros((9, 20, 4)), "a13_s09_e02_skeleton3D.txt")
    for missing in ("nan", "gap"):
        reader = readers.get("msr-action3d", missing_frames=missing)
        report = ingest(reader, tmp_path, tmp_path / missing)
        assert report.recordings == 1
        assert [failure.source for failure in report.failed] == ["a13_s09_e02"]


def test_other_files_are_listed(tmp_path, frames):
    write(tmp_path, frames)
    (tmp_path / "files_used.txt").write_text("a05_s02_e03\n")
    reader = readers.get("msr-action3d")
    reader.discover(tmp_path)
    assert reader.ignored == ("files_used.txt",)


def test_wrong_content_is_refused_by_name(tmp_path, frames):
    file = tmp_path / "a05_s02_e03_skeleton3D.txt"
    np.savetxt(file, frames.reshape(-1, 4)[:-1])
    with pytest.raises(FormatError, match=r"e03_skeleton3D\.txt: expected 20 lines for each frame"):
        read(tmp_path)
    np.savetxt(file, frames[..., :3].reshape(-1, 3))
    with pytest.raises(FormatError, match="expected 4 numbers a line, got 3"):
        read(tmp_path)
    file.unlink()
    write(tmp_path, frames, "a21_s01_e01_skeleton3D.txt")
    with pytest.raises(FormatError, match="expected an action from 1 to 20, got 21"):
        read(tmp_path)


def test_missing_folders_two_copies_and_wrong_options(tmp_path, frames):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nowhere")
    with pytest.raises(FormatError, match="holds no file named"):
        read(tmp_path)
    write(tmp_path, frames)
    (tmp_path / "copy").mkdir()
    write(tmp_path / "copy", frames)
    with pytest.raises(FormatError, match="two files of one name"):
        read(tmp_path)
    with pytest.raises(ConfigError, match="missing_frames"):
        readers.get("msr-action3d", missing_frames="zero")
    with pytest.raises(ConfigError, match="min_confidence"):
        readers.get("msr-action3d", min_confidence=2)
