"""The loader against naive loops, and its promises about randomness, threads and processes."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import kinefuse
from kinefuse import skeleton
from kinefuse.augment import inertial
from kinefuse.augment import skeleton as skeleton_steps
from kinefuse.data import ArrayStore, BatchLoader, Prepare, channel_statistics
from kinefuse.errors import ConfigError, DtypeError, FormatError, InputError, ShapeError

N = 70
LINUX = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc")


class NpyStore:
    """Two shards of a modality, as the store writes them."""

    def __init__(self, folder, data):
        self.paths = {}
        columns = {"window": np.arange(1000, 1000 + N, dtype=np.uint64), "label": np.arange(N) % 5}
        for name, windows in data.items():
            self.paths[name] = []
            shard = np.arange(N) % 2
            rows = np.array([len(x) for x in windows])
            start = np.zeros(N, dtype=np.int64)
            for k in (0, 1):
                path = folder / f"{name}-{k:05d}.npy"
                chosen = np.flatnonzero(shard == k)
                np.save(path, np.concatenate([windows[i] for i in chosen]))
                start[chosen] = np.cumsum(rows[chosen]) - rows[chosen]
                self.paths[name].append(path)
            columns |= {f"{name}_shard": shard, f"{name}_start": start, f"{name}_rows": rows}
        self.index = pl.DataFrame(columns)

    def array(self, modality, shard=0):
        return np.load(self.paths[modality][shard], mmap_mode="r")


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    lengths = rng.integers(20, 90, size=N)
    return {
        "inertial": [rng.normal(size=(t, 6)).astype(np.float32) for t in lengths],
        "skeleton": [rng.normal(size=(t // 2, 20, 3)).astype(np.float32) for t in lengths],
    }


@pytest.fixture(scope="module")
def store(data, tmp_path_factory):
    return NpyStore(tmp_path_factory.mktemp("store"), data)


PREPARE = {
    "inertial": Prepare(50, mean=np.arange(6) / 10, std=np.arange(1, 7) / 3),
    "skeleton": Prepare(32, normalize={"layout": "kinect_v1", "scale_over": "mean"}, std=2.0),
}
PLANS = {
    "inertial": inertial.Jitter(0.1, p=0.7) | inertial.Rotation(20),
    "skeleton": skeleton_steps.Jitter(0.1) | skeleton_steps.Scaling(0.2, p=0.5),
}


def linear(x, n):
    """Endpoints kept, straight lines between samples."""
    flat = x.reshape(len(x), -1).astype(np.float64)
    at = np.linspace(0, len(x) - 1, n)
    columns = [np.interp(at, np.arange(len(x)), c) for c in flat.T]
    return np.stack(columns, axis=1).reshape(n, *x.shape[1:])


def naive(x, prepare):
    """One prepared window, coordinates first."""
    x = x.astype(np.float64)
    if prepare.normalize:
        x = skeleton.normalize(x, **prepare.normalize)
    if prepare.length is not None and prepare.resize == "linear":
        x = linear(x, prepare.length)
    elif prepare.length is not None and prepare.resize == "fourier":
        x = pytest.importorskip("scipy.signal").resample(x, prepare.length, axis=0)
    if prepare.mean is not None:
        x = x - np.asarray(prepare.mean)
    if prepare.std is not None:
        x = x / np.asarray(prepare.std)
    return np.moveaxis(x, -1, 0)


def by_view(loader):
    """Bytes of every view, by modality, window and number; and the order of the windows."""
    views, order = {}, []
    for batch in loader:
        order += batch.window.tolist()
        for name, values in batch.items():
            for v, of_view in enumerate(values):
                for window, view in zip(batch.window.tolist(), of_view, strict=True):
                    views[name, window, v] = view.tobytes()
    return views, order


@pytest.mark.parametrize("resize", ["linear", "fourier"])
def test_every_stage_against_a_naive_loop(store, data, resize):
    prepare = {
        name: Prepare(p.length, resize, p.normalize, p.mean, p.std) for name, p in PREPARE.items()
    }
    loader = BatchLoader(store, store.index, prepare=prepare, shuffle=False, batch_size=7)
    place = 0
    for batch in loader:
        assert set(batch) == {"inertial", "skeleton"}
        assert batch["inertial"].shape == (1, batch.size, 6, 50)
        assert batch["skeleton"].shape == (1, batch.size, 3, 32, 20)
        for b in range(batch.size):
            assert batch.window[b] == 1000 + place
            assert batch.label[b] == place % 5
            for name in batch:
                expected = naive(data[name][place], prepare[name])
                np.testing.assert_allclose(batch[name][0, b], expected, rtol=2e-5, atol=2e-5)
            place += 1
    assert place == N


def test_windows_inside_a_recording(tmp_path):
    x = np.arange(60, dtype=np.float32).reshape(20, 3)
    np.save(tmp_path / "x.npy", x)

    class Store:
        def array(self, modality, shard=0):
            return np.load(tmp_path / "x.npy", mmap_mode="r")

    index = pl.DataFrame(
        {
            "window": [5, 9],
            "inertial_shard": [0, 0],
            "inertial_start": [2, 15],
            "inertial_rows": [5, 5],
        }
    )
    (batch,) = BatchLoader(Store(), index, prepare={"inertial": Prepare()}, shuffle=False)
    np.testing.assert_array_equal(batch["inertial"][0], [x[2:7].T, x[15:20].T])
    assert batch.window.tolist() == [5, 9]
    assert batch.label.tolist() == [-1, -1]


def test_views_depend_on_seed_epoch_window_view_and_modality_only(store):
    def views(*, threads=2, index=None, epoch=3, prepare=None, **settings):
        kinefuse.set_num_threads(threads)
        settings = {"n_views": 2, "batch_size": 64, "seed": 11} | settings
        prepare = PREPARE if prepare is None else prepare
        loader = BatchLoader(
            store,
            store.index if index is None else index,
            prepare=prepare,
            plans={name: PLANS[name] for name in prepare},
            **settings,
        )
        loader.set_epoch(epoch)
        return by_view(loader)

    before = kinefuse.num_threads()
    try:
        expected, order = views()
        assert sorted(order) == list(range(1000, 1000 + N))
        assert order != sorted(order)
        for settings in (
            {"threads": 1}, {"threads": 5}, {"batch_size": 1}, {"batch_size": 7},
            {"prefetch": 0}, {"prefetch": 9}, {"cache_bytes": 0}, {"cache_bytes": 100_000},
        ):  # fmt: skip
            assert views(**settings) == (expected, order), settings
        assert views(shuffle=False)[0] == expected
        assert views(index=store.index.reverse())[0] == expected
        assert views(n_views=3)[0].items() > expected.items()
        few, _ = views(index=store.index[10:20], prepare={"skeleton": PREPARE["skeleton"]})
        assert len(few) == 20
        assert few.items() < expected.items()
        for other in ({"seed": 12}, {"epoch": 4}):
            changed, changed_order = views(**other)
            assert all(changed[key] != expected[key] for key in expected), other
            assert changed_order != order
        assert all(expected["inertial", w, 0] != expected["inertial", w, 1] for w in order)
    finally:
        kinefuse.set_num_threads(before)


def test_shared_steps_are_synchronous():
    ramp = np.linspace(0, 1, 40)[:, None]
    loader = BatchLoader.from_arrays(
        {"inertial": [ramp] * 30, "other": [ramp] * 30},
        plans={name: inertial.CropResize(0.5, shared=True) for name in ("inertial", "other")},
    )
    (batch,) = loader
    np.testing.assert_array_equal(batch["inertial"], batch["other"])
    assert np.ptp(batch["inertial"][..., 0]) > 0.1


def test_shared_mirrors_turn_all_modalities_of_a_view_or_none():
    x = np.random.default_rng(0).normal(size=(40, 10, 6))
    body = np.random.default_rng(1).normal(size=(40, 10, 20, 3))
    loader = BatchLoader.from_arrays(
        {"inertial": x, "skeleton": body},
        plans={
            "inertial": inertial.Jitter(0.0)
            | inertial.Mirror(("acc", "gyro"), "z", p=0.5, shared=True),
            "skeleton": skeleton_steps.Mirror("kinect_v1", "x", p=0.5, shared=True),
        },
        n_views=2,
    )
    (batch,) = loader
    signs = batch["inertial"] / x.astype(np.float32)[batch.window].transpose(0, 2, 1)
    mirrored = signs[:, :, 2, 0] == -1
    assert 20 < mirrored.sum() < 60
    expected = np.where(mirrored[..., None], [1, 1, -1, -1, -1, 1], 1)
    np.testing.assert_array_equal(signs, np.broadcast_to(expected[..., None], signs.shape))
    there = body.astype(np.float32)[batch.window].transpose(0, 3, 1, 2)
    other = there[..., skeleton.KINECT_V1.mirror] * np.float32([-1, 1, 1])[:, None, None]
    expected = np.where(mirrored[:, :, None, None, None], other, there)
    np.testing.assert_array_equal(batch["skeleton"], expected)


@pytest.mark.parametrize(
    "other", [None, inertial.CropResize(0.6, shared=True), inertial.CropResize(0.5)]
)
def test_steps_shared_in_one_plan_only_are_refused(other):
    plans = {"inertial": inertial.CropResize(0.5, shared=True)}
    if other:
        plans["other"] = other
    windows = np.zeros((4, 10, 6))
    with pytest.raises(ConfigError, match="the shared steps of inertial"):
        BatchLoader.from_arrays({"inertial": windows, "other": windows}, plans=plans)


def test_epochs_repeat_and_second_epochs_come_from_the_cache(store):
    loader = BatchLoader(store, store.index, prepare=PREPARE, plans=PLANS, batch_size=16)
    first = by_view(loader)
    assert by_view(loader) == first
    loader.set_epoch(1)
    assert loader.epoch == 1
    assert by_view(loader) != first
    loader.set_epoch(0)
    assert by_view(loader) == first


@pytest.mark.parametrize("drop_last", [False, True])
def test_ranks_share_one_global_order(store, drop_last):
    def windows(**settings):
        loader = BatchLoader(
            store, store.index, prepare={"inertial": PREPARE["inertial"]}, drop_last=drop_last,
            **settings,
        )  # fmt: skip
        batches = [batch.window.tolist() for batch in loader]
        assert len(batches) == len(loader)
        return batches, loader

    single, _ = windows(batch_size=4 * 4)
    ranks = [windows(batch_size=4, rank=r, world_size=4) for r in range(4)]
    assert len({len(batches) for batches, _ in ranks}) == 1
    for k, whole in enumerate(single):
        if len(whole) == 16:
            assert sorted(w for batches, _ in ranks for w in batches[k]) == sorted(whole)
    taken = [w for batches, _ in ranks for batch in batches for w in batch]
    if drop_last:
        assert len(set(taken)) == len(taken) == 64
    else:
        assert set(taken) == set(range(1000, 1000 + N))
        assert len(taken) - N == ranks[0][1].n_repeated == 2


def test_missing_modality_is_nan_and_masked(data):
    inertial_windows = [x if i % 3 else None for i, x in enumerate(data["inertial"])]
    loader = BatchLoader.from_arrays(
        {"inertial": inertial_windows, "skeleton": data["skeleton"]},
        labels=np.arange(N),
        prepare=PREPARE, plans=PLANS, n_views=2,
    )  # fmt: skip
    for batch in loader:
        there = batch.label % 3 != 0
        np.testing.assert_array_equal(batch.present["inertial"], there)
        assert batch.present["skeleton"].all()
        assert np.isnan(batch["inertial"][:, ~there]).all()
        assert np.isfinite(batch["inertial"][:, there]).all()
        assert np.isfinite(batch["skeleton"]).all()


def test_nan_samples_stay_nan(data):
    x = [a.copy() for a in data["skeleton"]]
    x[0][3:7, 5] = np.nan
    (batch,) = BatchLoader.from_arrays(
        {"skeleton": x[:1]}, prepare={"skeleton": PREPARE["skeleton"]}
    )
    expected = naive(x[0], PREPARE["skeleton"])
    assert np.isnan(expected).any()
    np.testing.assert_allclose(batch["skeleton"][0, 0], expected, rtol=2e-5, atol=2e-5)


def test_batches_may_be_kept_and_written_to(store):
    loader = BatchLoader(store, store.index, prepare=PREPARE, plans=PLANS, batch_size=8)
    expected, _ = by_view(loader)
    for _ in range(2):
        kept = list(loader)
        for batch in kept:
            for name in batch:
                for b, window in enumerate(batch.window.tolist()):
                    assert batch[name][0, b].tobytes() == expected[name, window, 0]
                batch[name][:] = 0


def test_tensors_share_memory(store):
    torch = pytest.importorskip("torch")
    loader = BatchLoader(store, store.index, prepare=PREPARE, batch_size=8)
    batch = next(iter(loader))
    tensors = batch.torch()
    assert tensors["inertial"].data_ptr() == batch["inertial"].ctypes.data
    assert tensors["skeleton"].shape == (1, 8, 3, 32, 20)
    assert tensors.label.dtype == torch.int64
    assert tensors.present["skeleton"].dtype == torch.bool
    moved = tensors.to("cpu")
    assert moved.size == 8
    values = batch["inertial"].copy()
    del batch
    list(loader)
    np.testing.assert_array_equal(tensors["inertial"].numpy(), values)


def batch_threads():
    names = (task / "comm" for task in Path("/proc/self/task").iterdir())
    return sum(name.read_text().startswith("kinefuse-batch") for name in names)


@LINUX
def test_dropped_iterators_stop_their_thread(store):
    loader = BatchLoader(store, store.index, prepare=PREPARE, batch_size=1)
    running = batch_threads()
    iterators = [iter(loader) for _ in range(3)]
    for iterator in iterators:
        next(iterator)
    assert batch_threads() == running + 3
    del iterators, iterator
    assert batch_threads() == running


def test_threads_may_share_an_iterator(store):
    iterator = iter(BatchLoader(store, store.index, prepare=PREPARE, batch_size=1))
    seen = []

    def work():
        for batch in iterator:
            seen.append(int(batch.window[0]))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1000, 1000 + N))


SCRIPT = """
import faulthandler, hashlib, multiprocessing, sys
import numpy as np
from kinefuse.augment import inertial
from kinefuse.data import BatchLoader, Prepare

