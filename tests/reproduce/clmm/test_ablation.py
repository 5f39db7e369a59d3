import pytest

pytest.importorskip("torch")
from kinefuse.reproduce import get
from kinefuse.reproduce.clmm import ablation


@pytest.fixture(scope="module")
def table():
    return get("clmm-ablation", [0])


def flat(values, prefix=""):
    found = {}
    for key, value in values.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found


def test_each_row_changes_what_it_says_and_nothing_else(table):
    jobs = {job.name: job for job in table.jobs}
    cells = [c for c in table.cells if c.labels == "3/class" and not c.dataset]
    base = flat(jobs[next(c for c in cells if c.method == ablation.BASE).jobs[0]].options["recipe"])
    for cell in cells:
        own = flat(jobs[cell.jobs[0]].options["recipe"])
        changed = {key for key in base.keys() | own.keys() if base.get(key) != own.get(key)}
        asked = {**ablation.FIRST, **ablation.SECOND}.get(cell.method, {})
        assert all(any(c.startswith(a) for a in asked) for c in changed), cell.method
        if cell.method in (ablation.BASE, ablation.SCRATCH):
            assert not changed
        else:
            assert changed, cell.method
        start = jobs[cell.jobs[0]].needs.get("checkpoint")
        if cell.method in ablation.FIRST:
            assert flat(jobs[start].options["recipe"]) == own
        elif cell.method == ablation.SCRATCH:
            assert start is None
        else:
            # Only what pretraining does not read differs from its recipe.
            assert start == "pretrain-clmm-0"
            assert all(key.startswith("collaborative.") for key in changed)


def test_every_row_is_compared_with_the_recipe_as_it_is(table):
    pairs = {
        (p.first.method, table.dataset(p.first).name, p.first.labels) for p in table.comparisons
    }
    shown = {(c.method, table.dataset(c).name, c.labels) for c in table.cells}
    assert pairs == {cell for cell in shown if cell[0] != ablation.BASE}
    assert {p.second.method for p in table.comparisons} == {ablation.BASE}
    assert len({name for name, _, _ in pairs}) == len(ablation.FIRST) + len(ablation.SECOND) + 1


def test_difficult_conditions_are_data_sets_of_their_own(table):
    assert [d.name for d in table.datasets] == [
        "utd-mhad", "utd-mhad-noisy", "utd-mhad-out-of-step", "utd-mhad-imbalanced",
    ]  # fmt: skip
    for dataset in table.datasets[1:]:
        assert dataset.folders == table.datasets[0].folders
        methods = {c.method for c in table.cells if c.dataset == dataset.name}
        assert methods == {"clmm", "hard = none", "quality = uniform", "auxiliary = 0"}
    thinned = table.datasets[3].reader.settings()["thin_subjects"]
    for job in table.jobs:
        assert job.options["recipe"]["split"]["train"] == thinned == ["1", "3", "5"]


def test_what_difficult_conditions_ask_begins_first():
    table = get("clmm-ablation", [0, 1])
    jobs = {job.name: job for job in table.jobs}
    for cell in table.cells:
        rounds = [jobs[name].round for name in cell.jobs]
        first = cell.method in ("clmm", "hard = none", "quality = uniform", "auxiliary = 0")
        assert rounds == ([0, 0, 1, 1] if first else [2, 2, 3, 3])
    for job in table.jobs:
        assert all(jobs[need].round <= job.round for need in job.needs.values())


def test_the_quick_table_is_a_part_of_the_whole(table):
    quick = get("clmm-ablation", quick=True)
    assert set(quick.fingerprints({}).items()) < set(table.fingerprints({}).items())
    assert len(quick.datasets) == 1
