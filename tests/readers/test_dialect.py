"""Whatever way a table is written, it comes back equal, and the way is named."""

import bz2
import gzip
import lzma
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.dialect import sniff
from kinefuse.readers.text_table import TextTable
from kinefuse.readers.zstd import _MODULE

zstd = import_module(_MODULE)
PACKERS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
}


@dataclass
class Written:
    """A table and how it is written."""

    values: np.ndarray
    labels: list | None = None
    separator: str = ","
    decimal: str = "."
    levels: int = 1
    units: bool = False
    comments: list = field(default_factory=list)
    preamble: list = field(default_factory=list)
    trailing: bool = False
    encoding: str = "utf-8"
    bom: bool = False
    line_end: str = "\n"
    last_line_end: bool = True
    row_end: str = ""
    padded: bool = False
    blank_lines: bool = False
    packer: str | None = None

    @property
    def columns(self):
        named = [f"acc_{i}" for i in range(self.values.shape[1])] + ["what"] * bool(self.labels)
        return [".".join([f"level{k}" for k in range(self.levels - 1)] + [c]) for c in named]

    def content(self):
        def line(cells):
            cells = [f" {cell}  " for cell in cells] if self.padded else cells
            return self.separator.join([*cells, *[""] * self.trailing])

        rows = [line(column.split(".")[k] for column in self.columns) for k in range(self.levels)]
        if self.units:
            rows.append(line(["[m/s^2]"] * self.values.shape[1] + [""] * bool(self.labels)))
        for i, row in enumerate(self.values):
            cells = [repr(float(value)).replace(".", self.decimal) for value in row]
            cells = ["" if cell == "nan" else cell for cell in cells]
            if self.labels:
                label = self.labels[i % len(self.labels)]
                quoted = any(sign in label for sign in (self.separator, '"', "\n"))
                cells.append('"' + label.replace('"', '""') + '"' if quoted else label)
            rows.append(line(cells) + self.row_end)
            if self.blank_lines and i % 3 == 0:
                rows.append("")
        lines = [f"# {text}" for text in self.comments] + self.preamble + rows
        text = self.line_end.join(lines) + self.line_end * self.last_line_end
        content = (("\ufeff" if self.bom else "") + text).encode(self.encoding)
        return PACKERS[self.packer](content) if self.packer else content


def check(file, written):
    file.write_bytes(written.content())
    encoding = None if written.bom or written.encoding == "utf-8" else written.encoding
    table = TextTable(file, sniff(file, encoding=encoding))
    columns = written.columns
    assert list(table.columns[: len(columns)]) == columns
    numbers = columns[: written.values.shape[1]]
    blocks = list(table.blocks(columns, numbers))
    found = np.concatenate([block.numbers(numbers) for block in blocks])
    np.testing.assert_array_equal(found, written.values)
    if written.labels:
        labels = [label for block in blocks for label in block[columns[-1]]]
        expected = [written.labels[i % len(written.labels)] for i in range(len(written.values))]
        assert labels == expected
    return table


def some(rows=12, columns=3, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, columns))


LABELS = st.text(
    st.characters(codec="latin-1", exclude_categories=["Cc"]), min_size=1, max_size=8
).filter(lambda text: text == text.strip() and any(map(str.isalpha, text)) and text[0].isalpha())