def make():
    x = np.random.default_rng(0).normal(size=(200, 40, 6))
    return BatchLoader.from_arrays(
        {"inertial": x}, prepare={"inertial": Prepare(50)},
        plans={"inertial": inertial.Jitter(0.1)}, n_views=2, batch_size=64)

def digest(batches):
    h = hashlib.sha256()
    for batch in batches:
        h.update(batch["inertial"].tobytes())
    return h.hexdigest()

def work(queue, batches):
    faulthandler.dump_traceback_later(30, exit=True)
    queue.put(digest(make() if batches is None else batches))

if __name__ == "__main__":
    method = sys.argv[1]
    context = multiprocessing.get_context(method)
    loader = make()
    whole = digest(loader)

    def in_child(batches):
        queue = context.Queue()
        child = context.Process(target=work, args=(queue, batches), daemon=True)
        child.start()
        found = queue.get(timeout=60)
        child.join(60)
        assert child.exitcode == 0, child.exitcode
        return found

    assert in_child(None) == whole
    if method == "fork":
        assert in_child(loader) == whole
        for _ in range(20):
            under_way = iter(loader)
            next(under_way)
            child = in_child(under_way)
            assert child == digest(under_way)
        assert digest(loader) == whole
    print("same")
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_other_processes_see_the_same_batches(method, tmp_path):
    script = tmp_path / "child.py"
    script.write_text(SCRIPT)
    # A file and not a pipe: a hanging grandchild would keep the pipe open.
    with (tmp_path / "output").open("w+") as output:
        subprocess.run(
            [sys.executable, str(script), method], stdout=output, stderr=output, timeout=120
        )
        output.seek(0)
        assert output.read().strip() == "same"


