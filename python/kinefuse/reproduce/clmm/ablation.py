"""The table of CLMM's switches: what each part is worth, also where conditions are difficult."""

from collections.abc import Mapping, Sequence
from typing import Any

from kinefuse.recipe import Recipe
from kinefuse.reproduce.clmm.rows import Method, Rows, compare_cells
from kinefuse.reproduce.datasets import UTD_MHAD, Dataset
from kinefuse.reproduce.impaired import ImpairedUtdMhad
from kinefuse.reproduce.plan import TablePlan
from kinefuse.reproduce.table import Comparison, Table

__all__ = ["BASE", "FIRST", "NAME", "SECOND", "SHORT", "define"]

NAME = "clmm-ablation"
BASE = "clmm"
_RECIPE = "utd-mhad-clmm"
_MODALITIES = ("inertial", "skeleton")
_WITH_ATTENTION = Recipe.load(f"{_RECIPE}-attention").to_dict()["modalities"]


def _attention(kind: str) -> dict[str, Any]:
    """Return the encoders that have a block of attention, with this one."""
    return {
        f"modalities.{m}.encoder": {**_WITH_ATTENTION[m]["encoder"], "attention": kind}
        for m in _MODALITIES
    }


def _contrast(key: str, value: Any) -> dict[str, Any]:
    return {f"pretrain.contrast.{key}": value}


def _second(**settings: Any) -> dict[str, Any]:
    return {f"collaborative.{key}": value for key, value in settings.items()}


SHORT = _second(epochs=15, lr=2e-3, encoder_lr=1e-3, relabel=0, vote=False)
"""What every row has: a second stage of a fifth of the time, as there are many of them."""
FIRST: Mapping[str, Mapping[str, Any]] = {
    "attention = diff": _attention("diff"),
    "attention = diff2": _attention("diff2"),
    "attention = softmax": _attention("softmax"),
    "its feed-forward half alone": _attention("none"),
    "hard = none": _contrast("hard", "none"),
    "hard = focal": _contrast("hard", "focal"),
    "hard = linear": _contrast("hard", "linear"),
    "hard = inverse": _contrast("hard", "inverse"),
    "views = pairwise": _contrast("views", "pairwise"),
    "views = fusion": _contrast("views", "fusion"),
}
"""Changes that pretraining is done anew for."""
SECOND: Mapping[str, Mapping[str, Any]] = {
    "quality = learned": _second(quality="learned"),
    "quality = prior": _second(quality="prior"),
    "quality = uniform": _second(quality="uniform"),
    "gate = gru": _second(gate="gru"),
    "gate = none": _second(gate="none"),
    "dual = parallel": _second(dual="parallel"),
    "head = mlp": _second(head="mlp"),
    "without the shared branch (head = mlp)": _second(use_shared=False, head="mlp"),
    "without the specific branch": _second(use_specific=False),
    "auxiliary = 0": _second(auxiliary=0.0),
    "guard = cosine": _second(guard="cosine"),
    "guard = project": _second(guard="project"),
    "guard = detach": _second(guard="detach", auxiliary=0.5),
    "distill = 0.5": _second(distill=0.5),
    "weighting = uncertainty": _second(weighting="uncertainty"),
    "alternate = 5": _second(alternate=5),
    "encoder_lr = 0": _second(encoder_lr=0.0),
    "modality_dropout = 0": _second(modality_dropout=0.0),
    "vote": _second(vote=True),
    "relabel = 15": _second(relabel=15),
    "as long as the recipe": _second(epochs=45, lr=3e-3, encoder_lr=3e-3),
    "without propagation": {"collaborative.propagate": None},
}
"""Changes of the second stage alone, on the same pretraining."""
SCRATCH = "without the first stage"
_HARD = ("hard = none", "quality = uniform", "auxiliary = 0")
"""What difficult conditions are to show; these begin first."""
_TRAINING = ("1", "3", "5")
_CONDITIONS = {
    reader.name: reader
    for reader in (
        ImpairedUtdMhad("noisy", noise=2.0, noisy_share=0.5),
        ImpairedUtdMhad("out-of-step", shift_s=(0.5, 1.0)),
        ImpairedUtdMhad("imbalanced", thin_subjects=_TRAINING, thin_to=0.2),
    )
}
_DRAWS = 2
_NOTES = (
    "Each row changes one setting of the recipe `utd-mhad-clmm`, on the same seeds, labels and, "
    "where the change is of the second stage, the same pretraining. The second stage is a short "
    "one in all rows: 15 epochs, labels spread once, no vote. A positive effect says that the "
    "change helps, a negative one that what was changed is worth its place. Trained on subjects 1, "
    "3 and 5, evaluated on subjects 2, 4, 6 and 8: nothing is chosen by these numbers.",
    "Noisy: half of the recordings have white noise on the inertial sensor, of twice each "
    "channel's standard deviation, in training and test. Out of step: one modality is 0.5 to 1 "
    "second ahead of the other. Imbalanced: of the rarest activity a fifth of the training "
    "recordings is left, of the others more, and labels are a quarter of each activity's.",
)


