import numpy as np
import pytest

from kinefuse.errors import FormatError
from kinefuse.readers.text import load_rows, load_table


def test_rows_are_the_numbers_written(tmp_path):
    expected = np.random.default_rng(0).normal(size=(50, 3))
    file = tmp_path / "x.txt"
    np.savetxt(file, expected, fmt="%.17g")
    np.testing.assert_array_equal(load_rows(file, 3), expected)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        (" \n\n", "the file is empty"),
        ("1 2\n3 4\n", "expected 3 numbers a line, got 2"),
        ("1 2 3\n4 5\n", "row 2"),
        ("1 2 3\n4 five 6\n", "'five'"),
        ("1 2 3\n# 1 2 3\n", "row 2"),
        ("1 2 3\nµ 2 3\n", "ascii"),
    ],
)
def test_what_is_no_table_is_refused_by_name(tmp_path, content, message):
    file = tmp_path / "x.txt"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(FormatError, match=r"x\.txt") as caught:
        load_rows(file, 3)
    assert message in str(caught.value)


def test_a_missing_file_stays_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_rows(tmp_path / "x.txt", 3)
    with pytest.raises(FileNotFoundError):
        load_table(tmp_path / "x.csv", ["a"], [])


def test_a_table_gives_the_columns_asked_for(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("a;b;c\n1;x; 2\n3;y;\n")
    table = load_table(file, ["c", "b"], ["c"], separator=";")
    assert sorted(table.columns) == ["b", "c"]
    assert table["c"].to_list() == [2.0, None]
    assert table["b"].to_list() == ["x", "y"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("a,b\n1,2\n", "no column 'c'; it has 'a', 'b'"),
        ("a,c\n1,2\n1,two\n", "row 2, column 'c': expected a number, got 'two'"),
    ],
)
def test_a_wrong_table_is_refused_by_name(tmp_path, content, message):
    file = tmp_path / "x.csv"
    file.write_text(content)
    with pytest.raises(FormatError, match=r"x\.csv") as caught:
        load_table(file, ["a", "c"], ["a", "c"])
    assert message in str(caught.value)
