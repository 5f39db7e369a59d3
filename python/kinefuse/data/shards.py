"""Which sources a machine takes when several write one store, each a part of it."""

from collections.abc import Sequence
from typing import Any, TypeVar

from kinefuse.data.writer import Entry, fingerprint
from kinefuse.errors import ConfigError

__all__ = ["check_shard", "describe_clash", "describe_part", "read_shard", "take"]

T = TypeVar("T")


def read_shard(text: str) -> tuple[int, int]:
    """Read ``i/n``.

    Raises
    ------
    ConfigError
        Something else, or a part that is not among the n.

    Examples
    --------
    >>> read_shard("3/8")
    (3, 8)
    """
    first, slash, second = text.partition("/")
    if not slash or not (first.isdecimal() and second.isdecimal()):
        raise ConfigError(f"shard: expected i/n, as 3/8, got {text!r}")
    return check_shard((int(first), int(second)))


def check_shard(shard: tuple[int, int]) -> tuple[int, int]:
    """Return ``(i, n)`` if there is such a part.

    Raises
    ------
    ConfigError
        There is not.
    """
    number, of = shard
    if not 1 <= number <= of:
        raise ConfigError(f"shard: expected a part from 1 to n, got {number}/{of}")
    return number, of


def take(shard: tuple[int, int], items: Sequence[T]) -> list[T]:
    """Return every n-th item from the i-th on.

    Examples
    --------
    >>> take((2, 3), "abcdefgh")
    ['b', 'e', 'h']
    """
    number, of = shard
    return list(items[number - 1 :: of])


def describe_part(
    shard: tuple[int, int], inputs: Sequence[Any], classes: Sequence[str]
) -> dict[str, Any]:
    """Return what a part says of itself: which it is, and of what.

    Parameters
    ----------
    shard : tuple of int
        ``(i, n)``, i from 1.
    inputs : sequence of dict
        Of all parts together, as :class:`kinefuse.data.writer.StoreWriter` takes them.
    classes : sequence of str
        The activities whose numbers the reader gives.
    """
    number, of = shard
    return {
        "number": number,
        "of": of,
        "whole": fingerprint(inputs),
        "classes": list(classes),
    }


def describe_clash(entry: Entry) -> dict[str, Any]:
    """Return what must be known to say whether a recording fits in with others.

    One that a part leaves out because it does not fit in with those before it may be left out of
    the whole for another recording, or fit in.
    """
    return {
        "id": entry.id,
        "schemas": {name: samples.schema.to_dict() for name, samples in entry.samples.items()},
        "labelled": next(
            (name for name, samples in entry.samples.items() if samples.labels is not None), None
        ),
    }
