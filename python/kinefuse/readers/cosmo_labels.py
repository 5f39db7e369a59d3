"""Which recordings of UTD-MHAD had labels in the experiments of Cosmo.

X. Ouyang et al., "Cosmo: contrastive fusion learning with small data for multimodal human activity
recognition", MobiCom 2022. Training subjects are 1 to 6, test subjects 7 and 8. A share counts
against a pool of 20 recordings an activity, so that 5 % is one label a class. The lists of
different shares were drawn apart: they are not nested.
"""

import json
from importlib.resources import files

from kinefuse.errors import InputError

__all__ = ["PERCENT", "cosmo_labels"]

PERCENT = (5, 10, 15, 20, 30, 40)
"""The shares that there are lists of."""


def cosmo_labels(percent: int) -> tuple[str, ...]:
    """Return the names of the recordings with labels, as the reader ``utd-mhad`` gives them.

    Parameters
    ----------
    percent : int
        One of :data:`PERCENT`: 1, 2, 3, 4, 6 and 8 labels a class.

    Raises
    ------
    InputError
        There is no list of this share.

    Examples
    --------
    >>> names = cosmo_labels(5)
    >>> len(names), names[:2]
    (27, ('a1_s6_t3', 'a2_s5_t4'))
    """
    if percent not in PERCENT:
        raise InputError(
            f"cosmo_labels: expected {', '.join(map(str, PERCENT))} percent, got {percent!r}"
        )
    text = files("kinefuse.readers").joinpath("cosmo_labels.json").read_text("utf-8")
    return tuple(json.loads(text)[str(percent)])