INTERRUPTED = """
import signal
import numpy as np
from kinefuse.data import BatchLoader, Prepare
# A shell starts background processes with the signal ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
loader = BatchLoader.from_arrays(
    {"inertial": np.zeros((64, 2_000_003, 1), dtype=np.float32)},
    prepare={"inertial": Prepare(1_999_993, "fourier")}, cache_bytes=0)
iterator = iter(loader)
print("waiting", flush=True)
try:
    next(iterator)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    import os
    os._exit(0)
"""


def test_ctrl_c_ends_a_wait():
    command = [sys.executable, "-c", INTERRUPTED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout.readline() == "waiting\n"
            time.sleep(0.3)
            started = time.monotonic()
            os.kill(child.pid, signal.SIGINT)
            assert child.stdout.readline() == "interrupted\n"
            assert time.monotonic() - started < 5
        finally:
            child.kill()


def test_statistics_against_numpy(store, data):
    prepare = Prepare(50, std=3.0)
    stacked = np.stack([linear(x, 50) for x in data["inertial"]])
    found = channel_statistics(store, store.index, "inertial", prepare)
    np.testing.assert_allclose(found.mean, stacked.mean((0, 1)), atol=1e-6)
    np.testing.assert_allclose(found.std, stacked.std((0, 1)), rtol=1e-6)

    stacked = np.stack([linear(x, 32) for x in data["skeleton"]])
    found = channel_statistics(store, store.index, "skeleton", Prepare(32))
    np.testing.assert_allclose(found.mean, stacked.mean((0, 1, 2)), atol=1e-6)
    np.testing.assert_allclose(found.std, stacked.std((0, 1, 2)), rtol=1e-6)

    mean, std = channel_statistics(store, store.index, "skeleton", Prepare(32), per="joint")
    np.testing.assert_allclose(mean, stacked.mean((0, 1)), atol=1e-6)
    np.testing.assert_allclose(std, (stacked - mean).std(), rtol=1e-5)
    (batch,) = BatchLoader(
        store, store.index, prepare={"skeleton": Prepare(32, mean=mean, std=std)}, batch_size=N
    )
    np.testing.assert_allclose(batch["skeleton"].mean((0, 1, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(batch["skeleton"].std(), 1, rtol=1e-3)


def test_statistics_leave_out_nan_and_keep_constant_channels():
    x = np.random.default_rng(1).normal(size=(10, 30, 3))
    x[:, :, 1] = 4
    x[3, 10:20, 0] = np.nan
    store = ArrayStore({"inertial": x})
    mean, std = channel_statistics(store, store.index, "inertial", Prepare())
    np.testing.assert_allclose(mean[0], np.nanmean(x[..., 0]), atol=1e-6)
    np.testing.assert_allclose(std[0], np.nanstd(x[..., 0]), rtol=1e-6)
    assert (mean[1], std[1]) == (4, 1)
    x[..., 2] = np.nan
    store = ArrayStore({"inertial": x})
    with pytest.raises(InputError, match=r"column \(2,\) has no finite value"):
        channel_statistics(store, store.index, "inertial", Prepare())


def test_statistics_do_not_depend_on_threads(store):
    before = kinefuse.num_threads()
    try:
        found = []
        for threads in (1, 2, 5):
            kinefuse.set_num_threads(threads)
            found.append(channel_statistics(store, store.index, "inertial", Prepare(50)))
        for other in found[1:]:
            assert np.concatenate(found[0]).tobytes() == np.concatenate(other).tobytes()
    finally:
        kinefuse.set_num_threads(before)


def test_empty_index(store):
    loader = BatchLoader(store, store.index[:0], prepare=PREPARE)
    assert len(loader) == 0
    assert list(loader) == []


def loads(store, index=None, **settings):
    settings = {"prepare": {"inertial": Prepare(50)}} | settings
    return BatchLoader(store, store.index if index is None else index, **settings)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"batch_size": 0}, InputError, "batch_size: expected a whole number, 1 or more, got 0"),
        ({"n_views": 1.5}, InputError, "n_views"),
        ({"seed": -1}, InputError, "seed"),
        ({"rank": 2, "world_size": 2}, InputError, "rank: expected below world_size"),
        ({"prepare": {}}, InputError, "one modality or more"),
        ({"prepare": {"gyro": Prepare()}}, InputError, "'gyro_shard'"),
        ({"prepare": {"inertial": Prepare()}}, InputError, "index row 1: inertial: expected"),
        ({"plans": {"skeleton": None}}, InputError, "not among the modalities"),
        ({"plans": {"inertial": PLANS["skeleton"]}}, ConfigError, "skeleton"),
        ({"prepare": {"inertial": Prepare(9, mean=[1, 2])}}, ShapeError, "mean"),
        ({"prepare": {"inertial": Prepare(9, std=0)}}, InputError, "above 0"),
        ({"prepare": {"inertial": Prepare(9, mean=np.nan)}}, ConfigError, "finite"),
        ({"prepare": {"inertial": Prepare(9, normalize={"layout": "kinect_v1"})}},
         ConfigError, "skeletons"),
        ({"prepare": {"skeleton": Prepare(9, normalize={"layouts": "kinect_v1"})}},
         ConfigError, "did you mean 'layout'"),
    ],
)  # fmt: skip
def test_nonsense_is_refused(store, settings, error, message):
    with pytest.raises(error, match=message):
        loads(store, **settings)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("inertial_start", -1, "negative"),
        ("inertial_start", 10**9, "index row 0: inertial: .* are not in shard"),
        ("inertial_rows", 2**62, "are not in shard"),
    ],
)
def test_rows_outside_the_data_are_refused(store, column, value, message):
    column_values = store.index[column].to_list()
    column_values[0] = value
    index = store.index.with_columns(pl.Series(column, column_values))
    with pytest.raises(InputError, match=message):
        loads(store, index)


