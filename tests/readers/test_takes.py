import re

import pytest

from kinefuse.errors import FormatError
from kinefuse.readers.takes import group_takes

NAME = re.compile(r"(acc|gyro)_(\d+)\.csv")


def group(path):
    return group_takes(path, ".csv", NAME, lambda m: (int(m[2]), m[1]), dataset="MINE")


def test_files_of_a_take_come_together_and_the_others_are_named(tmp_path):
    for name in ("a/acc_1.csv", "b/gyro_01.csv", "b/acc_2.csv", "b/notes.csv", "acc_3.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    takes, ignored = group(tmp_path)
    assert takes == {
        1: {"acc": tmp_path / "a/acc_1.csv", "gyro": tmp_path / "b/gyro_01.csv"},
        2: {"acc": tmp_path / "b/acc_2.csv"},
    }
    assert ignored == ("b/notes.csv",)


def test_a_part_twice_and_no_folder_are_refused(tmp_path):
    (tmp_path / "acc_1.csv").touch()
    (tmp_path / "acc_01.csv").touch()
    with pytest.raises(FormatError, match=r"MINE: two files of one name: .*acc_01.*acc_1\.csv"):
        group(tmp_path)
    with pytest.raises(FileNotFoundError, match="MINE: no such folder"):
        group(tmp_path / "nowhere")