@st.composite
def tables(draw):
    separator, decimal = draw(
        st.sampled_from([(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), ("|", ".")])
    )
    rows = draw(st.integers(3, 30))
    values = draw(
        st.lists(
            st.lists(
                st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=3, max_size=3
            ),
            min_size=rows,
            max_size=rows,
        )
    )
    encoding = draw(st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "latin-1"]))
    return Written(
        values=np.array(values),
        labels=draw(st.none() | st.lists(LABELS, min_size=1, max_size=3)),
        separator=separator,
        decimal=decimal,
        levels=draw(st.integers(1, 3)),
        units=draw(st.booleans()),
        comments=draw(st.lists(st.sampled_from(["made by hand", "x;y,z", "50 Hz"]), max_size=3)),
        preamble=draw(st.sampled_from([[], ["Device: 17", ""], ["Start,12:00", "Rate", ""]])),
        trailing=draw(st.booleans()),
        encoding=encoding,
        bom=encoding.startswith("utf") and draw(st.booleans()),
        line_end=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        padded=draw(st.booleans()),
        blank_lines=draw(st.booleans()),
        packer=draw(st.sampled_from([None, *PACKERS])),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_any_way_of_writing_comes_back_equal(tmp_path_factory, written):
    check(tmp_path_factory.mktemp("table") / "x.csv", written)


@pytest.mark.parametrize(
    ("changes", "described"),
    [
        ({}, "separator comma, 1 header line"),
        ({"separator": ";", "decimal": ","}, "separator semicolon, decimal comma, 1 header line"),
        ({"separator": "\t", "levels": 3}, "separator tab, 3 header lines"),
        ({"separator": " "}, "separator blank, 1 header line"),
        ({"separator": "   "}, "separator blank, 1 header line"),
        ({"separator": "  ", "decimal": ","}, "separator blank, decimal comma, 1 header line"),
        ({"units": True}, "separator comma, 2 header lines, units in the header"),
        ({"row_end": ";"}, "separator comma, 1 header line, rows end in a semicolon"),
        ({"row_end": ";", "padded": True}, "rows end in a semicolon"),
        ({"trailing": True, "separator": ";"}, "separator semicolon, 1 header line"),
        ({"comments": ["one", "two"]}, "2 lines before it, comments after #"),
        ({"preamble": ["Start,12:00", "", "a b c d e f"]}, "1 header line, 3 lines before it"),
        ({"encoding": "utf-16-le", "bom": True}, "utf-16-le"),
        ({"encoding": "utf-16-be"}, "utf-16-be"),
        ({"bom": True, "line_end": "\r\n"}, "separator comma, 1 header line"),
        ({"line_end": "\r"}, "line ends of old Macs"),
        ({"packer": "gzip", "last_line_end": False}, "separator comma, 1 header line, gzip"),
        ({"packer": "xz"}, "xz"),
        ({"labels": ["sit, still", 'the "chair"', "línea", "two\nlines"]}, "separator comma"),
        ({"blank_lines": True, "line_end": "\r\n"}, "separator comma"),
    ],
)
def test_the_way_is_found_out_and_named(tmp_path, changes, described):
    written = Written(**({"values": some()} | changes))
    assert described in check(tmp_path / "x.csv", written).dialect.describe()


@pytest.mark.parametrize("blank", ["", " ", ";;", " ; ; ", '"";"";""'])
@pytest.mark.parametrize("rows", [1, 2, 3, 12])
def test_blank_rows_do_not_decide_how_a_table_without_a_header_is_written(tmp_path, rows, blank):
    file = tmp_path / "x.csv"
    values = some(rows)
    lines = [";".join(repr(float(x)).replace(".", ",") for x in row) for row in values]
    file.write_text("".join(f"{line}\n{blank}\n" for line in lines))
    table = TextTable(file, sniff(file))
    assert table.dialect.describe() == "separator semicolon, decimal comma, no header"
    blocks = list(table.blocks(table.columns, table.columns))
    found = np.concatenate([block.numbers(table.columns) for block in blocks])
    np.testing.assert_array_equal(found[~np.isnan(found).all(1)], values)


def test_a_cell_that_the_last_row_lacks_is_looked_for_above(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("0,5;\n;\n0,6;1,6\n;0,3\n")
    table = TextTable(file, sniff(file))
    (block,) = table.blocks(table.columns, table.columns)
    nan = np.nan
    expected = [[0.5, nan], [nan, nan], [0.6, 1.6], [nan, 0.3]]
    np.testing.assert_array_equal(block.numbers(table.columns), expected)


def test_settings_come_before_what_is_seen(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("1;2,5\n3;4,5\n5;6,5\n")
    found = sniff(file)
    assert (found.columns, found.decimal, found.header_lines) == (("column_1", "column_2"), ",", 0)
    told = sniff(file, separator=",", header_lines=1, decimal=".")
    assert told.columns == ("1;2", "5")
    named = sniff(file, names=["a", "b"], skip_lines=1)
    assert (named.columns, named.data_line, named.first_rows[0]) == (("a", "b"), 1, ("3", "4,5"))


def test_headers_as_other_programs_write_them(tmp_path):
    file = tmp_path / "x.csv"

    def columns(text):
        file.write_text(text)
        return sniff(file).columns

    assert columns("x y\n1 0.1 0.2\n2 0.3 0.4\n") == ("column_1", "x", "y")  # R
    assert columns("# t,x\n0,0.1\n1,0.2\n") == ("t", "x")  # numpy.savetxt
    assert columns(",0,1\n0,0.5,0.1\n1,0.2,0.4\n") == ("column_1", "0", "1")  # pandas
    assert columns('"Time (s)","acc (m/s^2)"\n0,0.1\n1,0.2\n') == ("Time (s)", "acc (m/s^2)")
    assert sniff(file).units == {"Time (s)": "s", "acc (m/s^2)": "m/s^2"}
    assert columns("left,,right,\nx,y,x,y\n1,2,3,4\n5,6,7,8\n") == (
        "left.x", "left.y", "right.x", "right.y",
    )  # fmt: skip
    assert columns("x,y\n") == ("x", "y")
    assert columns("who,what\na,sit\nb,run\n") == ("who", "what")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"# nothing\n# more\n", "holds comments only"),
        ("a,b\n1,2\n3,caf\xe9\n".encode("latin-1"), r"line 3: byte 0xe9 is not UTF-8.*'3,café'"),
        (b"a,b\x00\x01\n", "byte 0x00 at 3"),
        (b"PK\x03\x04rest", "a zip archive"),
        (b"PAR1xxxx", "the reader is 'parquet'"),
        (b"\x1f\x8b\x08\x00cut", "damaged or cut off"),
        (gzip.compress(b"a,b\n1,2\n" * 9000)[:-9], "damaged or cut off"),
        (b"\x28\xb5\x2f\xfdcut", "damaged or cut off"),
        (zstd.compress(b"a,b\n1,2\n" * 9000)[:-9], "damaged or cut off"),
    ],
)
def test_what_is_no_text_is_refused_by_name(tmp_path, content, message):
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    with pytest.raises(FormatError, match=rf"(?s)x\.csv.*{message}"):
        list(TextTable(file, sniff(file)).blocks(["a"], ["a"]))


@pytest.mark.parametrize(
    "given",
    [
        {"separator": ";;"},
        {"separator": ""},
        {"decimal": ";"},
        {"decimal": ",", "separator": ","},
        {"encoding": "utf-99"},
        {"skip_lines": -1},
        {"header_lines": True},
        {"comment": ""},
        {"names": ["a", "a"]},
    ],
)
def test_settings_that_make_no_sense(tmp_path, given):
    file = tmp_path / "x.csv"
    file.write_text("x,y\n1,2\n")
    with pytest.raises(ConfigError, match=next(iter(given))):
        sniff(file, **given)


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=400)
    | st.text(st.sampled_from("01.,;\t |\n\r\"#-eEnaxyz:'"), max_size=200).map(str.encode)
)
@example(b'x\n1\n"')
def test_random_bytes_give_a_table_or_a_format_error(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("fuzz") / "x.csv"
    file.write_bytes(content)
    with suppress(FormatError):
        table = TextTable(file, sniff(file))
        for column in table.columns:
            with suppress(FormatError):
                list(table.blocks([column], [column]))
            list(table.blocks([column], []))
