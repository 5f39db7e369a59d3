import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import ConfigError, FormatError
from kinefuse.skeleton import KINECT_V2

RNG = np.random.default_rng(0)
FIRST_ID = 72057594037931101  # beyond what a float tells apart
TAKE = "S018C002P042R001A050"


def body(n_frames, moving):
    """Return joints (T, 25, 3) of somebody upright, who moves much or little."""
    standing = np.stack(
        [RNG.uniform(-0.2, 0.2, 25), np.linspace(-0.9, 0.9, 25), np.full(25, 3.0)], 1
    )
    swing = np.sin(np.arange(n_frames) / 5)[:, None, None] * moving
    return (standing + swing + RNG.normal(0, 0.001, (n_frames, 25, 3))).round(6)


def text(frames):
    """Write frames, each a list of (body id, joints (25, 3), tracking states (25,))."""
    out = [str(len(frames))]
    for bodies in frames:
        out.append(str(len(bodies)))
        for identity, joints, states in bodies:
            out += [f"{identity} 0 1 1 1 1 0 0.02 -0.05 2", "25"]
            for (x, y, z), state in zip(joints, states, strict=True):
                out.append(f"{x} {y} {z} 270.1 200.2 1000.3 500.4 -0.2 0.05 0.97 -0.07 {state}")
    return "\n".join(out) + "\n"


def write(path, frames, take=TAKE):
    file = path / f"nturgb+d_skeletons/{take}.skeleton"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text(frames))
    return file


def alone(joints, state=2):
    return [[(FIRST_ID, frame, [state] * 25)] for frame in joints]


def read(path, **options):
    reader = readers.get("ntu-rgbd", **options)
    return [reader.read(source) for source in reader.discover(path)], reader


def test_a_sample_is_told_by_its_name_and_has_metres(tmp_path):
    joints = body(60, 0.1)
    write(tmp_path, alone(joints))
    (recording,), _ = read(tmp_path)
    assert (recording.subject, recording.scene, recording.view, recording.trial) == (
        "42", "18", "2", "1",
    )  # fmt: skip
    assert recording.activity == "punch_other_person"
    (stream,) = recording.streams
    np.testing.assert_array_equal(stream.data, joints)
    assert (stream.layout, stream.rate_hz, stream.units) == (KINECT_V2.name, 30.0, ("m",) * 3)


def test_of_several_bodies_who_moves_most_comes_first_and_gaps_are_missing(tmp_path):
    still, mover = body(60, 0.01), body(60, 0.3)
    frames = [
        [(FIRST_ID, a, [2] * 25), (FIRST_ID + 1, b, [2] * 25)]
        for a, b in zip(still, mover, strict=True)
    ]
    frames[7].pop()
    write(tmp_path, frames)
    (one,), _ = read(tmp_path)
    assert one.modalities == ("skeleton",)
    assert one.counts == {"bodies_left_out": 1}
    np.testing.assert_array_equal(one.streams[0].data[8:], mover[8:])
    assert np.isnan(one.streams[0].data[7]).all()
    (two,), _ = read(tmp_path, persons=2)
    assert two.modalities == ("skeleton", "second_skeleton")
    np.testing.assert_array_equal(two.streams[1].data, still)
    assert two.counts == {}


def test_joints_that_were_not_tracked_are_missing(tmp_path):
    joints = body(30, 0.1)
    states = np.full((30, 25), 2)
    states[3, 4], states[5, 6] = 0, 1
    joints[9, 9] = 0
    write(tmp_path, [[(FIRST_ID, j, s)] for j, s in zip(joints, states, strict=True)])
    for inferred, missing in ((True, {(3, 4), (9, 9)}), (False, {(3, 4), (5, 6), (9, 9)})):
        (recording,), _ = read(tmp_path, inferred=inferred)
        gone = np.argwhere(np.isnan(recording.streams[0].data).all(axis=2))
        assert {tuple(map(int, at)) for at in gone} == missing
        assert recording.counts == {"joints_not_tracked": len(missing)}


def test_samples_that_the_authors_list_as_broken_are_left_out(tmp_path):
    write(tmp_path, alone(body(30, 0.1)))
    write(tmp_path, alone(body(30, 0.1)), "S001C001P001R001A001")
    listed = f"The missing skeletons:\n{TAKE}\nS001C001P001R001A099\n"
    (tmp_path / "NTU_RGBD120_samples_with_missing_skeletons.txt").write_text(listed)
    (kept,), reader = read(tmp_path)
    assert kept.id == "S001C001P001R001A001"
    assert reader.ignored == (f"{TAKE}.skeleton",)
    assert reader.settings()["missing"] == [TAKE]


def test_a_store_has_both_people(tmp_path):
    frames = [
        [(FIRST_ID, a, [2] * 25), (FIRST_ID + 1, b, [2] * 25)]
        for a, b in zip(body(60, 0.1), body(60, 0.2), strict=True)
    ]
    write(tmp_path, frames)
    write(tmp_path, alone(body(40, 0.1)), "S001C001P001R001A001")
    report = ingest(readers.get("ntu-rgbd", persons=2), tmp_path, tmp_path / "store")
    assert (report.recordings, report.failed) == (2, ())
    store = MotionStore(tmp_path / "store")
    assert store.recordings["second_skeleton_rows"].to_list() == [0, 60]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t[: len(t) // 2], "cut short, after line"),
        (
            lambda t: t.replace("\n25\n", "\n20\n", 1),
            "line 4: expected frames, bodies and 25 joints",
        ),
        (lambda t: t.replace("270.1", "x", 1), "expected 12 numbers for each joint"),
        (lambda t: "3\n0\n0\n0\n", "nobody in any of 3 frames"),
        (lambda t: t.replace(" 2\n", " 0\n"), "no joint was tracked"),
        (lambda t: "", "cut short, after line 0"),
    ],
)
def test_what_is_not_whole_is_named(tmp_path, change, message):
    file = write(tmp_path, alone(body(12, 0.1)))
    file.write_text(change(file.read_text()))
    with pytest.raises(FormatError, match=message) as caught:
        read(tmp_path)
    assert TAKE in str(caught.value)


def test_other_actions_folders_and_options(tmp_path):
    with pytest.raises(FormatError, match="holds no file named like"):
        read(tmp_path)
    write(tmp_path, alone(body(12, 0.1)), "S001C001P001R001A121")
    with pytest.raises(FormatError, match="expected an action from 1 to 120, got 121"):
        read(tmp_path)
    for options in ({"persons": 3}, {"rule": "confident"}):
        with pytest.raises(ConfigError, match=next(iter(options))):
            readers.get("ntu-rgbd", **options)


def test_the_published_halves_are_as_large_as_published():
    parts = readers.about("ntu-rgbd").splits
    sizes = {
        name: [len(next(iter(split[part].values()))) for part in ("train", "test")]
        for name, split in parts.items()
    }
    assert sizes == {
        "cross-subject-60": [20, 20],
        "cross-view-60": [2, 1],
        "cross-subject-120": [53, 53],
        "cross-setup-120": [16, 16],
    }
