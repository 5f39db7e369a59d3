from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from kinefuse.data import MotionStore, Recording, Stream, ingest
from kinefuse.readers import Source
from kinefuse.recipe import Recipe
from kinefuse.skeleton import KINECT_V1

SUBJECTS, CLASSES, TRIALS = ("1", "2", "3", "4"), ("slow", "middle", "fast"), 5


@dataclass
class Waves:
    """Hands that swing at three speeds, each subject with its own stride and size."""

    name: str = "waves"
    classes: tuple[str, ...] = CLASSES
    without_skeleton: tuple[str, ...] = ()
    units: tuple[str, ...] = ("g", "g", "g", "rad/s", "rad/s", "rad/s")

    def discover(self, path):
        return [
            Source(f"s{s}_{c}_t{t}", (), {"subject": s, "activity": c, "trial": t})
            for s in SUBJECTS
            for c in CLASSES
            for t in range(TRIALS)
        ]

    def read(self, source):
        subject, activity, trial = source.info.values()
        seed = [int(subject), CLASSES.index(activity), trial]
        random = np.random.default_rng(seed)
        hz = (0.7 + CLASSES.index(activity)) * random.uniform(0.9, 1.1)
        time = np.arange(100) / 50
        phase = random.uniform(0, 6)
        acc = np.sin(2 * np.pi * hz * time + phase)[:, None] * [1.0, 0.5, 0.2] + [0, 0, 1]
        inertial = np.hstack([acc, acc[:, ::-1]]) + random.normal(0, 0.2, (100, 6))
        frames = np.arange(60) / 30
        swing = np.sin(2 * np.pi * hz * frames + phase)
        body = np.random.default_rng(int(subject)).normal(0, 0.3, (20, 3)) + np.eye(20, 3) * 2
        joints = np.repeat(body[None], 60, axis=0)
        joints[:, 7, 1] += swing
        joints[:, 11, 1] -= swing
        joints += random.normal(0, 0.02, joints.shape)
        streams = [
            Stream(
                name="wrist",
                modality="inertial",
                data=inertial,
                channels=("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"),
                units=self.units,
                rate_hz=50.0,
            )
        ]
        if source.name not in self.without_skeleton:
            streams.append(
                Stream(
                    name="kinect",
                    modality="skeleton",
                    data=joints,
                    channels=("x", "y", "z"),
                    units="m",
                    rate_hz=30.0,
                    layout=KINECT_V1.name,
                )
            )
        return Recording(
            id=source.name,
            dataset="waves",
            subject=subject,
            activity=activity,
            trial=str(trial),
            streams=tuple(streams),
        )

    def settings(self):
        return {"without_skeleton": list(self.without_skeleton), "units": list(self.units)}


def make_store(folder, **settings):
    """Ingest the waves, some of them without a skeleton or in other units."""
    ingest(Waves(**settings), Path(folder), folder / "store")
    return MotionStore(folder / "store")


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    return make_store(tmp_path_factory.mktemp("waves"))


@pytest.fixture(scope="session", name="make_store")
def _make_store():
    return make_store


@pytest.fixture
def make():
    return make_store


@pytest.fixture(scope="session")
def recipe():
    """A recipe for the waves that trains in a second or two."""
    light = {"name": "light_co_occurrence", "widths": [8, 4, 8, 16, 24]}
    return Recipe.load(
        "utd-mhad-cmc",
        {
            "name": "waves",
            "split.train": ["1", "2"],
            "split.validation": ["3"],
            "split.test": ["4"],
            "modalities.inertial.prepare.length": 40,
            "modalities.inertial.encoder.width": 8,
            "modalities.skeleton.prepare.length": 16,
            "modalities.skeleton.encoder": light,
            "pretrain.epochs": 12,
            "pretrain.batch_size": 10,
            "finetune.epochs": 6,
            "finetune.batch_size": 20,
            "finetune.hidden": 16,
            "supervised.epochs": 10,
            "supervised.min_steps": 60,
            "supervised.batch_size": 10,
        },
    )


@pytest.fixture(scope="session")
def clmm(recipe):
    """The miniature of CLMM's recipe, both stages."""
    values = recipe.to_dict()
    del values["finetune"]
    values["method"] = "clmm"
    values["pretrain"]["contrast"] = {"views": "mix"}
    small = {"width": 16, "heads": 2, "hidden": 16}
    values["modalities"]["inertial"]["encoder"] = {"name": "cnn_diff_transformer", **small}
    values["modalities"]["skeleton"]["encoder"] = {
        "name": "skeleton_cnn_diff_transformer",
        "widths": [8, 4, 8, 16, 16],
        **small,
    }
    values["collaborative"] = {
        "epochs": 20,
        "batch_size": 10,
        "lr": 2e-3,
        "encoder_lr": 1e-3,
        "hidden": 16,
        "mixup": 0.5,
        "propagate": {"components": 4},
    }
    return Recipe.from_dict(values)
