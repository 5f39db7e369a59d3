"""Rows of text brought to one form: a line each, one separator between cells."""

import csv
import re
from codecs import BOM_UTF8
from io import StringIO

from kinefuse.readers.dialect import Dialect
from kinefuse.readers.header import split_cells

__all__ = ["clean_rows", "fill_first_row", "without_blank_lines"]

_BLANK_LINES = re.compile(rb"^[ \t\r]*\n", re.MULTILINE)


def clean_rows(text: bytes, dialect: Dialect) -> bytes:
    r"""Bring rows to one line each, cells to one separator between them.

    Parameters
    ----------
    text : bytes
        Whole rows, in UTF-8.
    dialect : Dialect
        How they are written.

    Examples
    --------
    >>> dialect = Dialect(columns=("x", "y"), row_end=";", line_end="\r", padded=True)
    >>> clean_rows(b"1 , 2;\r3,4 ;", dialect)
    b'1,2\n3,4\n'
    """
    if text.startswith(BOM_UTF8):
        text = text[len(BOM_UTF8) :]
    if dialect.line_end != "\n":
        text = text.replace(dialect.line_end.encode(), b"\n")
    if dialect.padded:
        without = _rewritten if b'"' in text else _without_padding
        text = without(text, dialect.separator.encode())
    if dialect.row_end:
        end = dialect.row_end.encode()
        text = text.replace(end + b"\r\n", b"\n").replace(end + b"\n", b"\n")
        text = text.replace(end, b"\n")
        text = without_blank_lines(text)
    if dialect.separator == " ":
        if b"\t" in text:
            text = text.replace(b"\t", b" ")
        while b"  " in text:
            text = text.replace(b"  ", b" ")
        text = text.replace(b"\n ", b"\n").replace(b" \n", b"\n").replace(b" \r\n", b"\n")
        text = text.removeprefix(b" ")
    return text


def fill_first_row(text: bytes, dialect: Dialect) -> bytes:
    r"""Bring the first row to its width, from which polars takes that of all.

    >>> fill_first_row(b"1\n2,3\n", Dialect(columns=("x", "y")))
    b'1,\n2,3\n'
    """
    begin = 0
    while begin < len(text):
        end = text.find(b"\n", begin)
        end = len(text) if end < 0 else end
        line = text[begin:end].decode("utf-8", "replace").rstrip("\r")
        if line.strip() and not (dialect.comment and line.startswith(dialect.comment)):
            lacking = len(dialect.columns) - len(split_cells(line, dialect.separator))
            if lacking <= 0 or line.count('"') % 2:
                return text
            end -= text[begin:end].endswith(b"\r")
            return text[:end] + lacking * dialect.separator.encode() + text[end:]
        begin = end + 1
    return text


def without_blank_lines(text: bytes) -> bytes:
    r"""Leave out the lines on which nothing stands.

    >>> without_blank_lines(b"1,2\n \t\n\n3,4\n")
    b'1,2\n3,4\n'
    """
    if any(start in text for start in (b"\n ", b"\n\t", b"\n\r")) or text[:1] in (
        b" ",
        b"\t",
        b"\r",
    ):
        text = _BLANK_LINES.sub(b"", text)
    while b"\n\n" in text:
        text = text.replace(b"\n\n", b"\n")
    return text.removeprefix(b"\n")


def _without_padding(text: bytes, separator: bytes) -> bytes:
    """Take the blanks around cells away, not those within."""
    for blank in (b" ", b"\t") if separator != b"\t" else (b" ",):
        for near in (separator, b"\n", b";"):
            while blank + near in text:
                text = text.replace(blank + near, near)
            while near + blank in text:
                text = text.replace(near + blank, near)
    return text.lstrip(b" \t" if separator != b"\t" else b" ")


def _rewritten(text: bytes, separator: bytes) -> bytes:
    """Take the blanks around cells away where some cells have quotes, which is slow."""
    lines = StringIO(text.decode("utf-8", "surrogateescape"), newline="")
    made = StringIO(newline="")
    writer = csv.writer(made, delimiter=separator.decode(), lineterminator="\n")
    try:
        for row in csv.reader(lines, delimiter=separator.decode(), skipinitialspace=True):
            writer.writerow([cell.strip() for cell in row])
    except csv.Error:  # polars will say what is wrong
        return text
    return made.getvalue().encode("utf-8", "surrogateescape")
