"""Poses as JSON: OpenPose, COCO keypoints, MediaPipe."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.about import About
from kinefuse.readers.archives import list_files
from kinefuse.readers.listing import sample_names
from kinefuse.readers.pattern import read_naming
from kinefuse.readers.pose_frames import ImageId, Poses, load_poses
from kinefuse.readers.registry import Source

__all__ = ["PoseJson"]

Person = Literal["confident", "first"]
_WHO = ("subject", "activity", "session", "trial", "scene", "view")
# OpenPose writes a file a frame.
_FRAME = re.compile(r"(.+)_(\d{6,})_keypoints\.json")
_SIGNS = (b'"pose_keypoints_2d"', b'"keypoints"', b'"landmarks"', b'andmarks"', b'"visibility"')


class PoseJson:
    """Reads what pose estimators write: one person a clip, joints of confidence 0 missing.

    =========  ==================================================================  ===============
    of         a clip is                                                           layout
    =========  ==================================================================  ===============
    OpenPose   files ``{clip}_{frame:012d}_keypoints.json``, with ``people`` and   ``openpose18``
               their ``pose_keypoints_2d``; of BODY_25, the feet and the middle
               of the hips are left out
    COCO       a file with a list of results or with ``annotations``, each with    ``coco17``
               ``image_id``, ``keypoints`` and perhaps ``track_id``
    MediaPipe  a file with a list of frames, or with ``frames``; a frame is a      ``mediapipe33``
               list of 33 landmarks or has one as ``landmarks`` or
               ``pose_landmarks``, and perhaps ``timestamp_ms``
    =========  ==================================================================  ===============

    One modality, ``skeleton``: x and y in pixels, for MediaPipe x, y and z in widths of the image
    or, with ``world=True``, in metres. Frames in which nobody is are missing.

    Parameters
    ----------
    rate_hz : float
        Frames in a second.
    pattern : str, optional
        What the path of a clip, without ``.json``, tells: ``"{subject}/{activity}_{trial}"``, with
        the fields subject, activity, session, trial, scene and view. Clips with other paths are
        ignored and listed.
    fixed : dict of str to str, optional
        What is the same for all clips, as ``{"subject": "s1"}``.
    person : {"confident", "first"}
        Whom to take where there are several: who is surest, over the whole clip if the file tells
        people apart (``track_id``, ``person_id``), else in each frame; or who comes first.
    min_confidence : float
        Joints of less confidence are missing too.
    image_id : {"frame", "order", "ms"}
        What COCO's ``image_id`` counts: frames; nothing, only their order counts; or milliseconds.
    world : bool
        MediaPipe's ``pose_world_landmarks``.
    dataset : str, optional
        The data set's name; the reader's if not given.
    classes : sequence of str
        The activities in the order of their class numbers; others follow as they appear.

    Attributes
    ----------
    ignored : tuple of str
        JSON files that the last :meth:`discover` left out for their paths.

    Raises
    ------
    ConfigError
        Settings that make no sense or leave the subject open.

    Examples
    --------
    >>> from kinefuse import readers
    >>> reader = readers.get("pose-json", rate_hz=30, pattern="{subject}/{activity}_{trial}")
    >>> reader.settings()["person"]
    'confident'
    """

    name = "pose-json"
    about = About(
        title="poses as JSON: OpenPose, COCO keypoints, MediaPipe",
        source="Cao et al., TPAMI 2021; cocodataset.org, format of results; MediaPipe Pose",
        licence="that of the recordings",
        kind="format",
    )

    def __init__(
        self,
        *,
        rate_hz: float,
        pattern: str | None = None,
        fixed: Mapping[str, str] | None = None,
        person: Person = "confident",
        min_confidence: float = 0.0,
        image_id: ImageId = "frame",
        world: bool = False,
        dataset: str | None = None,
        classes: Sequence[str] = (),
    ) -> None:
        if not 0 < rate_hz < float("inf"):
            raise ConfigError(f"pose-json: rate_hz: expected a positive rate, got {rate_hz}")
        if not 0 <= min_confidence <= 1:
            raise ConfigError(f"pose-json: min_confidence: expected 0 to 1, got {min_confidence}")
        for what, value, known in (
            ("person", person, get_args(Person)),
            ("image_id", image_id, get_args(ImageId)),
        ):
            if value not in known:
                raise ConfigError(f"pose-json: {what}: expected one of {known}, got {value!r}")
        self._pattern, self._fixed = read_naming("pose-json", pattern, fixed, _WHO)
        self._rate_hz, self._min_confidence = float(rate_hz), float(min_confidence)
        self._person, self._image_id, self._world = person, image_id, world
        self._dataset = dataset or self.name
        self.classes = tuple(classes)
        self.ignored: tuple[str, ...] = ()
        self._settings = {
            "rate_hz": self._rate_hz,
            "pattern": pattern,
            "fixed": self._fixed,
            "person": person,
            "min_confidence": self._min_confidence,
            "image_id": image_id,
            "world": world,
            "dataset": self._dataset,
            "classes": list(classes),
        }

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why files look like poses, by the beginnings of the first few, or None."""
        top = path.resolve()
        names = [name for name in sample_names(path)[0] if name.lower().endswith(".json")]
        files = [top.parent / name for name in names[:20]] if top.is_dir() else [top]
        for file in files:
            if file.is_file() and file.suffix.lower() == ".json":
                with file.open("rb") as content:
                    beginning = content.read(1 << 16)
                if any(sign in beginning for sign in _SIGNS):
                    return f"{len(names)} .json files; {file.name} holds keypoints or landmarks"
        return None

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return self._settings

    def discover(self, path: Path) -> list[Source]:
        """List the clips by path."""
        if not path.exists():
            raise FileNotFoundError(f"pose-json: no such file or folder: {path}")
        clips: dict[str, list[tuple[int, Path]]] = {}
        for relative, file in list_files(path):
            if not relative.lower().endswith(".json"):
                continue
            frame = _FRAME.fullmatch(relative)
            clip, number = (frame[1], int(frame[2])) if frame else (relative[:-5], 0)
            clips.setdefault(clip, []).append((number, file))
        sources, ignored = [], []
        for clip, files in sorted(clips.items()):
            told = {} if self._pattern is None else self._pattern.match(clip)
            if told is None:
                ignored.append(f"{clip}.json" if len(files) == 1 else f"{clip}_*_keypoints.json")
                continue
            files.sort()
            info = {"who": {**self._fixed, **told}, "numbers": [number for number, _ in files]}
            sources.append(Source(clip, tuple(file for _, file in files), info))
        self.ignored = tuple(ignored)
        if not sources:
            raise FormatError(
                f"pose-json: {path} holds no .json"
                + (f" that fits the pattern; {len(ignored)} do not" if ignored else "")
            )
        return sources

    def read(self, source: Source) -> Recording:
        """Read one clip."""
        poses = load_poses(
            source.files, source.info["numbers"], image_id=self._image_id, world=self._world
        )
        counts: Counter[str] = Counter()
        joints, confidence = self._choose(poses, counts)
        joints[(confidence <= 0) | (confidence < self._min_confidence)] = np.nan
        if not np.isfinite(joints).any():
            raise FormatError(f"{source.files[0]}: no joint is known in any frame")
        who = source.info["who"]
        return Recording(
            id=source.name,
            dataset=self._dataset,
            subject=who["subject"],
            **{key: who.get(key) for key in _WHO if key != "subject"},
            streams=[
                Stream(
                    name="camera",
                    modality="skeleton",
                    data=joints,
                    channels=("x", "y", "z")[: joints.shape[2]],
                    units=poses.unit,
                    rate_hz=self._rate_hz,
                    time_s=poses.time_s,
                    layout=poses.layout,
                )
            ],
            counts=+counts,
        )

    def _choose(
        self, poses: Poses, counts: Counter[str]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the joints (T, J, D) of one person, and their confidence (T, J)."""
        there = np.isfinite(poses.confidence).any(axis=2)
        counts["frames_with_several_persons"] += int((there.sum(axis=0) > 1).sum())
        sure = np.nan_to_num(poses.confidence)
        frames = np.arange(there.shape[1])
        if self._person == "first":
            chosen = np.argmax(there, axis=0)
        elif poses.tracked:
            chosen = np.full(len(frames), int(np.argmax(sure.sum(axis=(1, 2)))))
        else:
            chosen = np.argmax(sure.mean(axis=2), axis=0)
        return poses.joints[chosen, frames], sure[chosen, frames]
