"""Units: from one to another, from a converter's counts, and into those that the store keeps."""

import math
import operator
import re
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse._arrays import as_real, output
from kinefuse.errors import ConfigError, InputError

__all__ = ["convert", "convert_counts", "is_unit", "to_store"]

# NIST SP 811 (2008), appendix B.8, for the standard gravity, the gauss and degrees Fahrenheit.
_STANDARD_GRAVITY = 9.80665


class _Unit(NamedTuple):
    """``base = value * factor + zero``."""

    quantity: str
    factor: float
    zero: float = 0.0


_UNITS = {
    # Base: g, which the store keeps.
    "g": _Unit("acceleration", 1.0),
    "mg": _Unit("acceleration", 1e-3),
    "m/s2": _Unit("acceleration", 1 / _STANDARD_GRAVITY),
    "cm/s2": _Unit("acceleration", 1e-2 / _STANDARD_GRAVITY),
    # Base: rad/s, which the store keeps.
    "rad/s": _Unit("angular rate", 1.0),
    "mrad/s": _Unit("angular rate", 1e-3),
    "deg/s": _Unit("angular rate", math.pi / 180),
    "mdeg/s": _Unit("angular rate", math.pi / 180_000),
    "rpm": _Unit("angular rate", math.pi / 30),
    # Base: m, which the store keeps.
    "m": _Unit("length", 1.0),
    "cm": _Unit("length", 1e-2),
    "mm": _Unit("length", 1e-3),
    "in": _Unit("length", 0.0254),
    "deg": _Unit("angle", 1.0),
    "rad": _Unit("angle", 180 / math.pi),
    "turn": _Unit("angle", 360.0),
    "uT": _Unit("magnetic flux density", 1.0),
    "nT": _Unit("magnetic flux density", 1e-3),
    "mT": _Unit("magnetic flux density", 1e3),
    "T": _Unit("magnetic flux density", 1e6),
    "mG": _Unit("magnetic flux density", 0.1),
    "G": _Unit("magnetic flux density", 100.0),
    "degC": _Unit("temperature", 1.0),
    "K": _Unit("temperature", 1.0, -273.15),
    "degF": _Unit("temperature", 5 / 9, -160 / 9),
    "Pa": _Unit("pressure", 1.0),
    "hPa": _Unit("pressure", 100.0),
    "kPa": _Unit("pressure", 1000.0),
    "mbar": _Unit("pressure", 100.0),
}
_SPELLINGS = {
    "m/s^2": "m/s2",
    "m/s**2": "m/s2",
    "m/s²": "m/s2",
    "m s-2": "m/s2",
    "cm/s^2": "cm/s2",
    "cm/s²": "cm/s2",
    "dps": "deg/s",
    "°/s": "deg/s",
    "mdps": "mdeg/s",
    "°": "deg",
    "µT": "uT",
    "μT": "uT",
    "°C": "degC",
    "°F": "degF",
}
_SHARE = re.compile(r"(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?:/(\d*[1-9]\d*))? ?([^\d\s].*)")
_STORED = {"acceleration": "g", "angular rate": "rad/s", "length": "m"}


