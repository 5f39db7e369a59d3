"""Units: which ones the store keeps, and what turns others into them."""

__all__ = ["to_store"]

_STANDARD_GRAVITY = 9.80665
_PI = 3.141592653589793

# unit: (what the store keeps, factor). NIST SP 811 for the standard gravity.
_KNOWN = {
    "g": ("g", 1.0),
    "mg": ("g", 1e-3),
    "m/s2": ("g", 1 / _STANDARD_GRAVITY),
    "m/s^2": ("g", 1 / _STANDARD_GRAVITY),
    "m/s²": ("g", 1 / _STANDARD_GRAVITY),
    "rad/s": ("rad/s", 1.0),
    "deg/s": ("rad/s", _PI / 180),
    "dps": ("rad/s", _PI / 180),
    "°/s": ("rad/s", _PI / 180),
    "m": ("m", 1.0),
    "cm": ("m", 1e-2),
    "mm": ("m", 1e-3),
}


def to_store(unit: str) -> tuple[str, float]:
    """Return the store's unit and the factor into it; units not known stay what they are.

    Examples
    --------
    >>> to_store("mg")
    ('g', 0.001)
    >>> to_store("uT")
    ('uT', 1.0)
    """
    return _KNOWN.get(unit, (unit, 1.0))
