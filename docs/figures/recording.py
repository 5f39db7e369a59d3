"""The recording that the figures show: a throw from UTD-MHAD, or the synthetic one without it."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinefuse import readers, skeleton


@dataclass(frozen=True)
class Shown:
    """One window of each modality, as augmentations are given it, and where it is from."""

    caption: str
    inertial: NDArray[np.float64]
    inertial_hz: float
    skeleton: NDArray[np.float64]
    skeleton_hz: float


def shown() -> Shown:
    """Read the recording."""
    root = os.environ.get("KINEFUSE_DATA")
    folder = Path(root) / "utd-mhad" if root else None
    if folder and folder.is_dir():
        reader, name, caption = readers.get("utd-mhad"), "a5_s1_t1", "A throw (UTD-MHAD, subject 1)"
        sources = reader.discover(folder)
    else:
        reader, caption = readers.get("synthetic", subjects=1, trials=1), "A synthetic movement"
        sources = reader.discover(Path())
        name = sources[0].name
    recording = reader.read(next(source for source in sources if source.name == name))
    by_modality = {stream.modality: stream for stream in reversed(recording.streams)}
    inertial, joints = by_modality["inertial"], by_modality["skeleton"]
    body = skeleton.normalize(np.asarray(joints.data), joints.layout or "kinect_v1", align="yaw")
    return Shown(
        caption, np.asarray(inertial.data), inertial.rate_hz or 50.0, body, joints.rate_hz or 30.0
    )
