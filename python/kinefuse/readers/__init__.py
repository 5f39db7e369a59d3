"""Readers: one file for each data set or format, found by name.

>>> from kinefuse import readers
>>> reader = readers.get("utd-mhad")
>>> reader.name
'utd-mhad'
"""

from kinefuse.readers.registry import Reader, Source, get, names, register

__all__ = ["Reader", "Source", "get", "names", "register"]
