import pytest

from kinefuse.errors import FormatError
from kinefuse.readers.text import load_table


def test_a_missing_file_stays_missing(tmp_path):
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
