import gzip
import io
import pickle
import tarfile
import tempfile
import zipfile
from errno import EACCES
from pathlib import Path

import pytest

from kinefuse import readers
from kinefuse.errors import FormatError
from kinefuse.readers import archives
from kinefuse.readers.archives import list_files
from kinefuse.readers.listing import sample_names

FILES = {"a/one.csv": b"1,2\n", "a/b/two.csv": "3,µ\n".encode(), "empty": b""}


@pytest.fixture
def plain(tmp_path):
    for name, content in FILES.items():
        path = tmp_path / "plain" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "plain"


def pack(plain, path):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            out.mkdir("a")
            for name in FILES:
                out.write(plain / name, name)
    else:
        with tarfile.open(path, "w" if path.suffix == ".tar" else "w:gz") as out:
            for name in ("a", "empty"):
                out.add(plain / name, name)
    return path


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tgz"])
def test_members_read_as_files_do(plain, tmp_path, kind):
    archive = pack(plain, tmp_path / f"x.{kind}")
    found = dict(list_files(archive))
    assert list(found) == sorted(f"x.{kind}/{name}" for name in FILES)
    for name, content in FILES.items():
        file = found[f"x.{kind}/{name}"]
        assert file.read_bytes() == content
        assert file.stat().st_size == len(content)
        assert abs(file.stat().st_mtime_ns / 1e9 - (plain / name).stat().st_mtime) < 86_401
        assert file.is_file()
        assert file.exists()
        assert (file.name, str(file)) == (Path(name).name, f"{archive}/{name}")
        assert file.read_text(encoding="utf-8") == content.decode()
        with file.open("rb") as opened:
            assert opened.read() == content


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_members_can_be_handed_to_another_process(plain, tmp_path, kind, monkeypatch):
    pack(plain, plain / "a" / f"x.{kind}")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as outer:
        outer.write(pack(plain, tmp_path / "inner.zip"), "in/inner.zip")
    files = [file for root in (plain, tmp_path / "outer.zip") for _, file in list_files(root)]
    handed = pickle.dumps(files)
    # What was unpacked here is read there, not unpacked again.
    monkeypatch.setattr(archives, "_uncompressed", None)
    found = pickle.loads(handed)
    assert found == files
    assert [file.read_bytes() for file in found] == [file.read_bytes() for file in files]
    assert [file.stat().st_size for file in found] == [file.stat().st_size for file in files]
    member = next(file for file in found if str(file).endswith(f"x.{kind}/a/one.csv"))
    assert member.with_name("one.csv").read_bytes() == FILES["a/one.csv"]
    archives._open_again.cache_clear()


def test_a_folder_with_an_archive_in_it(plain, tmp_path):
    pack(plain, plain / "a/x.zip")
    names = [name for name, _ in list_files(plain)]
    assert names == sorted([*FILES, *(f"a/x.zip/{name}" for name in FILES)])


def test_what_a_gzip_held_is_gone_with_its_members(plain, tmp_path, monkeypatch):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    found = list_files(pack(plain, tmp_path / "x.tar.gz"))
    assert len(list((tmp_path / "tmp").iterdir())) == 1
    one = found[0][1]
    del found
    assert one.read_bytes() in FILES.values()
    del one
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "tar"])
def test_a_cut_archive_is_named(plain, tmp_path, kind):
    (plain / "a/one.csv").write_bytes(bytes(range(256)) * 100)
    path = pack(plain, tmp_path / f"x.{kind}")
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(FormatError, match=f"x.{kind}"):
        _ = [file.read_bytes() for _, file in list_files(path)]


def test_damage_in_a_member_is_named(plain, tmp_path):
    (plain / "a/one.csv").write_bytes(b"same" * 1000)
    path = pack(plain, tmp_path / "x.zip")
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("a/one.csv").header_offset
    content[at + 45] ^= 0xFF
    path.write_bytes(content)
    file = dict(list_files(path))["x.zip/a/one.csv"]
    with pytest.raises(FormatError, match=r"x.zip/a/one.csv: not a whole member of the archive"):
        file.read_bytes()


def nested(path):
    """Members packed in every way, one of them an archive."""
    if path.suffix == ".zip":
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w", zipfile.ZIP_LZMA) as out:
            out.writestr("c.csv", b"5,6\n")
        with zipfile.ZipFile(path, "w") as out:
            out.writestr("a.csv", b"1,2\n", zipfile.ZIP_DEFLATED)
            out.writestr("b.csv", b"3,4\n", zipfile.ZIP_BZIP2)
            out.writestr("inner.zip", inner.getvalue())
    else:
        with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as out:
            for name in ("a.csv", "b.csv"):
                info = tarfile.TarInfo(name)
                info.size = 4
                out.addfile(info, io.BytesIO(b"1,2\n"))
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "tar"])
def test_whatever_byte_is_damaged_only_format_errors_name_the_archive(tmp_path, kind):
    path = tmp_path / f"x.{kind}"
    whole = nested(path)
    # A member of a tar is its header and two lines, padded with zeros.
    until = 520 if kind == "tar" else len(whole)
    damaged = [whole[:at] for at in range(0, until, 7)]
    for at in range(until):
        damaged.append(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
    refusals = []
    for content in damaged:
        path.write_bytes(content)
        files = []
        try:
            files = list_files(path)
        except FormatError as error:
            refusals.append(str(error))
        for _, file in files:
            try:
                file.read_bytes()
            except FormatError as error:
                refusals.append(str(error))
        sample_names(path)
    assert len(refusals) > until // 2
    assert all(refusal.startswith(str(path)) for refusal in refusals)


def test_what_the_disk_says_stays(tmp_path, monkeypatch):
    path = pack_one(tmp_path / "x.zip")
    ((_, file),) = list_files(path)
    monkeypatch.setattr(zipfile.ZipFile, "read", refuse)
    with pytest.raises(PermissionError):
        file.read_bytes()


def pack_one(path):
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("a.csv", b"1,2\n")
    return path


def refuse(*_):
    raise PermissionError(EACCES, "denied")


def test_what_is_no_archive_is_named(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"not a zip")
    with pytest.raises(FormatError, match=r"x.zip: not a whole zip archive"):
        list_files(tmp_path)
    (tmp_path / "x.zip").unlink()
    content = io.BytesIO()
    with gzip.GzipFile(fileobj=content, mode="wb") as out:
        out.write(b"not a tar" * 100)
    (tmp_path / "x.tar.gz").write_bytes(content.getvalue())
    with pytest.raises(FormatError, match=r"x.tar.gz: not a whole tar archive"):
        list_files(tmp_path)


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        list_files(tmp_path / "nowhere")
    assert list_files(tmp_path) == []


@pytest.mark.parametrize(
    ("reader", "settings"),
    [
        ("csv", {"channels": ["x"], "units": "g", "rate_hz": 50.0}),
        ("parquet", {"channels": ["x"], "units": "g", "rate_hz": 50.0}),
        ("c3d", {}),
    ],
)
def test_a_format_given_an_archive_says_to_unpack_it(reader, settings, tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("a.csv", "x\n1\n")
    reader = readers.get(reader, fixed={"subject": "1"}, **settings)
    for path in (tmp_path, tmp_path / "all.zip"):
        with pytest.raises(FormatError, match=r"all\.zip is an archive: unpack it"):
            reader.discover(path)