def test_missing_columns_are_named(store):
    with pytest.raises(InputError, match="index: expected a column 'window'"):
        loads(store, store.index.drop("window"))


def test_prepare_refuses_nonsense():
    with pytest.raises(ConfigError, match="length"):
        Prepare(0)
    with pytest.raises(ConfigError, match="'linear', 'fourier' or 'none'"):
        Prepare(5, "cubic")


def test_arrays_are_checked():
    with pytest.raises(DtypeError, match="window 0: expected float32 or float64, got int64"):
        ArrayStore({"inertial": np.zeros((2, 5, 3), dtype=np.int64)})
    with pytest.raises(ShapeError, match=r"expected \(T, C\)"):
        ArrayStore({"inertial": np.zeros((2, 5))})
    with pytest.raises(ShapeError, match="window 1: samples of shape"):
        ArrayStore({"inertial": [np.zeros((5, 3)), np.zeros((5, 4))]})
    with pytest.raises(ShapeError, match="different numbers"):
        ArrayStore({"inertial": np.zeros((2, 5, 3))}, labels=[1])
    with pytest.raises(DtypeError, match="labels"):
        ArrayStore({"inertial": np.zeros((2, 5, 3))}, labels=["a", "b"])
    with pytest.raises(InputError, match="one window or more"):
        ArrayStore({"inertial": [None, None]})


