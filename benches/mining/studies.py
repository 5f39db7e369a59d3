"""What is done to cross-subject mining, one study after the other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

__all__ = ["STUDIES", "Study"]

_HERE = Path(__file__).parent

Change = Callable[[pl.DataFrame, np.random.Generator], pl.DataFrame]


@dataclass(frozen=True, eq=False)
class Study:
    """One way to train, and what is said of it.

    ``change`` makes the training windows what the study wants; ``noise`` is in standard deviations
    of a channel, for skeletons in metres; ``settings`` are laid over the recipe. ``shared`` names
    the study whose pretraining this one goes on from, where nothing changes before mining.
    """

    name: str
    dataset: str
    says: str
    plain: str
    mined: str
    change: Change | None = None
    noise: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    shared: str | None = None
    balanced: bool = True

    @property
    def file(self) -> str:
        """Its name in a folder of results."""
        return f"{self.dataset}-{self.name}"

    @property
    def start(self) -> str:
        """The name of the pretraining it goes on from."""
        return f"{self.dataset}-{self.shared or self.name}"

    @property
    def settings_of_plain(self) -> dict[str, Any]:
        """The settings, but for those of mining."""
        return {k: v for k, v in self.settings.items() if not k.startswith("cross_subject.")}


def _without_activities(share: float) -> Change:
    """Take a share of the activities from each person, as evenly over activities as possible."""

    def change(index: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
        people = index["subject"].unique().sort().to_list()
        activities = index["label"].unique().sort().to_list()
        lacks = round(share * len(activities))
        missing = {person: set[int]() for person in people}
        times = dict.fromkeys(activities, 0)
        for person in people:
            order = sorted(activities, key=lambda a: (times[a], random.random()))
            missing[person] = set(order[:lacks])
            for activity in order[:lacks]:
                times[activity] += 1
        kept = [
            label not in missing[person]
            for person, label in index.select("subject", "label").iter_rows()
        ]
        return index.filter(pl.Series(kept))

    return change


def _unequal_counts(index: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """Keep 1 to 4 trials of each person and activity."""
    order = index.with_columns(_order=pl.Series(random.random(len(index))))
    groups = index.select("subject", "label").unique().sort("subject", "label")
    groups = groups.with_columns(_keep=pl.Series(random.integers(1, 5, len(groups))))
    ranked = order.join(groups, on=["subject", "label"], how="left").with_columns(
        _rank=pl.col("_order").rank("ordinal").over("subject", "label")
    )
    return ranked.filter(pl.col("_rank") <= pl.col("_keep")).select(index.columns).sort("window")


def _wrong_ids(share: float) -> Change:
    """Exchange the ids of a share of the windows at random; in the column ``session``."""

    def change(index: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
        who = index["subject"].to_numpy().copy()
        rows = random.permutation(len(who))[: round(share * len(who))]
        who[rows] = who[random.permutation(rows)]
        return index.with_columns(session=pl.Series(who))

    return change


def _half_sessions(index: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """Trials 1 and 2 are one session of a person, 3 and 4 another; nobody says of whom."""
    trial = pl.col("recording").str.extract(r"_t(\d+)$").cast(pl.Int64)
    late = pl.when(trial <= 2).then(pl.lit("a")).otherwise(pl.lit("b"))
    return index.with_columns(session=pl.col("subject") + late)


def _utd(name: str, says: str, settings: Mapping[str, Any] | None = None, **what: Any) -> Study:
    return Study(
        name,
        "utd-mhad",
        says,
        str(_HERE / "utd-mhad-cmc.toml"),
        str(_HERE / "utd-mhad-cross-subject.toml"),
        settings=settings or {},
        **what,
    )


def _windows(
    dataset: str, name: str, says: str, settings: Mapping[str, Any] | None = None, **what: Any
) -> Study:
    alone = dataset == "msr-action3d"
    rates = _FULL_RATE if dataset in ("hapt", "motionsense") else {}
    plain = f"{dataset}-simclr" if alone else f"{dataset}-cmc"
    return Study(
        name,
        dataset,
        says,
        plain,
        f"{dataset}-cross-subject",
        settings={**({"pretrain.epochs": 40} if alone else {}), **rates, **(settings or {})},
        balanced=alone,
        **what,
    )


_FULL_RATE = {
    f"modalities.{modality}.prepare.length": 128 for modality in ("accelerometer", "gyroscope")
}
_AS_IS = {"shared": "as-is"}
_BY_SESSION = {"cross_subject.by": "session"}

STUDIES: tuple[Study, ...] = (
    _utd("as-is", "three people, all their recordings"),
    _utd(
        "no-mates", "as many epochs, mates count nothing", {"cross_subject.weight": 0.0}, **_AS_IS
    ),
    _utd("missing-third", "each lacks 9 of 27 activities", change=_without_activities(1 / 3)),
    _utd("missing-half", "each lacks 13 of 27 activities", change=_without_activities(0.48)),
    _utd("unequal-counts", "1 to 4 trials of each person and activity", change=_unequal_counts),
    _utd("two-people", "two people", {"split.train": ["1", "3"]}),
    _utd(
        "shuffled-ids", "subject ids at random", _BY_SESSION, change=_wrong_ids(1.0), **_AS_IS
    ),
    _utd(
        "wrong-ids-10", "10 % of the ids at random", _BY_SESSION, change=_wrong_ids(0.1), **_AS_IS
    ),
    _utd(
        "wrong-ids-30", "30 % of the ids at random", _BY_SESSION, change=_wrong_ids(0.3), **_AS_IS
    ),
    _utd(
        "half-sessions",
        "ids of sessions, two a person, 2 trials of each activity in each; k = 2",
        {**_BY_SESSION, "cross_subject.k": 2},
        change=_half_sessions,
        **_AS_IS,
    ),
    _utd("k-1", "k = 1", {"cross_subject.k": 1}, **_AS_IS),
    _utd("k-2", "k = 2", {"cross_subject.k": 2}, **_AS_IS),
    _utd("k-8", "k = 8", {"cross_subject.k": 8}, **_AS_IS),
    _utd(
        "noise",
        "noise of half a channel's deviation, of 5 cm on joints; in training and test",
        noise={"inertial": 0.5, "skeleton": 0.05},
    ),
    _windows("hapt", "as-is", "four people, continuous, windows of 2.56 s; k = 4"),
    _windows("hapt", "k-16", "k = 16", {"cross_subject.k": 16}, **_AS_IS),
    _windows(
        "hapt", "no-mates", "as many epochs, mates count nothing",
        {"cross_subject.weight": 0.0}, **_AS_IS,
    ),
    _windows(
        "hapt", "shuffled-ids", "subject ids at random",
        _BY_SESSION, change=_wrong_ids(1.0), **_AS_IS,
    ),
    _windows(
        "hapt", "by-recording", "recordings, two a person, for people",
        {"cross_subject.by": "recording"}, **_AS_IS,
    ),
    _windows("motionsense", "as-is", "two people, trials, windows of 2.56 s; k = 4"),
    _windows("motionsense", "k-16", "k = 16", {"cross_subject.k": 16}, **_AS_IS),
    _windows(
        "motionsense", "no-mates", "as many epochs, mates count nothing",
        {"cross_subject.weight": 0.0}, **_AS_IS,
    ),
    _windows(
        "motionsense", "by-recording", "recordings, each of one activity, for people",
        {"cross_subject.by": "recording"}, **_AS_IS,
    ),
    _windows("sp-sw-har", "as-is", "three people, executions, windows of 1.28 s; k = 4"),
    _windows("sp-sw-har", "k-16", "k = 16", {"cross_subject.k": 16}, **_AS_IS),
    _windows(
        "sp-sw-har", "no-mates", "as many epochs, mates count nothing",
        {"cross_subject.weight": 0.0}, **_AS_IS,
    ),
    _windows(
        "sp-sw-har", "by-recording", "executions, about ten a person, for people",
        {"cross_subject.by": "recording"}, **_AS_IS,
    ),
    _windows("msr-action3d", "as-is", "five people, skeleton alone, two views of it; k = 3"),
    _windows(
        "msr-action3d", "no-mates", "as many epochs, mates count nothing",
        {"cross_subject.weight": 0.0}, **_AS_IS,
    ),
    *(
        _utd(
            f"fold-{held_out}",
            f"subject {held_out} of 1, 3, 5 and 7 held out, three train",
            {
                "split.train": [s for s in "1357" if s != held_out],
                "split.validation": [],
                "split.test": [held_out],
            },
        )
        for held_out in "1357"
    ),
    *(
        _utd(
            f"without-{held_out}",
            f"subject {held_out} held out, seven train",
            {
                "split.train": [s for s in "12345678" if s != held_out],
                "split.validation": [],
                "split.test": [held_out],
                # As many steps as on three people.
                "pretrain.epochs": 45,
                "cross_subject.epochs": 14,
                "cross_subject.every": 2,
            },
        )
        for held_out in "12345678"
    ),
)  # fmt: skip
