"""Training from a store of many shards: in bounded memory, and on several ranks in one order."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kinefuse.augment import inertial
from kinefuse.data import BatchLoader, MotionStore, Prepare, Recording, Stream, ingest
from kinefuse.readers import Source

RANKS = 2


class Long:
    """Recordings of noise, each a shard."""

    name = "long"
    classes = ("sit", "walk")

    def __init__(self, n, rows):
        self.n, self.rows = n, rows

    def settings(self):
        return {"n": self.n, "rows": self.rows}

    def discover(self, path):
        return [Source(str(number)) for number in range(self.n)]

    def read(self, source):
        rng = np.random.default_rng(int(source.name))
        return Recording(
            id=source.name,
            dataset="long",
            subject=str(int(source.name) % 5),
            activity=self.classes[int(source.name) % 2],
            streams=[
                Stream(
                    name="wrist",
                    modality="inertial",
                    data=rng.random((self.rows, 6), dtype=np.float32),
                    channels=("a", "b", "c", "d", "e", "f"),
                    units="g",
                    rate_hz=50.0,
                )
            ],
        )


def make_store(path, n, rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda file: None)
        ingest(Long(n, rows), path, path / "store", shard_bytes=1)
    store = MotionStore(path / "store")
    assert store.n_shards == n
    return store


def loader_of(path, **settings):
    store = MotionStore(path)
    return BatchLoader(
        store,
        store.window_index(length_s=1.0),
        prepare={"inertial": Prepare(length=32)},
        plans={"inertial": inertial.Jitter(0.1)},
        n_views=2,
        seed=3,
        **settings,
    )


MEASURE = """
import json, re, sys
from pathlib import Path
from kinefuse.augment import inertial
from kinefuse.data import BatchLoader, MotionStore, Prepare

def kib(what):
    return int(re.search(what + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

store = MotionStore(sys.argv[1])
index = store.window_index(length_s=1.0)
loader = BatchLoader(
    store, index, prepare={"inertial": Prepare(length=32)},
    plans={"inertial": inertial.Jitter(0.1)}, n_views=2, batch_size=64, cache_bytes=2**20,
)
def epoch(number, most):
    loader.set_epoch(number)
    for k, batch in enumerate(loader):
        if k == most:
            break
    return k
epoch(0, 20)
before = kib("RssAnon")
batches = epoch(1, None)
print(json.dumps([kib("RssAnon") - before, kib("RssAnon"), batches]))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")
def test_an_epoch_in_random_order_keeps_little_in_memory(tmp_path):
    store = make_store(tmp_path, 64, 100_000)
    data = sum(file.stat().st_size for file in store.shard_paths("inertial"))
    assert data > 150e6
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(store.path)], capture_output=True, text=True, check=True
    )
    grown, _, batches = json.loads(done.stdout)
    assert batches > 1900
    # What is mapped from files can be dropped at any time; what is allocated cannot.
    assert 1024 * grown < data / 10


def one_rank(rank, port, path, out):
    import torch
    import torch.distributed as dist

    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=RANKS)
    loader = loader_of(
        path, batch_size=5, rank=dist.get_rank(), world_size=dist.get_world_size(), cache_bytes=0
    )
    for epoch in (0, 1):
        loader.set_epoch(epoch)
        for number, batch in enumerate(loader):
            views = batch.torch().views["inertial"].contiguous()
            window = torch.from_numpy(batch.window.astype(np.int64))
            everyone = [torch.empty_like(window) for _ in range(RANKS)]
            dist.all_gather(everyone, window)
            both = [torch.empty_like(views) for _ in range(RANKS)]
            dist.all_gather(both, views)
            if rank == 0:
                np.savez(
                    Path(out) / f"{epoch}-{number}.npz",
                    window=torch.cat(everyone).numpy(),
                    views=torch.cat(both, dim=1).numpy(),
                )
    dist.destroy_process_group()


def test_two_processes_share_the_order_of_one(tmp_path):
    mp = pytest.importorskip("torch.multiprocessing")
    store = make_store(tmp_path, 30, 333)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.spawn(one_rank, args=(port, str(store.path), str(tmp_path)), nprocs=RANKS)
    single = loader_of(store.path, batch_size=5 * RANKS)
    assert single.n_windows % (5 * RANKS) == 0  # so that all batches are full on both
    orders = []
    for epoch in (0, 1):
        single.set_epoch(epoch)
        orders.append([])
        for number, batch in enumerate(single):
            with np.load(tmp_path / f"{epoch}-{number}.npz") as found:
                ours = np.argsort(batch.window)
                theirs = np.argsort(found["window"])
                np.testing.assert_array_equal(batch.window[ours], found["window"][theirs])
                np.testing.assert_array_equal(batch["inertial"][:, ours], found["views"][:, theirs])
            orders[-1] += batch.window.tolist()
        assert sorted(orders[-1]) == list(range(single.n_windows))
    assert orders[0] != orders[1]
