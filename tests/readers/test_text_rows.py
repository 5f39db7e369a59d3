"""However rows stand in a file, they come out as the plainest file would have them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinefuse.readers.dialect import Dialect
from kinefuse.readers.text_rows import clean_rows, fill_first_row, without_blank_lines

CELLS = st.text("0123456789.-e", min_size=1, max_size=6)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8)
COLUMNS = ("x", "y", "z")


@given(
    rows=ROWS,
    separator=st.sampled_from([",", "\t", "|", " "]),
    row_end=st.sampled_from(["", ";"]),
    line_end=st.sampled_from(["\n", "\r"]),
    pads=st.lists(st.sampled_from(["", " ", "   "]), min_size=2, max_size=7),
    quoted=st.booleans(),
    bom=st.booleans(),
)
def test_rows_are_as_without_padding_ends_and_marks(
    rows, separator, row_end, line_end, pads, quoted, bom
):
    # A row end may stand for the line end; quotes and blanks between cells are no such file.
    quoted = quoted and separator != " " and not row_end
    dialect = Dialect(
        columns=COLUMNS, separator=separator, row_end=row_end, line_end=line_end, padded=True
    )
    number = 0

    def pad(cell):
        nonlocal number
        number += 1
        before, after = pads[number % len(pads)], pads[(number + 1) % len(pads)]
        return f'{before}"{cell}"{after}' if quoted else f"{before}{cell}{after}"

    text = "".join(separator.join(map(pad, row)) + row_end + line_end for row in rows)
    plain = "".join(separator.join(row) + "\n" for row in rows)
    found = clean_rows((("\ufeff" if bom else "") + text).encode(), dialect)
    assert found.decode() == plain


@given(st.lists(st.sampled_from(["1,2", "", " ", "\t", "\r", "a b"]), max_size=12))
def test_lines_with_nothing_on_them_go(lines):
    found = without_blank_lines("".join(f"{line}\n" for line in lines).encode())
    assert found.decode() == "".join(f"{line}\n" for line in lines if line.strip())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"1\r\n2,3,4\n", b"1,,\r\n2,3,4\n"),
        (b"# one\n\n1,2\n3,4,5\n", b"# one\n\n1,2,\n3,4,5\n"),
        (b"1,2", b"1,2,"),
        (b"1,2,3\n4\n", b"1,2,3\n4\n"),
        (b'1,"a\nb"\n', b'1,"a\nb"\n'),
        (b"\n", b"\n"),
    ],
)
def test_the_first_row_is_filled_up(text, expected):
    assert fill_first_row(text, Dialect(columns=COLUMNS, comment="#")) == expected
