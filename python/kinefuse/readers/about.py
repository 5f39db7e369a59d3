"""What a reader says of the data that it reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["About", "Split"]

Part = Mapping[str, tuple[str, ...]]
Split = Mapping[Literal["train", "validation", "test"], Part]
"""What the windows of each part have, as :func:`kinefuse.data.splits.by_condition` takes it."""


@dataclass(frozen=True, kw_only=True)
class About:
    """Where data come from and what is in them; every reader of a data set or format has one.

    Parameters
    ----------
    title : str
        What people call it, with what was recorded in a few words.
    source : str
        The publication, or the document that defines the format.
    licence : str
        What the authors allow, as they say it; a note, not advice.
    url : str
        Where its authors offer it.
    kind : {"data set", "format", "generator"}
        A format has a user's own recordings in it.
    units : dict of str to str
        The units in the files by kind of channel; the store's are g, rad/s and m.
    rates_hz : dict of str to float
        The nominal rate of each modality that the reader gives; empty when only the data tell.
    placements : tuple of str
        Where on the body the sensors are, or which camera it is.
    subjects : int, optional
        How many people took part.
    splits : dict of str to dict
        The published splits by name: for each part what its windows have, ready for
        :func:`kinefuse.data.splits.by_condition`.

    Examples
    --------
    >>> from kinefuse import readers
    >>> about = readers.about("utd-mhad")
    >>> about.rates_hz
    {'inertial': 50.0, 'skeleton': 30.0}
    >>> about.splits["cross-subject"]["test"]
    {'subject': ('2', '4', '6', '8')}
    """

    title: str
    source: str
    licence: str
    url: str = ""
    kind: Literal["data set", "format", "generator"] = "data set"
    units: Mapping[str, str] = field(default_factory=dict)
    rates_hz: Mapping[str, float] = field(default_factory=dict)
    placements: tuple[str, ...] = ()
    subjects: int | None = None
    splits: Mapping[str, Split] = field(default_factory=dict)
