"""Two-view batches beside a torch DataLoader whose items are augmented with NumPy.

The data is a store on disk: UTD-MHAD (861 recordings) where KINEFUSE_DATA is set, else noise of the
same sizes. The peer has its windows in memory, prepared. The augmentations are those of CMC-CMKM.
Times are for one window, that is for two views.
"""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kinefuse.augment import inertial, skeleton
from kinefuse.data import BatchLoader, MotionStore, Prepare, ingest

N, T, BATCH = 861, 50, 64
PREPARE = {
    "inertial": Prepare(T, "fourier"),
    "skeleton": Prepare(T, "fourier", normalize={"layout": "kinect_v1"}),
}
PLANS = {
    "inertial": inertial.Jitter(1, p=0.75)
    | inertial.Scaling(1, p=0.75)
    | inertial.Permutation(3, p=0.75)
    | inertial.ChannelShuffle(p=0.75),
    "skeleton": skeleton.Jitter(0.1)
    | skeleton.CropResize(0.8, 0.9, resize="fourier", p=0.75)
    | skeleton.Scaling(low=0.7, high=1.2, p=0.75)
    | skeleton.Rotation(10, p=0.75)
    | skeleton.Shear(0.2, p=0.75),
}


class NoiseStore:
    """Noise on disk, one shard a modality, of the sizes of UTD-MHAD."""

    def __init__(self, folder, shapes):
        self.folder = folder
        rng = np.random.default_rng(0)
        columns = {"window": np.arange(N, dtype=np.uint64)}
        for name, (shape, low, high) in shapes.items():
            rows = rng.integers(low, high, N)
            np.save(folder / f"{name}.npy", rng.normal(size=(rows.sum(), *shape)).astype("<f4"))
            columns |= {
                f"{name}_shard": np.zeros(N, dtype=np.int64),
                f"{name}_start": np.cumsum(rows) - rows,
                f"{name}_rows": rows,
            }
        self.index = pl.DataFrame(columns)

    def array(self, modality, shard=0):
        return np.load(self.folder / f"{modality}.npy", mmap_mode="r")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory, pytestconfig):
    """A store on disk, and which rows make its windows: whole recordings."""
    folder = tmp_path_factory.mktemp("store")
    root = os.environ.get("KINEFUSE_DATA")
    if root and not pytestconfig.getoption("benchmark_disable"):
        ingest("utd-mhad", Path(root) / "utd-mhad", folder / "store")
        store = MotionStore(folder / "store")
        return store, store.window_index()
    store = NoiseStore(folder, {"inertial": ((6,), 107, 327), "skeleton": ((20, 3), 41, 126)})
    return store, store.index


def group_of(modality):
    return f"two-view batches of {BATCH} from a store, {modality}, one window"


def prepare_windows(recordings, modality):
    """All windows as the loader prepares them, not augmented, in the order of the store."""
    prepare = {modality: PREPARE[modality]}
    (batch,) = BatchLoader(*recordings, prepare=prepare, batch_size=N, shuffle=False)
    return batch[modality][0]


def check_alike(views, windows, augment):
    """Views of the same distribution: the median window is spread as the peer's is."""
    rng = np.random.default_rng(0)
    others = np.stack([augment(window, rng) for window in windows[: len(views)]])
    spread = [np.median(np.std(x.reshape(len(x), -1), axis=1)) for x in (views, others)]
    np.testing.assert_allclose(*spread, rtol=0.2)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("modality", ["inertial", "skeleton"])
def test_kinefuse(benchmark, recordings, modality, size):
    benchmark.group, epochs = group_of(modality), size(10)
    loader = BatchLoader(
        *recordings,
        prepare={modality: PREPARE[modality]},
        plans={modality: PLANS[modality]},
        n_views=2, batch_size=BATCH, drop_last=True,
    )  # fmt: skip

    views = next(iter(loader))[modality]
    windows = prepare_windows(recordings, modality)
    check_alike(views.reshape(-1, *views.shape[2:]), windows, NAIVE[modality])

    def run():
        for epoch in range(epochs):
            loader.set_epoch(epoch)
            for _ in loader:
                pass

    benchmark.extra_info["items"] = epochs * len(loader) * BATCH
    benchmark.pedantic(run, rounds=5, warmup_rounds=1)


def naive_inertial(x, rng):
    """Jitter, scaling, permutation of time, shuffle of channels; (C, T)."""
    if rng.random() < 0.75:
        x = x + rng.normal(size=x.shape)
    if rng.random() < 0.75:
        x = x * rng.normal(1, 1, size=(len(x), 1))
    if rng.random() < 0.75:
        parts = np.array_split(np.arange(T), rng.integers(1, 4))
        rng.shuffle(parts)
        x = x[:, np.concatenate(parts)]
    if rng.random() < 0.75:
        x = x[rng.permutation(len(x))]
    return x.astype(np.float32)


def naive_skeleton(x, rng):
    """Jitter, crop and Fourier resize, scaling, rotation, shear; (D, T, J)."""
    from scipy.signal import resample

    x = x + rng.normal(0, 0.1, size=x.shape)
    if rng.random() < 0.75:
        length = int(rng.uniform(0.8, 0.9) * T)
        start = rng.integers(0, T - length + 1)
        x = resample(x[:, start : start + length], T, axis=1)
    if rng.random() < 0.75:
        x = x * rng.uniform(0.7, 1.2, size=(3, 1, 1))
    if rng.random() < 0.75:
        (a, b, c) = np.radians(rng.uniform(-10, 10, size=3))
        rx = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
        ry = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
        rz = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
        x = np.einsum("de,etj->dtj", rx @ ry @ rz, x)
    if rng.random() < 0.75:
        s = rng.normal(0, 0.2, size=(3, 1, 1))
        x = x + s * (x.sum(axis=0) - x)
    return x.astype(np.float32)


NAIVE = {"inertial": naive_inertial, "skeleton": naive_skeleton}


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("modality", ["inertial", "skeleton"])
def test_torch_dataloader(benchmark, recordings, modality, workers):
    """Windows are prepared once; only the views are made in the loop."""
    pytest.importorskip("scipy")
    data = pytest.importorskip("torch.utils.data")
    benchmark.group = group_of(modality)
    benchmark.extra_info["by"] = f"torch DataLoader, {workers} workers"
    windows, augment = prepare_windows(recordings, modality), NAIVE[modality]

    class Windows(data.Dataset):
        def __len__(self):
            return N

        def __getitem__(self, i):
            rng = np.random.default_rng()
            return augment(windows[i], rng), augment(windows[i], rng)

    loader = data.DataLoader(
        Windows(), batch_size=BATCH, shuffle=True, drop_last=True,
        num_workers=workers, persistent_workers=workers > 0,
    )  # fmt: skip

    def run():
        for _ in loader:
            pass

    benchmark.extra_info["items"] = len(loader) * BATCH
    benchmark.pedantic(run, rounds=3, warmup_rounds=1)
