from pathlib import Path

import pytest

pytest.importorskip("torch")
from kinefuse.recipe import Recipe, names
from kinefuse.reproduce import get, reference, tasks


def test_each_row_is_of_a_recipe_and_as_many_epochs_as_it_says():
    table = get("reference", [27, 28])
    jobs = {job.name: job for job in table.jobs}
    assert {cell.recipe for cell in table.cells} == {
        name for name in names() if name.startswith("reference-utd-mhad-") and name != NOT_RUN
    }
    for cell in table.cells:
        assert len(cell.runs) == 2
        for name in cell.jobs:
            recipe = Recipe.from_dict(jobs[name].options["recipe"])
            assert (recipe.name, recipe.method) == (cell.recipe, cell.method)
            if recipe.pretrain:
                assert cell.encoders == f"frozen, {recipe.pretrain.epochs} epochs"
                start = jobs[jobs[name].needs["checkpoint"]]
                assert start.options == jobs[name].options
    assert len({(cell.method, cell.encoders, cell.modality) for cell in table.cells}) == 7


# There is no number of the published code to hold it against.
NOT_RUN = "reference-utd-mhad-supervised"


def test_quick_is_what_needs_no_pretraining():
    table = get("reference", [28], quick=True)
    assert [cell.modality for cell in table.cells] == ["inertial", "skeleton"]
    assert len(table.jobs) == 2


def test_both_teachers_of_a_seed_are_given(monkeypatch):
    jobs = {job.name: job for job in get("reference", [27, 28]).jobs}
    mined = jobs["pretrain-cmc-cmkm-40-28"]
    assert mined.needs == {
        "inertial": "pretrain-simclr-inertial-60-28",
        "skeleton": "pretrain-simclr-skeleton-60-28",
    }
    told = []
    monkeypatch.setattr(tasks, "pretrain", lambda task: told.append(task) or {"fitted": 1})
    task = tasks.Task(
        folder=Path("a"),
        options=mined.options,
        needs={"inertial": Path("i"), "skeleton": Path("s")},
        store=Path("store"),
        progress=print,
    )
    assert reference.pretrain_by_teachers(task) == {"fitted": 1}
    (given,) = told
    assert given.needs == {"teachers": [Path("i"), Path("s")]}
    assert (given.options, given.folder, given.store) == (task.options, Path("a"), Path("store"))
