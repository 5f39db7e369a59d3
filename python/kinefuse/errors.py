"""The exceptions and warnings of kinefuse.

A missing file stays :class:`FileNotFoundError`; everything else that kinefuse refuses is a
:class:`KinefuseError` and also the built-in class that such a mistake would have raised anyway.
"""


class KinefuseError(Exception):
    """Whatever kinefuse raises itself. Never raised as such."""


class InputError(KinefuseError, ValueError):
    """A wrong value from the caller."""


class ShapeError(InputError):
    """An array of the wrong shape."""


class DtypeError(InputError, TypeError):
    """An array of the wrong type."""


class ConfigError(InputError):
    """An unknown or malformed setting."""


class TimeError(KinefuseError, ValueError):
    """A clock that cannot be used: no rate, not repairable, a gap above the limit."""


class FormatError(KinefuseError, ValueError):
    """A file that does not hold what it should."""


class StoreError(KinefuseError, RuntimeError):
    """A store that is not whole, of another version, or changed under us."""


class SplitError(KinefuseError, ValueError):
    """A subject in two folds, or an empty fold."""


class CheckpointError(KinefuseError, RuntimeError):
    """A checkpoint made for another rate, other channels, another layout or version."""


class MissingExtraError(KinefuseError, ImportError):
    """An optional dependency is not installed."""


class KinefuseWarning(UserWarning):
    """Whatever kinefuse warns of."""


class GapWarning(KinefuseWarning):
    """Missing data was found and kept as a gap."""


class LeakageWarning(KinefuseWarning):
    """A split lets one person's data into training and test."""


class RateWarning(KinefuseWarning):
    """A clock's rate is not what was said."""