def define(seeds: Sequence[int], *, quick: bool = False) -> Table:
    """Return the table.

    Parameters
    ----------
    seeds : sequence of int
    quick : bool
        At 3 labels a class only, with one draw, without the difficult conditions.
    """
    plan = TablePlan(seeds)
    draws = range(1 if quick else _DRAWS)
    changes = {**FIRST, **SECOND, SCRATCH: {}}
    comparisons = _add(
        Rows(plan, _variants(changes)), [f"{n}/class" for n in ((3,) if quick else (1, 3))], draws
    )
    datasets = [UTD_MHAD]
    if not quick:
        hard = {name: changes[name] for name in _HARD}
        for name, reader in _CONDITIONS.items():
            folders = UTD_MHAD.folders
            datasets.append(
                Dataset(name=name, reader=reader, protocol=UTD_MHAD.protocol, folders=folders)
            )
            rows = Rows(plan, _variants(hard), dataset=name, prefix=f"{name}-")
            labels = "25%" if name.endswith("imbalanced") else "3/class"
            comparisons += _add(rows, [labels], draws)
    return Table(
        name=NAME,
        title="CLMM, switch by switch",
        datasets=tuple(datasets),
        jobs=tuple(plan.jobs),
        cells=tuple(plan.cells),
        comparisons=tuple(comparisons),
        notes=_NOTES,
        extras=("kinefuse.reproduce.clmm.parts:weigh_switches",),
    )


def _variants(changes: Mapping[str, Mapping[str, Any]]) -> dict[str, Method]:
    """Return a method for every change, the unchanged one first."""

    def method(**more: Any) -> Method:
        return Method(recipe=_RECIPE, encoders="two stages", seconds=18, **more)

    found = {BASE: method(before_s=80, overrides=SHORT)}
    for name, own in changes.items():
        change = {**SHORT, **own}
        if name in FIRST:
            found[name] = method(before_s=80, overrides=change)
        elif name == SCRATCH:
            found[name] = method(overrides=SHORT)
        else:
            found[name] = method(start=BASE, overrides=change)
    return found


def _add(rows: Rows, amounts: Sequence[str], draws: Sequence[int]) -> list[Comparison]:
    later = {name: 0 if name in (BASE, *_HARD) else len(rows.seeds) for name in rows.methods}
    for name, method in rows.methods.items():
        if method.before_s:
            rows.pretrain(name, later=later[name])
    pairs = []
    for labels in amounts:
        cells = {
            name: rows.classify(name, labels, draws=draws, later=later[name])
            for name in rows.methods
        }
        pairs += [compare_cells(cells[name], cells[BASE]) for name in cells if name != BASE]
    return pairs
