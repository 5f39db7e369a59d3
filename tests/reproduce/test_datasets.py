import pytest

from kinefuse.errors import InputError
from kinefuse.reproduce import Dataset
from kinefuse.reproduce.datasets import find_folders

ONE = Dataset(name="one", reader="r", protocol="1", folders=("Data-ONE", "first"))
TWO = Dataset(name="two", reader="r", protocol="1")
NOISY = Dataset(name="one, noisy", reader="other", protocol="1", folders=ONE.folders)


def make(root, *names):
    for name in names:
        (root / name).mkdir(parents=True)
    return root


def test_folders_are_found_by_their_names_however_written(tmp_path):
    data = make(tmp_path / "data", "data_one", "Two", "three")
    assert find_folders([ONE, TWO], data) == {"one": data / "data_one", "two": data / "Two"}
    assert find_folders([NOISY, ONE], data) == dict.fromkeys(
        ("one, noisy", "one"), data / "data_one"
    )


def test_what_is_not_there_is_left_out(tmp_path):
    data = make(tmp_path / "data", "first", "three")
    (data / "two").touch()
    assert find_folders([ONE, TWO], data) == {"one": data / "first"}


def test_the_folder_of_one_may_be_given_itself(tmp_path):
    data = make(tmp_path / "two", "Inertial")
    assert find_folders([ONE, TWO], data) == {"two": data}


def test_the_only_one_may_be_called_anything(tmp_path):
    data = make(tmp_path / "x", "Inertial")
    assert find_folders([ONE], data) == {"one": data}
    assert set(find_folders([ONE, NOISY], data)) == {"one", "one, noisy"}
    with pytest.raises(InputError, match="holds no folder called Data-ONE, two"):
        find_folders([ONE, TWO], data)
    with pytest.raises(FileNotFoundError, match="no such folder"):
        find_folders([ONE], tmp_path / "none")
