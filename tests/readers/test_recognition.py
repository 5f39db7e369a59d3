import sys
import tarfile
import zipfile

import pytest

from kinefuse import readers
from kinefuse.errors import KinefuseWarning
from kinefuse.readers import registry
from kinefuse.readers.listing import sample_names

NAMES = {
    "hapt": "Raw-Data/acc_exp01_user01.txt",
    "mmact": "acc_phone_clip/subject1/scene1/session1/carrying.csv",
    "motionsense": "A_DeviceMotion_data/dws_1/sub_1.csv",
    "msr-action3d": "a01_s01_e01_skeleton3D.txt",
    "sp-sw-har": "DATA/s01/s01_01_sp.csv",
    "utd-mhad": "Inertial/a1_s1_t1_inertial.mat",
}


def put(path, *names):
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text("x")


@pytest.mark.parametrize(("reader", "name"), NAMES.items())
def test_a_data_set_is_known_by_its_names(reader, name, tmp_path):
    put(tmp_path, name, "README.md")
    (match,) = readers.recognize(tmp_path)
    assert match.reader == reader
    assert match.reason.startswith("1 of 2 files named like ")


@pytest.mark.parametrize(("reader", "name"), NAMES.items())
def test_and_in_an_archive_given_instead(reader, name, tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(name, "x")
        archive.writestr("README.md", "x")
    (tmp_path / "one").mkdir()
    put(tmp_path / "one", name)
    with tarfile.open(tmp_path / "all.tar", "w") as archive:
        archive.add(tmp_path / "one" / name, name)
    for file in ("all.zip", "all.tar"):
        assert [match.reader for match in readers.recognize(tmp_path / file)] == [reader]


def test_the_folder_of_one_activity_and_one_file_are_known(tmp_path):
    put(tmp_path, NAMES["motionsense"])
    folder = tmp_path / "A_DeviceMotion_data/dws_1"
    assert [match.reader for match in readers.recognize(folder)] == ["motionsense"]
    assert [match.reader for match in readers.recognize(folder / "sub_1.csv")] == ["motionsense"]


def test_formats_are_named_where_no_data_set_is_known(tmp_path):
    put(tmp_path, "s1/walk.csv", "s1/run.CSV", "notes.md")
    (match,) = readers.recognize(tmp_path)
    assert match == ("csv", "2 of 3 files named like *.csv or *.txt or *.tsv or *.dat")
    put(tmp_path, NAMES["sp-sw-har"])
    assert [match.reader for match in readers.recognize(tmp_path)] == ["sp-sw-har"]


def test_nothing_is_known_of_other_files(tmp_path):
    assert readers.recognize(tmp_path) == []
    put(tmp_path, "picture.png", "broken.zip", "broken.tar")
    assert readers.recognize(tmp_path) == []
    with pytest.raises(FileNotFoundError):
        readers.recognize(tmp_path / "nowhere")


def test_of_a_large_folder_only_the_first_are_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr("kinefuse.readers.listing._PER_FOLDER", 3)
    put(tmp_path, *(f"a/{number}.csv" for number in range(5)), "b/0.csv")
    there, cut = sample_names(tmp_path)
    top = tmp_path.name
    assert there == [f"{top}/a/0.csv", f"{top}/a/1.csv", f"{top}/a/2.csv", f"{top}/b/0.csv"]
    assert cut
    assert readers.recognize(tmp_path)[0].reason.startswith("4 of the first 4 files")


PLUGIN = """
from kinefuse.readers import About
from kinefuse.readers.listing import count_names
import re

class Mine:
    name = "my-lab"
    classes = ("a", "b")
    about = About(title="the recordings of my lab", source="us", licence="ours")
    @staticmethod
    def recognize(path):
        return count_names(path, re.compile(r"lab-\\d+\\.dat"), "lab-1.dat")
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put packages on the path that name readers in their metadata."""

    def install(package, *lines, code=""):
        root = tmp_path / "site"
        info = root / f"{package}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("\n".join(("[kinefuse.readers]", *lines)) + "\n")
        (root / f"{package}.py").write_text(code)
        if str(root) not in sys.path:
            monkeypatch.syspath_prepend(str(root))
        registry._plugins.cache_clear()

    yield install
    for name in [name for name in sys.modules if name.startswith("lab_package")]:
        del sys.modules[name]
    registry._plugins.cache_clear()


def test_readers_of_installed_packages_are_there(install, tmp_path):
    install("lab_package", "my-lab = lab_package:Mine", code=PLUGIN)
    assert "my-lab" in readers.names()
    assert readers.get("my-lab").classes == ("a", "b")
    assert readers.about("my-lab").title == "the recordings of my lab"
    put(tmp_path / "data", "lab-1.dat")
    assert readers.recognize(tmp_path / "data") == [("my-lab", "1 of 1 files named like lab-1.dat")]
    with pytest.raises(registry.ConfigError, match="there is a reader 'my-lab' already"):
        readers.register("my-lab", object)


def test_a_package_that_cannot_be_loaded_is_named_and_stops_nobody_else(install, tmp_path):
    install("lab_package", "my-lab = lab_package:Mine", code="import lab_package_missing")
    with pytest.raises(
        registry.ConfigError, match=r"of lab_package cannot be loaded.*lab_package_missing"
    ):
        readers.get("my-lab")
    put(tmp_path / "data", NAMES["hapt"])
    with pytest.warns(KinefuseWarning, match="'my-lab' of lab_package cannot be loaded"):
        found = readers.recognize(tmp_path / "data")
    assert [match.reader for match in found] == ["hapt"]


def test_a_name_that_is_taken_is_not_taken_over(install):
    install("lab_package", "hapt = lab_package:Mine", "my-lab = lab_package:Mine", code=PLUGIN)
    with pytest.warns(KinefuseWarning, match="'hapt' of lab_package is not used: kinefuse has one"):
        assert "my-lab" in readers.names()
    assert readers.get("hapt").name == "hapt"


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(registry.ConfigError, match="did you mean 'utd-mhad'"):
        readers.get("utd-mhat")
