"""The synthetic people must be neither all alike nor beyond learning."""

import numpy as np
import pytest

from kinefuse import skeleton
from kinefuse.data import MotionStore, ingest, splits


def features(store, index):
    def fitted(x):
        x = x.reshape(len(x), -1)
        at = np.linspace(0, len(x) - 1, 50)
        return np.stack([np.interp(at, np.arange(len(x)), column) for column in x.T])

    rows = []
    for id_ in index["recording"]:
        joints = skeleton.normalize(
            store.read(id_, "skeleton"), skeleton.KINECT_V1, center="first", center_joint="spine"
        )
        rows.append(np.concatenate([fitted(store.read(id_, "inertial")), fitted(joints)]))
    x = np.stack(rows)
    x = (x - x.mean(axis=(0, 2), keepdims=True)) / x.std(axis=(0, 2), keepdims=True)
    inertial, joints = x[:, :12], x[:, 12:]
    parts = []
    for part in (inertial, joints):
        shape, rhythm = part, np.abs(np.fft.rfft(part, axis=2))[:, :, :14]
        parts += [p.reshape(len(p), -1) / np.sqrt(p[0].size) for p in (shape, rhythm)]
    return np.concatenate(parts, axis=1)


@pytest.mark.slow
def test_one_label_a_class_is_not_enough_for_the_nearest_neighbour(tmp_path):
    ingest("synthetic", tmp_path, tmp_path / "store")
    store = MotionStore(tmp_path / "store")
    index = store.window_index()
    x, label = features(store, index), index["label"].to_numpy()
    split = splits.by_subject(index, train=[1, 3, 5], validation=[7], test=[2, 4, 6, 8])
    test = split.test["window"].to_numpy().astype(int)

    def accuracy(labelled):
        known = labelled["window"].to_numpy().astype(int)
        apart = ((x[test][:, None] - x[known][None]) ** 2).sum(axis=2)
        return (label[known][apart.argmin(axis=1)] == label[test]).mean()

    one = np.mean([accuracy(splits.few_labels(split.train, per_class=1, seed=s)) for s in range(5)])
    everything = accuracy(split.train)
    assert 0.25 < one < 0.70
    assert one + 0.10 < everything < 0.95
