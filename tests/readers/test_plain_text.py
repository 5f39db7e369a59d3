import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse.errors import FormatError
from kinefuse.readers.plain_text import load_columns, load_named


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.floats(allow_infinity=False, width=64), min_size=3, max_size=3),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from([" ", "\t"]),
)
def test_numbers_written_are_the_numbers_read(tmp_path_factory, rows, separator):
    file = tmp_path_factory.mktemp("numbers") / "n.txt"
    cells = [["NaN" if np.isnan(n) else repr(n) for n in row] for row in rows]
    file.write_text("".join(f"{separator.join(line)}\n" for line in cells))
    np.testing.assert_array_equal(load_columns(file, 3, separator=separator), rows)


def test_more_blanks_than_said_are_read_too(tmp_path):
    (tmp_path / "n.txt").write_text("  1   2\n 3 4 \n")
    np.testing.assert_array_equal(
        load_columns(tmp_path / "n.txt", 2, separator=" "), [[1, 2], [3, 4]]
    )


@pytest.mark.parametrize(
    "text", ["x,who\n1.5,a\n,b\n", "\ufeffx,who\r\n1.5,a\r\n,b\r\n", "x; who\n1.5; a\n; b\n"]
)
def test_a_table_is_read_by_name_in_any_order(text, tmp_path):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8", newline="")
    table = load_named(tmp_path / "t.csv", ["who", "x"], ["x"])
    assert table.frame(["who", "x"]).rows() == [("a", 1.5), ("b", None)]


def test_what_is_wrong_with_a_table_is_named(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("x,who\n1,a\nz,b\n")
    with pytest.raises(FormatError, match=r"t\.csv: row 2, column 'x': expected a number, got 'z'"):
        load_named(file, ["x"], ["x"])
    with pytest.raises(FormatError, match="no column 'y'"):
        load_named(file, ["y"], ["y"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        (" \n\n", "the file is empty"),
        ("1 2\n3 4\n", "row 1: expected 3 numbers a line, got 2"),
        ("1 2 3\n4 5\n", "row 2: expected 3 numbers a line, got 2"),
        ("1 2 3\n4 five 6\n", "row 2, column 2: expected a number, got 'five'"),
        ("1 2 3\n# 1 2 3\n", "row 2: expected 3 numbers a line, got 4"),
        ("1 2 3\nµ 2 3\n", "row 2, column 1: expected a number"),
    ],
)
def test_what_is_wrong_with_numbers_is_named(content, message, tmp_path):
    file = tmp_path / "n.txt"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(FormatError, match=r"n\.txt") as caught:
        load_columns(file, 3, separator=" ")
    assert message in str(caught.value)


@pytest.mark.parametrize("magic", [b"(\xb5/\xfd", b"\x1f\x8b", b"\x78\x9c", b"BZh9"])
def test_what_begins_like_a_compressed_file_is_no_table(tmp_path, magic):
    file = tmp_path / "n.txt"
    file.write_bytes(magic)
    with pytest.raises(FormatError, match=r"n\.txt"):
        load_columns(file, 3, separator=" ")
    with pytest.raises(FormatError, match=r"n\.txt"):
        load_named(file, ["x"], ["x"])
