"""The persons in each frame of a clip, as pose estimators write them down."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kinefuse.errors import FormatError
from kinefuse.skeleton import COCO17, MEDIAPIPE33, OPENPOSE18

__all__ = ["ImageId", "Poses", "load_poses"]

ImageId = Literal["frame", "order", "ms"]
_LAYOUTS = {len(layout.joints): layout.name for layout in (COCO17, OPENPOSE18, MEDIAPIPE33)}
# OpenPose's BODY_25 in the order of its COCO model, which has no middle of the hips and no feet.
_BODY_25 = (*range(8), *range(9, 19))
_MOST_FRAMES = 10_000_000
_LANDMARKS = ("pose_landmarks", "poseLandmarks", "landmarks", "keypoints")
_WORLD = ("pose_world_landmarks", "poseWorldLandmarks", "world_landmarks")

#: One person in one frame: which frame, who (None where nobody says), (J, D + 1) with confidence.
Sight = tuple[int, Any, NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Poses:
    """The joints of everybody in a clip.

    Parameters
    ----------
    joints : (P, T, J, D) array of float64
    confidence : (P, T, J) array of float64
        NaN where a person is not in a frame.
    layout, unit : str
    tracked : bool
        Whether persons keep their numbers from frame to frame.
    time_s : (T,) array of float64, optional
        Where the file has stamps.
    """

    joints: NDArray[np.float64]
    confidence: NDArray[np.float64]
    layout: str
    unit: str
    tracked: bool
    time_s: NDArray[np.float64] | None = None


def load_poses(
    files: Sequence[Path],
    numbers: Sequence[int],
    *,
    image_id: ImageId = "frame",
    world: bool = False,
) -> Poses:
    """Read one clip, whichever estimator wrote it.

    Parameters
    ----------
    files : sequence of Path
        One, or one for each frame as OpenPose writes them.
    numbers : sequence of int
        The numbers of the frames, one a file.
    image_id : {"frame", "order", "ms"}
        What COCO's ``image_id`` counts.
    world : bool
        MediaPipe's landmarks in metres instead of those in the image.

    Returns
    -------
    Poses

    Raises
    ------
    FormatError
        A file is no JSON or none of the known kinds, a pose has another number of joints, nobody is
        in any frame.

    Examples
    --------
    >>> pose = {"image_id": 7, "category_id": 1, "keypoints": [10, 20, 0.5] * 17, "score": 0.9}
    >>> _ = Path("clip.json").write_text(json.dumps([pose]))
    >>> load_poses([Path("clip.json")], [0]).joints.shape
    (1, 1, 17, 2)
    """
    first = _json(files[0])
    if isinstance(first, dict) and "people" in first:
        sights: list[Sight] = []
        for i, (file, number) in enumerate(zip(files, numbers, strict=True)):
            sights += _openpose(file, first if i == 0 else _json(file), number - numbers[0])
        return _together(files[0], sights, numbers[-1] - numbers[0] + 1, "px")
    if len(files) > 1:
        raise FormatError(f"{files[0]}: expected 'people', as OpenPose writes a file a frame")
    (file,) = files
    if isinstance(first, dict) and "annotations" in first:
        return _coco(file, first["annotations"], first.get("images"), image_id)
    if isinstance(first, list) and any(isinstance(e, dict) and "image_id" in e for e in first):
        return _coco(file, first, None, image_id)
    return _mediapipe(file, first, world)


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except ValueError as error:
        raise FormatError(f"{file}: not JSON ({error})") from error


def _openpose(file: Path, content: Any, frame: int) -> list[Sight]:
    people = content.get("people") if isinstance(content, dict) else None
    if not isinstance(people, list):
        raise FormatError(f"{file}: expected a list of 'people'")
    found: list[Sight] = []
    for person in people:
        pose = _triples(file, f"frame {frame}", person, "pose_keypoints_2d")
        identity = person.get("person_id", [-1])
        identity = identity[0] if isinstance(identity, list) and identity else identity
        known = isinstance(identity, int) and identity >= 0
        found.append((frame, identity if known else None, pose))
    return found


def _coco(file: Path, results: Any, images: Any, image_id: ImageId) -> Poses:
    if not isinstance(results, list) or not results:
        raise FormatError(f"{file}: expected results, each with image_id and keypoints; got none")
    ids = []
    for i, result in enumerate(results):
        if not isinstance(result, dict) or "image_id" not in result:
            raise FormatError(f"{file}: result {i + 1}: expected an image_id")
        ids.append(_number(file, result["image_id"]))
    every = {*ids, *(_number(file, image.get("id")) for image in images or ())}
    ordered = sorted(every)
    time_s = None
    if image_id == "frame":
        n_frames = ordered[-1] - ordered[0] + 1
        if n_frames > 100 + 10 * len(ordered):
            raise FormatError(
                f"{file}: image_id goes from {ordered[0]} to {ordered[-1]} for {len(ordered)} "
                "images; say what it counts with image_id='order' or 'ms'"
            )
        place = {number: number - ordered[0] for number in ordered}
    else:
        n_frames = len(ordered)
        place = {number: i for i, number in enumerate(ordered)}
        time_s = np.array(ordered) / 1000 if image_id == "ms" else None
    sights = [
        (
            place[number],
            result.get("track_id"),
            _triples(file, f"result {i + 1}", result, "keypoints"),
        )
        for i, (number, result) in enumerate(zip(ids, results, strict=True))
    ]
    return _together(file, sights, n_frames, "px", time_s)


def _mediapipe(file: Path, content: Any, world: bool) -> Poses:
    frames = content.get("frames") if isinstance(content, dict) else content
    if not isinstance(frames, list):
        raise FormatError(
            f"{file}: expected poses of OpenPose ('people'), COCO ('annotations', or a list with "
            "'image_id') or MediaPipe ('frames', or a list of them)"
        )
    keys = _WORLD if world else _LANDMARKS
    sights: list[Sight] = []
    stamps = []
    for i, frame in enumerate(frames):
        marks = frame
        if isinstance(frame, dict):
            stamps.append(frame.get("timestamp_ms"))
            marks = next((frame[key] for key in keys if frame.get(key)), None)
        elif world:
            raise FormatError(f"{file}: frame {i}: expected {_WORLD[0]}, got a plain list")
        # The newer task gives a list of persons, each a list of landmarks.
        people = marks if marks and isinstance(marks[0], list) and _is_pose(marks[0]) else [marks]
        sights += [(i, None, _landmarks(file, i, pose)) for pose in people if pose]
    time_s = None
    if len(stamps) == len(frames) and all(isinstance(s, int | float) for s in stamps):
        time_s = np.array(stamps, dtype=np.float64) / 1000
    return _together(file, sights, len(frames), "m" if world else "1", time_s)


def _is_pose(marks: list[Any]) -> bool:
    return bool(marks) and isinstance(marks[0], dict | list)


def _landmarks(file: Path, frame: int, marks: Any) -> NDArray[np.float64]:
    try:
        values = [
            [m["x"], m["y"], m["z"], m.get("visibility", 1.0)] if isinstance(m, dict) else m
            for m in marks
        ]
        pose = np.array(values, dtype=np.float64)
    except (KeyError, TypeError, ValueError):
        pose = np.empty(0)
    if pose.ndim != 2 or pose.shape[0] not in _LAYOUTS or pose.shape[1] != 4:
        raise FormatError(f"{file}: frame {frame}: expected 33 landmarks of x, y, z and visibility")
    return pose


def _triples(file: Path, where: str, person: Any, key: str) -> NDArray[np.float64]:
    values = person.get(key) if isinstance(person, dict) else None
    try:
        pose = np.array(values, dtype=np.float64).reshape(-1, 3)
    except (TypeError, ValueError):
        pose = np.empty((0, 3))
    if len(pose) == 25:
        pose = pose[list(_BODY_25)]
    if len(pose) not in _LAYOUTS:
        known = ", ".join(map(str, sorted({*_LAYOUTS, 25})))
        raise FormatError(
            f"{file}: {where}: {key}: expected x, y and confidence for {known} joints"
        )
    return pose


def _number(file: Path, image: Any) -> int:
    digits = re.findall(r"\d+", str(image))
    if not digits or isinstance(image, bool | float):
        raise FormatError(f"{file}: image_id: expected a number, or a name with one, got {image!r}")
    return int(digits[-1])


def _together(
    file: Path,
    sights: list[Sight],
    n_frames: int,
    unit: str,
    time_s: NDArray[np.float64] | None = None,
) -> Poses:
    if not sights:
        raise FormatError(f"{file}: nobody in any of {n_frames} frames")
    if n_frames > _MOST_FRAMES:
        raise FormatError(f"{file}: expected at most {_MOST_FRAMES} frames, got {n_frames}")
    sizes = {pose.shape for _, _, pose in sights}
    if len(sizes) > 1:
        raise FormatError(f"{file}: expected poses of one kind, got {sorted(sizes)} numbers")
    ((n_joints, width),) = sizes
    tracked = all(who is not None for _, who, _ in sights)
    people: dict[Any, int] = {}
    in_frame: dict[int, int] = {}
    places = []
    for frame, who, _ in sights:
        if tracked:
            places.append(people.setdefault(who, len(people)))
        else:
            places.append(in_frame.get(frame, 0))
            in_frame[frame] = places[-1] + 1
    values = np.full((max(places) + 1, n_frames, n_joints, width), np.nan)
    for place, (frame, _, pose) in zip(places, sights, strict=True):
        values[place, frame] = pose
    return Poses(
        joints=values[..., :-1].copy(),
        confidence=values[..., -1].copy(),
        layout=_LAYOUTS[n_joints],
        unit=unit,
        tracked=tracked,
        time_s=time_s,
    )
