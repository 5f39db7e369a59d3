"""Settings on their way into the core: told what was expected, whatever comes."""

import operator
from typing import Any

from kinefuse.errors import InputError

__all__ = ["choice", "number", "whole"]


def choice(name: str, value: Any, expected: tuple[str, ...]) -> str:
    """Return one of a few words."""
    if isinstance(value, str) and value in expected:
        return value
    raise InputError(f"{name}: expected one of {expected}, got {value!r}")


def number(name: str, value: Any, what: str = "seconds") -> float:
    """Return a float; the core says what is out of range."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{name}: expected {what}, got {value!r}") from None


def whole(name: str, value: Any) -> int:
    """Return a whole number of 64 bits."""
    try:
        found = operator.index(value)
    except TypeError:
        found = 2**63
    if -(2**63) <= found < 2**63:
        return found
    raise InputError(f"{name}: expected a whole number of 64 bits, got {value!r}")