def test_a_shortened_shard_is_refused(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.zeros((10, 3), dtype=np.float32))
    array = np.load(path, mmap_mode="r")
    path.write_bytes(path.read_bytes()[:-4])

    class Store:
        def array(self, modality, shard=0):
            return array

    index = ArrayStore({"inertial": np.zeros((1, 10, 3))}).index
    with pytest.raises(FormatError, match=r"expected .* bytes"):
        loads(Store(), index)


def test_digest_does_not_change(store):
    """The same numbers in a later release, unless the changelog says otherwise."""
    loader = BatchLoader.from_arrays(
        {"inertial": np.arange(300.0).reshape(2, 50, 3)},
        plans={"inertial": inertial.Jitter(1.0)}, n_views=2, seed=5,
    )  # fmt: skip
    (batch,) = loader
    assert batch["inertial"].shape == (2, 2, 3, 50)
    assert hashlib.sha256(batch["inertial"].tobytes()).hexdigest()[:16] == "9076f4be3d05d62a"


def test_an_order_of_one_s_own(store):
    loader = BatchLoader(store, store.index, prepare=PREPARE, plans=PLANS, batch_size=4)
    every = {int(w): v for b in loader for w, v in zip(b.window, b["inertial"][0], strict=True)}
    rows = np.array([3, 3, 0, 69, 5])
    loader.set_order(rows)
    assert len(loader) == 2
    batches = list(loader)
    assert [b.window.tolist() for b in batches] == [[1003, 1003, 1000, 1069], [1005]]
    for batch in batches:
        for window, views in zip(batch.window, batch["inertial"][0], strict=True):
            assert np.array_equal(views, every[int(window)])
    loader.set_order(None)
    assert len(loader) == -(-N // 4)


def test_ranks_share_an_order_of_one_s_own(store):
    rows = np.arange(20)[::-1]
    taken = []
    for rank in (0, 1):
        loader = BatchLoader(
            store, store.index, prepare=PREPARE, batch_size=3, rank=rank, world_size=2
        )
        loader.set_order(rows)
        taken.append(np.concatenate([b.window for b in loader]) - 1000)
    assert np.array_equal(np.stack(taken, 1).ravel(), rows)


@pytest.mark.parametrize("rows", [[-1], [N], [0.5], [[1, 2]], ["1"]])
def test_an_order_that_makes_no_sense_is_refused(store, rows):
    with pytest.raises(InputError, match="set_order: expected"):
        BatchLoader(store, store.index, prepare=PREPARE).set_order(rows)
