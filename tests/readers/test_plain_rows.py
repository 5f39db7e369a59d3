import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse.errors import FormatError
from kinefuse.readers.dialect import Dialect
from kinefuse.readers.plain_rows import parse_names, parse_numbers
from kinefuse.readers.text_table import TextTable

NUMBERS = st.one_of(
    st.floats(allow_infinity=False).map(repr),
    st.floats(allow_infinity=False, width=32).map(repr),
    st.decimals(-1000, 1000, places=4).map(str),
    st.integers(-(10**25), 10**25).map(str),
    st.just(""),
)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=30), st.booleans())
def test_every_number_is_the_one_python_reads(rows, ended):
    text = "\n".join(";".join(row) for row in rows) + "\n" * ended
    found = parse_numbers(text.encode(), [2, 0], separator=";", columns=3)
    expected = [[float(row[column] or "nan") for column in (2, 0)] for row in rows]
    np.testing.assert_array_equal(found, expected)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=30))
def test_a_decimal_comma_makes_no_difference(rows):
    text = "\n".join(";".join(row) for row in rows) + "\n"
    found = parse_numbers(
        text.replace(".", ",").encode(), [0, 1], separator=";", decimal=",", columns=2
    )
    np.testing.assert_array_equal(
        found, parse_numbers(text.encode(), [0, 1], separator=";", columns=2)
    )


@given(st.lists(st.sampled_from(["walk", "sit", " sit", "é", ""]), min_size=1, max_size=40))
def test_names_are_those_written(names):
    text = "".join(f"1,{name},2\n" for name in names)
    codes, known = parse_names(text.encode(), 1, separator=",", columns=3)
    assert [known[code] if code >= 0 else "" for code in codes] == [n.strip() for n in names]
    assert len(set(known)) == len(known)


@pytest.mark.parametrize(
    "text",
    [
        b"1,2\n1,2,3\n",
        b"1,2,3\n\n1,2,3\n",
        b"1, 2,3\n",
        b"1,x,3\n",
        b'1,"2",3\n',
        b"1,0x1,3\n",
        b"1,1_0,3\n",
        b"1,inf,3\n",
    ],
)
def test_what_is_odd_is_left_to_others(text):
    assert parse_numbers(text, [0, 1, 2], separator=",", columns=3) is None


def test_separators_that_numbers_hold_are_left_to_others():
    assert parse_numbers(b"1-2\n", [0, 1], separator="-", columns=2) is None
    assert parse_numbers(b"1.2\n", [0, 1], separator=".", columns=2) is None
    assert parse_names("1é2\n".encode(), 0, separator="é", columns=2) is None
    assert (
        parse_names(b"\n".join(b"%d" % i for i in range(2000)), 0, separator=",", columns=1) is None
    )


def slow_and_fast(file, text, columns, numbers):
    """Read a text as it is, and with a comment that nobody can read quickly."""
    names = tuple(f"c{i}" for i in range(columns))
    found = []
    for comment in (None, "#"):
        dialect = Dialect(
            columns=names, separator=",", header_lines=0, data_line=0, comment=comment
        )
        file.write_bytes(text if comment is None else b"# odd\n" + text)
        table = TextTable(file, dialect)
        try:
            blocks = [block.frame(names) for block in table.blocks(names, numbers)]
            empty = {n: pl.Float64 if n in numbers else pl.String for n in names}
            rows = pl.concat(blocks).rows() if blocks else pl.DataFrame(schema=empty).rows()
            found.append((rows, dict(table.counts)))
        except FormatError as error:
            found.append(str(error).split("; are")[0])
    return found


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from("0123456789.,,,,\n\n-+eNa ab\r"), max_size=80).map("".join))
def test_the_quick_way_and_the_other_read_the_same(tmp_path_factory, text):
    file = tmp_path_factory.mktemp("odd") / "t.csv"
    fast, slow = slow_and_fast(file, text.encode(), 3, {"c0", "c1"})
    assert fast == slow, text


def test_blocks_end_at_rows_and_say_where(tmp_path, monkeypatch):
    monkeypatch.setattr("kinefuse.readers.text_table._PLAIN_BYTES", 2**11)
    monkeypatch.setattr("kinefuse.readers.text_table._TAIL_BYTES", 2**7)
    file = tmp_path / "t.csv"
    rows = [f"{i},{i % 7}.5\n" for i in range(3000)]
    file.write_text("x,y\n" + "".join(rows))
    dialect = Dialect(columns=("x", "y"), separator=",", header_lines=1, data_line=1)
    blocks = list(TextTable(file, dialect).blocks(["y", "x"], ["x", "y"]))
    assert len(blocks) > 5
    found = np.concatenate([block.numbers(["x", "y"]) for block in blocks])
    np.testing.assert_array_equal(found, [[i, i % 7 + 0.5] for i in range(3000)])
    sizes = np.cumsum([4, *map(len, rows)])
    for block in blocks:
        assert block.start == (sizes[block.row], block.row)
        assert block.bytes_read == sizes[block.row + len(block)]
    again = next(TextTable(file, dialect).blocks(["x"], ["x"], blocks[3].start))
    assert again["x"][0] == blocks[3].row


def test_a_quote_far_down_is_read_as_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("kinefuse.readers.text_table._PLAIN_BYTES", 2**11)
    monkeypatch.setattr("kinefuse.readers.text_table._TAIL_BYTES", 2**7)
    file = tmp_path / "t.csv"
    file.write_text("".join(f"{i},a\n" for i in range(2000)) + '7,"b\nc"\n8,d\n')
    dialect = Dialect(columns=("x", "y"), separator=",", header_lines=0, data_line=0)
    blocks = list(TextTable(file, dialect).blocks(["x", "y"], ["x"]))
    assert [cell for block in blocks for cell in block["y"]][-3:] == ["a", "b\nc", "d"]
    assert sum(map(len, blocks)) == 2002
