import json

import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import ConfigError, FormatError

RNG = np.random.default_rng(0)
WHO = {"rate_hz": 30.0, "pattern": "{subject}/{activity}_{trial}"}


def pose(n, sure=0.9):
    """Return one person: x, y and a confidence for each joint."""
    return np.column_stack([RNG.uniform(0, 640, (n, 2)).round(2), np.full(n, sure)])


def flat(values):
    return [float(v) for v in np.ravel(values)]


def put(path, name, content):
    file = path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))


def openpose(path, frames, clip="s1/wave_2", first=0, **more):
    for i, people in enumerate(frames):
        content = {
            "version": 1.3,
            "people": [{"pose_keypoints_2d": flat(p)} | more for p in people],
        }
        put(path, f"{clip}_{first + i:012d}_keypoints.json", content)


def read(path, **options):
    reader = readers.get("pose-json", **(WHO | options))
    return [reader.read(source) for source in reader.discover(path)], reader


def test_openpose_is_a_file_a_frame(tmp_path):
    frames = [[pose(18)] for _ in range(20)]
    frames[3][0][5, 2] = 0
    frames[7] = []
    openpose(tmp_path, frames, first=100)
    (recording,), _ = read(tmp_path)
    assert (recording.subject, recording.activity, recording.trial) == ("s1", "wave", "2")
    (stream,) = recording.streams
    assert (stream.layout, stream.units, stream.rate_hz) == ("openpose18", ("px",) * 2, 30.0)
    np.testing.assert_array_equal(stream.data[0], frames[0][0][:, :2])
    gone = np.isnan(stream.data).all(axis=2)
    assert gone[7].all()
    assert gone[3].tolist() == [joint == 5 for joint in range(18)]
    assert gone.sum() == 19


def test_body_25_loses_its_feet(tmp_path):
    frames = [[pose(25)] for _ in range(3)]
    openpose(tmp_path, frames)
    (recording,), _ = read(tmp_path)
    (stream,) = recording.streams
    assert stream.layout == "openpose18"
    np.testing.assert_array_equal(stream.data[:, 1], [frame[0][1, :2] for frame in frames])
    np.testing.assert_array_equal(stream.data[:, 8], [frame[0][9, :2] for frame in frames])


def test_of_several_the_surest_is_taken_in_each_frame_or_the_first(tmp_path):
    frames = [[pose(18, 0.5), pose(18, 0.8)] for _ in range(4)]
    frames[2].reverse()
    openpose(tmp_path, frames)
    (sure,), _ = read(tmp_path)
    (first,), _ = read(tmp_path, person="first")
    expected = [frame[0 if i == 2 else 1][:, :2] for i, frame in enumerate(frames)]
    np.testing.assert_array_equal(sure.streams[0].data, expected)
    np.testing.assert_array_equal(first.streams[0].data, [frame[0][:, :2] for frame in frames])
    assert sure.counts == {"frames_with_several_persons": 4}


def test_less_confidence_than_asked_is_missing(tmp_path):
    frames = [[pose(18, 0.3)], [pose(18, 0.7)]]
    openpose(tmp_path, frames)
    (recording,), _ = read(tmp_path, min_confidence=0.5)
    assert np.isnan(recording.streams[0].data).all(axis=(1, 2)).tolist() == [True, False]


def results(frames, track=None):
    return [
        {"image_id": i, "category_id": 1, "keypoints": flat(p), "score": 0.9}
        | ({"track_id": track[j]} if track else {})
        for i, people in frames.items()
        for j, p in enumerate(people)
    ]


def test_coco_results_and_annotations(tmp_path):
    frames = {i: [pose(17)] for i in (4, 5, 7)}
    put(tmp_path, "s1/run_1.json", results(frames))
    put(tmp_path, "s1/run_2.json", {"images": [{"id": 3}], "annotations": results(frames)})
    (one, two), _ = read(tmp_path)
    assert one.streams[0].layout == "coco17"
    assert one.streams[0].data.shape == (4, 17, 2)
    np.testing.assert_array_equal(one.streams[0].data[3], frames[7][0][:, :2])
    assert np.isnan(one.streams[0].data[2]).all()
    assert two.streams[0].data.shape == (5, 17, 2)


def test_coco_numbers_may_be_stamps_names_or_only_an_order(tmp_path):
    stamps = {1_648_531_522_000 + 40 * i: [pose(17)] for i in range(5)}
    put(tmp_path, "s1/run_1.json", results(stamps))
    with pytest.raises(FormatError, match="say what it counts with image_id='order' or 'ms'"):
        read(tmp_path)
    (timed,), _ = read(tmp_path, image_id="ms")
    np.testing.assert_allclose(timed.streams[0].time_s, [s / 1000 for s in stamps])
    (ordered,), _ = read(tmp_path, image_id="order")
    assert len(ordered.streams[0].data) == 5
    assert ordered.streams[0].time_s is None
    named = [r | {"image_id": f"{i:06}.jpg"} for i, r in enumerate(results(stamps))]
    put(tmp_path, "s1/run_1.json", named)
    (recording,), _ = read(tmp_path)
    assert len(recording.streams[0].data) == 5


