"""Rows of plainly written cells, parsed by the core."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kinefuse import _native

__all__ = ["Coded", "parse_names", "parse_numbers"]

Coded = tuple[NDArray[np.int32], list[str]]
"""Numbers of names, one a row (-1: none), and the names."""

_IN_NUMBERS = set('0123456789+-eE\r\n"')
_MOST_NAMES = 1000


def parse_numbers(
    text: bytes,
    wanted: Sequence[int],
    *,
    separator: str,
    decimal: str = ".",
    columns: int,
    empty: bool = True,
) -> NDArray[np.float64] | None:
    """Parse some columns of rows in which nothing is odd.

    Parameters
    ----------
    text : bytes
        Whole rows, a line each.
    wanted : sequence of int
        Which columns, from 0.
    separator, decimal : str
        The character between cells, the one before a fraction.
    columns : int
        How many cells each row has.
    empty : bool
        Whether a wanted cell may be empty.

    Returns
    -------
    (rows, wanted) array of float64 or None
        The nearest float64 to what is written; NaN where a cell is empty or says so. None: a wanted
        cell holds something else, blanks or quotes too, or a row is blank, too short or too long.

    Examples
    --------
    >>> parse_numbers(b"1,walk,2.5", [2, 0], separator=",", columns=3)
    array([[2.5, 1. ]])
    >>> parse_numbers(b"1, 2", [0, 1], separator=",", columns=2) is None
    True
    """
    signs = (separator.encode(), decimal.encode())
    if any(len(sign) != 1 for sign in signs) or separator == decimal or {separator} & _IN_NUMBERS:
        return None
    ((first,), (second,)) = signs
    return _native.parse_numbers(text, first, second, columns, list(wanted), empty)


def parse_names(text: bytes, wanted: int, *, separator: str, columns: int) -> Coded | None:
    r"""Give the different cells of a column numbers, in the order in which they come up.

    Parameters
    ----------
    text : bytes
        Whole rows, a line each.
    wanted : int
        Which column, from 0.
    separator : str
        The character between cells.
    columns : int
        How many cells each row has.

    Returns
    -------
    (codes, names) or None
        The number of each row's cell, -1 for an empty one, and the cells without blanks around
        them. None: there are more than a thousand, or rows are as :func:`parse_numbers` does not
        want them.

    Examples
    --------
    >>> codes, names = parse_names(b"1,walk\n2,sit\n3,\n4,walk", 1, separator=",", columns=2)
    >>> codes.tolist(), names
    ([0, 1, -1, 0], ['walk', 'sit'])
    """
    sign = separator.encode()
    if len(sign) != 1 or separator in _IN_NUMBERS or sign == b"\0":
        return None
    return _native.parse_names(text, sign[0], columns, wanted, _MOST_NAMES)
