"""Files behind a web server, in S3, and by ``file://`` make the store of those on disk."""

import io
import os
import re
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest, merge
from kinefuse.data.check import check_store
from kinefuse.data.remote import RemoteReader, copy_store, locate
from kinefuse.errors import FormatError

pytest.importorskip("fsspec", reason="pip install 'kinefuse[remote]'")
pytest.importorskip("upath", reason="pip install 'kinefuse[remote]'")

SETTINGS = {"channels": ["x", "y"], "units": "g", "rate_hz": 50.0, "pattern": "{subject}/{trial}"}


class Handler(SimpleHTTPRequestHandler):
    """A web server as they are: folders as pages of links, files whole or a range of them."""

    asked: list[str]
    broken: set[str]
    status = 503

    def do_GET(self):
        self.asked.append(self.path)
        super().do_GET()

    def send_head(self):
        if any(part in self.path for part in self.broken):
            self.send_error(self.status)
            return None
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if not wanted or not path.is_file():
            return super().send_head()
        content = path.read_bytes()
        first, last = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
        self.send_response(206)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self.send_header("Content-Length", str(last + 1 - first))
        self.end_headers()
        return io.BytesIO(content[first : last + 1])

    def log_message(self, *_):
        pass


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw"
    rng = np.random.default_rng(1)
    for number in range(9):
        rows = rng.normal(size=(int(rng.integers(50, 200)), 2))
        file = folder / f"s{number % 3}" / f"take {number}.csv"  # a blank is %20 in an address
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(["x,y", *(f"{x},{y}" for x, y in rows)]))
    return folder


@pytest.fixture
def server(raw):
    """The address of a web server over the folder of raw files, and what it was asked."""

    class Own(Handler):
        asked, broken = [], set()

        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(raw.parent))

    running = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}", Own
    running.shutdown()
    running.server_close()
    thread.join()


def csv():
    return readers.get("csv", **SETTINGS)


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_web_server(raw, server, tmp_path):
    pytest.importorskip("aiohttp")
    address, handler = server
    expected = ingest(csv(), raw, tmp_path / "local", shard_bytes=3000)
    assert expected.recordings == 9
    report = ingest(csv(), f"{address}/raw", tmp_path / "store", shard_bytes=3000)
    assert report == expected
    assert contents(tmp_path / "store") == contents(tmp_path / "local")
    fetched = [path for path in handler.asked if path.endswith(".csv")]
    assert {path.rpartition("/")[2] for path in fetched} == {f"take%20{n}.csv" for n in range(9)}


def test_a_web_server_read_in_processes(raw, server, tmp_path):
    pytest.importorskip("aiohttp")
    address, _ = server
    copies = tmp_path / "copies"
    copies.mkdir()
    reader = RemoteReader(csv(), cache=copies)
    expected = ingest(csv(), raw, tmp_path / "local", shard_bytes=3000)
    report = ingest(reader, f"{address}/raw", tmp_path / "store", shard_bytes=3000, processes=2)
    assert report == expected
    assert contents(tmp_path / "store") == contents(tmp_path / "local")
    assert list(copies.iterdir()) == []  # each of the processes has tidied up


class Breaking(RemoteReader):
    """Finds all files; then the server gives one of them no more."""

    def __init__(self, handler, status):
        super().__init__(csv())
        self._handler, self._status = handler, status

    def discover(self, path):
        found = super().discover(path)
        self._handler.broken.add("take%204.csv")
        self._handler.status = self._status
        return found


ANSWERS = [
    (503, r"the server answered 503 \(Service Unavailable\); try again later"),
    (429, r"the server answered 429 \(Too Many Requests\); try again later"),
    (403, r"the server answered 403 \(Forbidden\); ask for the right to read it, or copy"),
    (401, r"the server answered 401 \(Unauthorized\); ask for the right to read it, or copy"),
    (418, r"the server answered 418 .*; see in a browser whether the address is right"),
    (599, r"the server answered 599; try again later"),
]


@pytest.mark.parametrize(("status", "message"), ANSWERS)
def test_what_a_server_answers_is_said(raw, server, tmp_path, status, message):
    pytest.importorskip("aiohttp")
    address, handler = server
    report = ingest(Breaking(handler, status), f"{address}/raw", tmp_path / "store")
    assert report.recordings == 8
    (failure,) = report.failed
    assert failure.source == "s1/take 4.csv"
    assert failure.error == ("PermissionError" if status in (401, 403) else "OSError")
    assert re.match(re.escape(f"{address}/raw/s1/take%204.csv: ") + message, failure.reason)


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_not_there_is_missing(raw, server, tmp_path, status):
    pytest.importorskip("aiohttp")
    address, handler = server
    report = ingest(Breaking(handler, status), f"{address}/raw", tmp_path / "store")
    (failure,) = report.failed
    assert failure.error == "FileNotFoundError"
    assert f"{address}/raw/s1/take%204.csv" in failure.reason


