import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse.errors import FormatError
from kinefuse.readers import row_ranges
from kinefuse.readers.row_ranges import index_ranges, read_ranges

COLUMNS = ("n", "who", "what")
TYPES = {"n": pl.Int64, "who": pl.String, "what": pl.String}


@settings(deadline=None, max_examples=40)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 10**6), st.sampled_from("abc"), st.sampled_from(["x", "yy"])),
        min_size=1,
        max_size=40,
    ),
    block=st.integers(1, 60),
    end=st.sampled_from(["", "\n"]),
)
def test_each_group_comes_back_in_order_whatever_the_block(rows, block, end, tmp_path_factory):
    file = tmp_path_factory.mktemp("ranges") / "t.csv"
    lines = [",".join(COLUMNS), *(f"{n},{who},{what}" for n, who, what in rows)]
    file.write_text("\n".join(lines) + end)
    whole, row_ranges._BLOCK = row_ranges._BLOCK, block
    try:
        found = index_ranges(file, COLUMNS, ("who", "what"))
    finally:
        row_ranges._BLOCK = whole
    groups = list(dict.fromkeys((who, what) for _, who, what in rows))
    assert list(found) == groups
    for group in groups:
        table = read_ranges(file, found[group], TYPES)
        assert table.rows() == [row for row in rows if row[1:] == group]
    # Rows that follow each other are one range.
    runs = sum(i == 0 or row[1:] != rows[i - 1][1:] for i, row in enumerate(rows))
    assert sum(map(len, found.values())) == runs


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n,who\n1,a\n", "no column 'what'"),
        ("n,what,who\n1,a,b\n", "expected the columns n, who, what"),
        ("n,who,what\n", "no samples"),
        ("n,who,what\n1,,x\n", "row 1: expected all of who, what"),
        ("n,who,what\n1,a,x\n\n2,a,x\n", "row 2: expected all of who, what"),
    ],
)
def test_another_table_is_refused(text, message, tmp_path):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(FormatError, match=message):
        index_ranges(tmp_path / "t.csv", COLUMNS, ("who", "what"))


def test_a_cell_that_is_no_number_is_named(tmp_path):
    (tmp_path / "t.csv").write_text("n,who,what\n1,a,x\nz,a,x\n")
    (ranges,) = index_ranges(tmp_path / "t.csv", COLUMNS, ("who",)).values()
    with pytest.raises(FormatError, match="row 2, column 'n': expected a number, got 'z'"):
        read_ranges(tmp_path / "t.csv", ranges, TYPES)
