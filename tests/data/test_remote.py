"""Files in object storage (here a storage in memory) make the store that files on disk make."""

import gc
import pickle
import threading
from pathlib import Path

import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest, merge
from kinefuse.data.remote import RemoteReader, copy_store, is_remote, locate
from kinefuse.errors import ConfigError, FormatError, StoreError
from kinefuse.readers import Source

fsspec = pytest.importorskip("fsspec", reason="pip install 'kinefuse[remote]'")
pytest.importorskip("upath", reason="pip install 'kinefuse[remote]'")

SETTINGS = {
    "channels": ["x", "y"],
    "units": "g",
    "rate_hz": 50.0,
    "pattern": "{subject}/{trial}.csv",
}


@pytest.fixture
def raw(tmp_path):
    """The same files on disk and in memory."""
    folder = tmp_path / "raw"
    rng = np.random.default_rng(1)
    for number in range(12):
        rows = rng.normal(size=(int(rng.integers(50, 200)), 2))
        file = folder / f"s{number % 3}" / f"{number:02d}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(["x,y", *(f"{x},{y}" for x, y in rows)]))
    (folder / "s1" / "04.csv").write_text("x,y\n1,broken\n")
    memory = fsspec.filesystem("memory")
    memory.put(str(folder), "/bucket/raw", recursive=True)
    yield folder
    memory.rm("/bucket", recursive=True)


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def csv():
    return readers.get("csv", **SETTINGS)


def test_the_store_of_the_same_files_on_disk(raw, tmp_path):
    expected = ingest(csv(), raw, tmp_path / "local", shard_bytes=3000)
    report = ingest(csv(), "memory://bucket/raw", tmp_path / "store", shard_bytes=3000)
    assert [failure.source for failure in report.failed] == ["s1/04.csv"]
    assert report.failed[0].reason == expected.failed[0].reason.replace(
        str(raw), "memory://bucket/raw"
    )
    assert (
        MotionStore(tmp_path / "store").fingerprint == MotionStore(tmp_path / "local").fingerprint
    )
    here, there = contents(tmp_path / "store"), contents(tmp_path / "local")
    # Only what failed names the file that it was read from.
    for told in ("store.json", "sources.jsonl"):
        del here[told], there[told]
    assert here == there


def test_files_in_memory_are_not_there_for_other_processes(raw, tmp_path):
    with pytest.raises(ConfigError, match="memory:// is there for this process only"):
        ingest(csv(), "memory://bucket/raw", tmp_path / "store", processes=2)


def test_the_cache_is_bounded_and_removed(raw, tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    sizes = []
    largest = max(file.stat().st_size for file in raw.rglob("*.csv"))
    reader = RemoteReader(csv(), cache=cache, cache_bytes=2 * largest)

    def progress(now):
        sizes.append(sum(file.stat().st_size for file in cache.rglob("*.csv")))

    ingest(reader, "memory://bucket/raw", tmp_path / "store", progress=progress)
    # Besides what is kept, two threads may each hold a file.
    assert 0 < max(sizes) <= 4 * largest
    del reader
    gc.collect()
    assert list(cache.iterdir()) == []


def test_a_file_that_two_recordings_come_from_is_fetched_once(raw, tmp_path, monkeypatch):
    reader = RemoteReader(csv())
    source = reader.discover("memory://bucket/raw")[0]
    fetched = []
    file = source.files[0]
    original = type(file.fs).get_file

    def get_file(self, *arguments, **settings):
        fetched.append(arguments[0])
        return original(self, *arguments, **settings)

    monkeypatch.setattr(type(file.fs), "get_file", get_file)
    start = threading.Barrier(4)

    def read():
        start.wait()
        with reader.at_hand(source) as here:
            assert here.files[0].read_bytes() == file.read_bytes()
            assert isinstance(here.files[0], Path)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fetched) == 1


def test_a_file_that_vanished_is_a_failure_of_its_own(raw, tmp_path):
    class Vanishing(RemoteReader):
        def discover(self, path):
            found = super().discover(path)
            memory = fsspec.filesystem("memory")
            memory.rm("/bucket/raw/s0/00.csv")
            return found

    report = ingest(Vanishing(csv()), "memory://bucket/raw", tmp_path / "store")
    assert [failure.source for failure in report.failed] == ["s0/00.csv", "s1/04.csv"]


def test_nothing_there(tmp_path):
    with pytest.raises((FileNotFoundError, FormatError)):
        ingest(csv(), "memory://bucket/none", tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_it_travels_to_other_processes(raw):
    reader = RemoteReader(csv())
    with reader.at_hand(reader.discover("memory://bucket/raw")[0]):
        again = pickle.loads(pickle.dumps(reader))
    assert (again.name, again.settings()) == ("csv", csv().settings())


def test_a_reader_that_must_have_files_to_list_them():
    class Stubborn:
        name, classes = "stubborn", ()

        def settings(self):
            return {}

        def discover(self, path):
            return [Source(Path(path).name)]

    with pytest.raises(ConfigError, match=r"'stubborn' lists recordings only of files on disk"):
        RemoteReader(Stubborn()).discover("memory://bucket/raw")


def test_parts_in_object_storage(raw, tmp_path):
    addresses = []
    for i in (1, 2):
        ingest(csv(), raw, tmp_path / str(i), shard=(i, 2), shard_bytes=3000)
        addresses.append(f"memory://bucket/parts/{i}")
        copy_store(tmp_path / str(i), addresses[-1])
        copy_store(tmp_path / str(i), addresses[-1])  # again does no harm
    ingest(csv(), raw, tmp_path / "single", shard_bytes=3000)
    merge(tmp_path / "merged", addresses)
    assert contents(tmp_path / "merged") == contents(tmp_path / "single")
    assert not (tmp_path / ".merged.parts").exists()
    with pytest.raises(StoreError, match="another store already"):
        copy_store(tmp_path / "1", addresses[1])
    with pytest.raises(StoreError, match="not a store"):
        copy_store("memory://bucket/raw", tmp_path / "x")


def test_a_copy_without_its_manifest_is_no_store(raw, tmp_path):
    ingest(csv(), raw, tmp_path / "store", shard_bytes=3000)
    copy_store(tmp_path / "store", "memory://bucket/copy")
    (locate("memory://bucket/copy") / "store.json").unlink()
    (locate("memory://bucket/copy") / "inertial-00000.npy").write_bytes(b"half")
    with pytest.raises(StoreError, match="not a store"):
        copy_store("memory://bucket/copy", tmp_path / "back")
    copy_store(tmp_path / "store", "memory://bucket/copy")
    copy_store("memory://bucket/copy", tmp_path / "back")
    assert contents(tmp_path / "back") == contents(tmp_path / "store")


def test_what_is_an_address():
    assert is_remote("s3://bucket/raw")
    assert not is_remote(Path("raw"))
    assert isinstance(locate("raw"), Path)