def convert(
    x: ArrayLike, from_unit: str, to_unit: str, *, out: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Convert values from one unit to another.

    Parameters
    ----------
    x : array of float32 or float64
        Any shape. Integers count as float64. NaN stays NaN.
    from_unit, to_unit : str
        Acceleration: ``g``, ``mg``, ``m/s2``, ``cm/s2``; angular rate: ``rad/s``, ``mrad/s``,
        ``deg/s``, ``mdeg/s``, ``rpm``; length: ``m``, ``cm``, ``mm``, ``in``; angle: ``deg``,
        ``rad``, ``turn``; magnetic flux density: ``T``, ``mT``, ``uT``, ``nT``, ``G``, ``mG``;
        temperature: ``degC``, ``K``, ``degF``; pressure: ``Pa``, ``hPa``, ``kPa``, ``mbar``. Usual
        other spellings (``m/s^2``, ``dps``, ``°C``) are known.
    out : array, optional
        Where to write: the shape and type of the result.

    Returns
    -------
    array of the shape and type of ``x``

    Raises
    ------
    ConfigError
        A unit that is not known, or two of different quantities.
    DtypeError
        ``x`` does not hold real numbers.

    Notes
    -----
    The standard gravity is 9.80665 m/s² (NIST SP 811). Factors are taken in float64 and rounded
    once to the type of ``x``; temperatures are computed in float64.

    Examples
    --------
    >>> convert([0.0, 9.80665], "m/s2", "g")
    array([0., 1.])
    >>> convert(180.0, "deg/s", "rad/s").round(6).item()
    3.141593
    >>> convert(1.0, "g", "deg/s")
    Traceback (most recent call last):
    kinefuse.errors.ConfigError: to_unit: 'deg/s' is an angular rate, 'g' an acceleration
    """
    source, target = _known("from_unit", from_unit), _known("to_unit", to_unit)
    if source.quantity != target.quantity:
        raise ConfigError(
            f"to_unit: {to_unit!r} is {_a(target.quantity)}, {from_unit!r} {_a(source.quantity)}"
        )
    values = as_real("x", x).reshape(np.shape(x))
    out = output(out, values.shape, values.dtype, reads=values)
    if source.zero == target.zero == 0.0:
        np.multiply(values, values.dtype.type(source.factor / target.factor), out=out)
        return out
    base = values.astype(np.float64) * source.factor + (source.zero - target.zero)
    np.divide(base, target.factor, out=out, casting="same_kind")
    return out


def convert_counts(
    counts: ArrayLike,
    *,
    full_scale: float,
    bits: int,
    zero: float = 0.0,
    out: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Convert the counts of an analogue-to-digital converter into the unit of its range.

    Parameters
    ----------
    counts : array of integers (or of real numbers)
        Any shape. NaN stays NaN.
    full_scale : float
        The range is from ``-full_scale`` to ``full_scale``: 8 for a sensor of ±8 g, 2000 for one of
        ±2000 deg/s. The result is in this unit.
    bits : int
        Resolution, 1 to 64: the range is divided into ``2 ** bits`` counts.
    zero : float
        The count that means 0; ``2 ** (bits - 1)`` where counts are unsigned.
    out : array of float64, optional
        Where to write.

    Returns
    -------
    array of float64
        ``(counts - zero) * 2 * full_scale / 2 ** bits``

    Raises
    ------
    InputError
        ``full_scale`` is not positive, ``bits`` not 1 to 64, ``zero`` not finite.
    DtypeError
        Counts that are no real numbers.

    Examples
    --------
    An ADXL345 of ±16 g and 13 bits, as in SisFall:

    >>> convert_counts([256, -512], full_scale=16, bits=13)
    array([ 1., -2.])
    """
    try:
        bits = operator.index(bits)
    except TypeError:
        raise InputError(f"bits: expected a whole number, got {bits!r}") from None
    if not 1 <= bits <= 64:
        raise InputError(f"bits: expected 1 to 64, got {bits}")
    full_scale, zero = _number("full_scale", full_scale), _number("zero", zero)
    if full_scale <= 0:
        raise InputError(f"full_scale: expected a range above 0, got {full_scale}")
    real = as_real("counts", counts).reshape(np.shape(counts))
    values = real.astype(np.float64, copy=False)
    out = output(out, values.shape, values.dtype, reads=values)
    np.subtract(values, zero, out=out)
    out *= math.ldexp(full_scale, 1 - bits)
    return out


def to_store(unit: str) -> tuple[str, float]:
    """Return the store's unit and the factor into it; units that it keeps as they are have 1.

    Acceleration is kept in g, angular rate in rad/s, length in m. What a count of a converter is
    worth may be said as a number before the unit.

    Examples
    --------
    >>> to_store("mg")
    ('g', 0.001)
    >>> to_store("1/256 g"), to_store("0.07 dps")
    (('g', 0.00390625), ('rad/s', 0.0012217304763960308))
    >>> to_store("uT")
    ('uT', 1.0)
    """
    share = _SHARE.fullmatch(unit)
    times, name = (
        (1.0, unit) if share is None else (float(share[1]) / float(share[2] or 1), share[3])
    )
    found = _UNITS.get(_SPELLINGS.get(name, name))
    if found is None or not 0 < times < math.inf:
        return unit, 1.0
    if found.quantity not in _STORED:
        return name, times
    return _STORED[found.quantity], times * found.factor


def is_unit(unit: str) -> bool:
    """Tell whether it is the name of a unit that can be converted.

    >>> is_unit("m/s²"), is_unit("acc_x")
    (True, False)
    """
    return _SPELLINGS.get(unit, unit) in _UNITS


def _known(name: str, unit: str) -> _Unit:
    if not isinstance(unit, str):
        raise ConfigError(f"{name}: expected the name of a unit, got {unit!r}")
    found = _UNITS.get(_SPELLINGS.get(unit, unit))
    if found is None:
        near = get_close_matches(unit, [*_UNITS, *_SPELLINGS], n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ConfigError(f"{name}: unknown unit {unit!r}; {hint}known are {', '.join(_UNITS)}")
    return found


def _a(quantity: str) -> str:
    return f"{'an' if quantity[0] in 'aeiou' else 'a'} {quantity}"


def _number(name: str, value: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{name}: expected a number, got {value!r}") from None
    if not math.isfinite(number):
        raise InputError(f"{name}: expected a finite number, got {number}")
    return number