@pytest.mark.parametrize("folder", ["raw", "raw/s1", "raw/s1/take%204.csv"])
def test_what_a_server_refuses_while_listing_is_not_left_out(raw, server, tmp_path, folder):
    pytest.importorskip("aiohttp")
    address, handler = server
    handler.broken.add(folder)
    with pytest.raises(OSError, match=rf"{address}/{folder}/?: the server answered 503"):
        ingest(csv(), f"{address}/raw", tmp_path / "store")
    assert not (tmp_path / "store").exists()
    handler.status = 403
    with pytest.raises(PermissionError, match=rf"{address}/{folder}/?: the server answered 403"):
        ingest(csv(), f"{address}/raw", tmp_path / "store")


def test_an_address_where_nothing_is(raw, server, tmp_path):
    pytest.importorskip("aiohttp")
    with pytest.raises((FileNotFoundError, FormatError), match="nowhere"):
        ingest(csv(), f"{server[0]}/nowhere", tmp_path / "store")


@pytest.mark.parametrize("file", ["store.json", "inertial-00001.npy"])
def test_a_store_that_a_server_refuses_is_not_called_missing(raw, server, tmp_path, file):
    pytest.importorskip("aiohttp")
    address, handler = server
    ingest(csv(), raw, tmp_path / "store", shard_bytes=3000)
    handler.broken.add(file)
    with pytest.raises(OSError, match=rf"{file}: the server answered 503"):
        copy_store(f"{address}/store", tmp_path / "copy")
    assert not (tmp_path / "copy" / "store.json").exists()
    handler.broken.clear()
    copy_store(f"{address}/store", tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(tmp_path / "store")


def test_a_store_behind_a_web_server_is_copied_here(raw, server, tmp_path):
    pytest.importorskip("aiohttp")
    address, _ = server
    ingest(csv(), raw, tmp_path / "store", shard_bytes=3000)
    copy_store(f"{address}/store", tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(tmp_path / "store")
    assert check_store(tmp_path / "copy") == []


def test_a_server_that_is_not_there(tmp_path):
    pytest.importorskip("aiohttp")
    with pytest.raises(OSError, match=r"127\.0\.0\.1"):
        ingest(csv(), "http://127.0.0.1:9/raw", tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_an_address_of_files_on_disk(raw, tmp_path):
    expected = ingest(csv(), raw, tmp_path / "local", shard_bytes=3000)
    report = ingest(csv(), raw.as_uri(), tmp_path / "store", shard_bytes=3000)
    assert report == expected
    assert contents(tmp_path / "store") == contents(tmp_path / "local")
    copy_store(tmp_path / "store", (tmp_path / "a b").as_uri())
    assert contents(tmp_path / "a b") == contents(tmp_path / "store")
    assert isinstance(locate(raw.as_uri()), Path)


@pytest.fixture
def bucket(raw, monkeypatch):
    """A bucket on a local S3 server, with the raw files; what reaches it by ``s3://``."""
    fsspec = pytest.importorskip("fsspec")
    pytest.importorskip("s3fs", reason="needs s3fs and moto[server]")
    moto = pytest.importorskip("moto.server", reason="needs s3fs and moto[server]")
    running = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }.items():
        monkeypatch.setenv(name, value)
    storage = fsspec.filesystem("s3", skip_instance_cache=True)
    storage.mkdir("bucket")
    storage.put(str(raw), "bucket/raw", recursive=True)
    yield storage
    running.stop()


def test_object_storage(raw, bucket, tmp_path):
    expected = ingest(csv(), raw, tmp_path / "local", shard_bytes=3000)
    report = ingest(csv(), "s3://bucket/raw", tmp_path / "store", shard_bytes=3000)
    assert report == expected
    assert contents(tmp_path / "store") == contents(tmp_path / "local")
    for number in (1, 2):
        part = tmp_path / str(number)
        ingest(csv(), "s3://bucket/raw", part, shard=(number, 2), shard_bytes=3000)
        copy_store(part, f"s3://bucket/parts/{number}")
        shutil.rmtree(part)
    merge(tmp_path / "merged", ["s3://bucket/parts/1", "s3://bucket/parts/2"])
    assert contents(tmp_path / "merged") == contents(tmp_path / "local")
    # What lies there is whole, byte for byte.
    copy_store("s3://bucket/parts/2", tmp_path / "back")
    assert check_store(tmp_path / "back") == []
    assert len(MotionStore(tmp_path / "back").recordings) == 4
    assert os.environ["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1")
