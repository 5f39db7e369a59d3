"""What the first mining finds, before any training on it: purity by ``k``, study by study.

The network is that of the study "as-is", pretrained on all recordings of the training people; a
study takes recordings from it, or exchanges ids. It costs no training, so that ``k`` and the draw
can be varied.
"""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benches.mining.studies import STUDIES, Study

from kinefuse.data import MotionStore
from kinefuse.evaluate import embed
from kinefuse.methods.mining import CenteredCosines, mine_across_subjects
from kinefuse.methods.windows import fold
from kinefuse.recipe import Recipe

__all__ = ["K", "first_minings"]

K = (1, 2, 4, 8, 16)
_REPEATS = 5
_CHANGES = (
    "as-is", "missing-third", "missing-half", "unequal-counts", "two-people", "half-sessions",
    "wrong-ids-10", "wrong-ids-30", "shuffled-ids",
)  # fmt: skip


def first_minings(out: Path, dataset: str, seed: int) -> dict[str, Any]:
    """Mine by the pretrained network of a data set, for each study of it and each ``k``.

    Returns
    -------
    dict of dict
        By study and ``k``: ``purity``, ``per_window`` and ``covered``, means over repeats.
    """
    studies = {study.name: study for study in STUDIES if study.dataset == dataset}
    whole = studies["as-is"]
    recipe = Recipe.load(whole.plain)
    store = MotionStore(out / "stores" / dataset)
    found = embed(
        out / "start" / f"{whole.start}-{seed}", store, index=fold(store, recipe, "train").index
    )
    alike = np.asarray(CenteredCosines(*found.projections.values()))
    row_of = {window: row for row, window in enumerate(found.windows["window"])}
    return {
        name: _by_k(studies[name], found.windows, alike, row_of)
        for name in _CHANGES
        if name in studies
    }


def _by_k(
    study: Study, windows: pl.DataFrame, alike: Any, row_of: dict[int, int]
) -> dict[str, dict[str, float]]:
    people = study.settings.get("split.train")
    if people is not None:
        windows = windows.filter(pl.col("subject").is_in(people))
    measured: dict[str, list[tuple[float, ...]]] = {}
    for repeat in range(_REPEATS):
        random = np.random.default_rng([repeat, 77])
        mine = windows if study.change is None else study.change(windows, random)
        rows = [row_of[window] for window in mine["window"]]
        who = mine[study.settings.get("cross_subject.by", "subject")].to_numpy()
        for k in K:
            pairs = mine_across_subjects(alike[np.ix_(rows, rows)], who, k=k)
            purity = pairs.purity(mine["label"].fill_null(-1).to_numpy())
            measured.setdefault(str(k), []).append((purity, pairs.per_window, pairs.covered))
    return {
        k: dict(zip(("purity", "per_window", "covered"), np.mean(values, axis=0), strict=True))
        for k, values in measured.items()
    }