def test_tracked_people_are_kept_apart(tmp_path):
    frames = {i: [pose(17, 0.6), pose(17, 0.7)] for i in range(6)}
    frames[2][0][:, 2] = 1.0  # surer in one frame, not in the clip
    put(tmp_path, "s1/run_1.json", results(frames, track=[8, 9]))
    (recording,), _ = read(tmp_path)
    np.testing.assert_array_equal(
        recording.streams[0].data, [people[1][:, :2] for people in frames.values()]
    )


def marks(visibility=0.9):
    return [
        {"x": x, "y": y, "z": z, "visibility": visibility}
        for x, y, z in RNG.uniform(0, 1, (33, 3)).round(4).tolist()
    ]


def xyz(landmarks):
    return [[m["x"], m["y"], m["z"]] for m in landmarks]


def test_mediapipe_in_the_shapes_it_is_saved_in(tmp_path):
    frames = [marks() for _ in range(4)]
    rows = [[[m["x"], m["y"], m["z"], m["visibility"]] for m in f] for f in frames]
    put(tmp_path, "s1/sit_1.json", frames)
    put(tmp_path, "s1/sit_2.json", {"frames": [{"landmarks": f} for f in frames]})
    put(
        tmp_path,
        "s1/sit_3.json",
        [{"pose_landmarks": [f], "timestamp_ms": 33 * i} for i, f in enumerate(frames)],
    )
    put(tmp_path, "s1/sit_4.json", rows)
    found, _ = read(tmp_path)
    for recording in found:
        (stream,) = recording.streams
        assert (stream.layout, stream.units) == ("mediapipe33", ("1",) * 3)
        np.testing.assert_array_equal(stream.data, [xyz(f) for f in frames])
    np.testing.assert_allclose(found[2].streams[0].time_s, np.arange(4) * 0.033)


def test_mediapipe_in_metres_and_frames_without_anybody(tmp_path):
    world = [marks() for _ in range(3)]
    frames = [{"pose_landmarks": marks(), "pose_world_landmarks": w} for w in world]
    frames.insert(1, {"pose_landmarks": None, "pose_world_landmarks": None})
    put(tmp_path, "s1/sit_1.json", frames)
    (recording,), _ = read(tmp_path, world=True)
    (stream,) = recording.streams
    assert stream.units == ("m",) * 3
    np.testing.assert_array_equal(stream.data[[0, 2, 3]], [xyz(w) for w in world])
    assert np.isnan(stream.data[1]).all()


def test_a_store_of_poses(tmp_path):
    openpose(tmp_path, [[pose(18)] for _ in range(40)])
    openpose(tmp_path, [[pose(18)] for _ in range(40)], clip="s2/wave_1")
    report = ingest(readers.get("pose-json", **WHO), tmp_path, tmp_path / "store")
    assert (report.recordings, report.failed, report.subjects) == (2, (), 2)
    assert MotionStore(tmp_path / "store").schema["skeleton"].layout == "openpose18"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ("3", "expected poses of OpenPose"),
        ({"a": 1}, "expected poses of OpenPose"),
        ([], "nobody in any of 0 frames"),
        ({"people": 3}, "a list of 'people'"),
        ({"people": [{"pose_keypoints_2d": [1, 2, 3]}]}, "x, y and confidence for 17, 18, 25"),
        ({"people": [{}]}, "x, y and confidence"),
        ({"annotations": []}, "expected results"),
        ({"annotations": [{"keypoints": [1]}]}, "result 1: expected an image_id"),
        ([{"image_id": "x", "keypoints": []}], "image_id: expected a number"),
        ([{"image_id": 1, "keypoints": ["a"] * 51}], "result 1: keypoints"),
        ([[{"x": 1}]], "frame 0: expected 33 landmarks"),
        ([[[1, 2, 3, 0.5]] * 32], "frame 0: expected 33 landmarks"),
        ([{"image_id": 1, "keypoints": [0] * 51}], "no joint is known"),
    ],
)
def test_other_json_is_refused_by_name(tmp_path, content, message):
    put(tmp_path, "s1/run_1.json", content)
    with pytest.raises(FormatError, match=message) as caught:
        read(tmp_path)
    assert "run_1.json" in str(caught.value)


def test_poses_are_recognized_by_what_files_begin_with(tmp_path):
    put(tmp_path, "notes.json", {"a": 1})
    assert readers.recognize(tmp_path) == []
    openpose(tmp_path, [[pose(18)]])
    (match,) = readers.recognize(tmp_path)
    assert match.reader == "pose-json"
    assert "_keypoints.json holds keypoints or landmarks" in match.reason


def test_paths_and_settings(tmp_path):
    put(tmp_path, "clip.json", [marks()])
    with pytest.raises(FormatError, match=r"holds no \.json that fits the pattern; 1 do not"):
        read(tmp_path)
    (recording,), _ = read(tmp_path, pattern=None, fixed={"subject": "7"})
    assert (recording.id, recording.subject) == ("clip", "7")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nowhere")
    for options, message in (
        ({"rate_hz": 0}, "rate_hz"),
        ({"rate_hz": 30}, "nothing tells the subject"),
        (WHO | {"person": "last"}, "person"),
        (WHO | {"image_id": "s"}, "image_id"),
        (WHO | {"min_confidence": 2}, "min_confidence"),
        (WHO | {"fixed": {"who": "x"}}, "fixed"),
    ):
        with pytest.raises(ConfigError, match=message):
            readers.get("pose-json", **options)
