"""Readers: one file for each data set or format, found by name.

>>> from kinefuse import readers
>>> reader = readers.get("utd-mhad")
>>> reader.name
'utd-mhad'
"""

from kinefuse.readers.about import About
from kinefuse.readers.recognition import Match, recognize
from kinefuse.readers.registry import Reader, Source, about, find, get, names, register

__all__ = [
    "About",
    "Match",
    "Reader",
    "Source",
    "about",
    "find",
    "get",
    "names",
    "recognize",
    "register",
]
