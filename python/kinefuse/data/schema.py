"""What the arrays of one modality hold."""

from dataclasses import asdict, dataclass
from typing import Any

from kinefuse.errors import FormatError

__all__ = ["ModalitySchema"]


@dataclass(frozen=True)
class ModalitySchema:
    """Channels, units, rate and layout of one modality of a store.

    Attributes
    ----------
    channels : tuple of str
        Names of the C channels, or of the D coordinates of a joint.
    units : tuple of str
        One a channel.
    shape : tuple of int
        Of one sample: ``(C,)``, or ``(J, D)``.
    rate_hz : float
        Samples a second, the same for all recordings.
    layout : str or None
        The skeleton layout.
    """

    channels: tuple[str, ...]
    units: tuple[str, ...]
    shape: tuple[int, ...]
    rate_hz: float
    layout: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "ModalitySchema":
        """Undo :meth:`to_dict`."""
        return cls(
            channels=tuple(values["channels"]),
            units=tuple(values["units"]),
            shape=tuple(values["shape"]),
            rate_hz=float(values["rate_hz"]),
            layout=values["layout"],
        )

    def require(self, other: "ModalitySchema", modality: str) -> None:
        """Raise :class:`FormatError` unless ``other`` is the same, saying what differs."""
        for what in ("shape", "channels", "units", "layout", "rate_hz"):
            mine, theirs = getattr(self, what), getattr(other, what)
            if mine != theirs:
                advice = ""
                if what == "rate_hz":
                    advice = f"; rate_hz={{{modality!r}: {mine}}} brings all of them to one rate"
                raise FormatError(
                    f"{modality}: {what}: expected {mine}, as in the recordings before, "
                    f"got {theirs}{advice}"
                )
