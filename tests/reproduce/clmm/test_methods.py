from collections import Counter

import pytest

pytest.importorskip("torch")
from kinefuse.reproduce import get

FIVE = {"clmm", "cmc", "supervised", "prototype", "propagation"}
TRAINING = {"1", "3", "5"}


@pytest.fixture(scope="module")
def table():
    return get("clmm")


def cells_of(table, labels, *, protocol="", dataset="utd-mhad"):
    return {
        cell.method: cell
        for cell in table.cells
        if (cell.section, cell.modality, cell.labels) == ("accuracy", "both", labels)
        and (cell.protocol, table.dataset(cell).name) == (protocol, dataset)
    }


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_method_gets_the_same_draws_with_every_seed(table, count):
    jobs = {job.name: job for job in table.jobs}
    cells = cells_of(table, f"{count}/class")
    assert {"clmm", "cmc", "cmc_cmkm", "simclr", "prototype", "propagation"} <= set(cells)
    assert {"supervised", "clmm_mined", "cross_subject"} <= set(cells)
    for cell in cells.values():
        told = [[jobs[name].options for name in seed] for seed in cell.runs]
        n = 5 if cell.method in FIVE else 3
        assert [[o["label_seed"] for o in seed] for seed in told] == [list(range(n))] * 3
        assert {o["labels_per_class"] for seed in told for o in seed} == {count}


def test_more_labels_have_fewer_draws_and_all_labels_one(table):
    for labels, draws in (("5/class", 1), ("6/class", 2), ("100%", 1)):
        sizes = {len(seed) for cell in cells_of(table, labels).values() for seed in cell.runs}
        assert sizes == {draws}


def subjects(job):
    split = job.options["recipe"]["split"]
    return tuple(tuple(split.get(part, ())) for part in ("train", "validation", "test"))


def test_nothing_is_trained_on_test_subjects(table):
    jobs = {job.name: job for job in table.jobs if "recipe" in job.options}
    own = {name for name, job in jobs.items() if table.dataset(job).name == "utd-mhad"}
    assert {subjects(jobs[name]) for name in own} == {
        (("1", "3", "5"), ("7",), ("2", "4", "6", "8")),
        (("1", "3", "5", "7"), (), ("2", "4", "6", "8")),
        (("1", "2", "3", "4", "5", "6"), (), ("7", "8")),
    }
    for train, _, test in map(subjects, jobs.values()):
        assert not set(train) & set(test)
    for cell in table.cells:
        place = cell.protocol or table.dataset(cell).protocol
        for name in jobs.keys() & set(cell.jobs):
            assert "/".join(map(",".join, subjects(jobs[name]))) == place


def test_both_stages_are_trained_by_one_recipe(table):
    jobs = {job.name: job for job in table.jobs}
    assert jobs["pretrain-clmm_mined-1"].needs == {"start": "pretrain-clmm-1"}
    for job in table.jobs:
        start = jobs.get(job.needs.get("checkpoint", ""))
        if start and "recipe" in job.options and start.work.endswith(":pretrain"):
            mine, theirs = (dict(j.options["recipe"]) for j in (job, start))
            head = mine.pop("finetune", None)
            assert mine == {k: v for k, v in theirs.items() if k != "finetune"}
            few = head and "labels_per_class" in job.options and job.options["recipe"]
            if few and few["split"]["train"] == ["1", "3", "5"]:
                assert head["propagate"]["components"] == 36
            assert job.options["seed"] == start.options["seed"]


def test_published_lists_are_given_as_they_are(table):
    jobs = {job.name: job for job in table.jobs}
    for labels, n in (("1/class", 27), ("2/class", 54), ("4/class", 108)):
        cell = cells_of(table, labels, protocol="1,2,3,4,5,6//7,8")["clmm"]
        ((name,),) = cell.runs
        assert len(jobs[name].options["labels"]) == n
        assert "labels_per_class" not in jobs[name].options


def test_the_comparison_at_few_labels_is_finished_first(table):
    jobs = {job.name: job for job in table.jobs}
    rounds = {
        labels: {jobs[name].round for c in cells_of(table, labels).values() for name in c.jobs}
        for labels in ("1/class", "3/class", "6/class", "100%")
    }
    assert rounds["1/class"] == rounds["3/class"] == {0, 1, 2}
    assert min(rounds["6/class"] | rounds["100%"]) == 3


def test_comparisons_are_of_the_same_place_and_as_many_draws(table):
    shown = set()
    for pair in table.comparisons:
        first, second = pair.first, pair.second
        assert table.dataset(first) is table.dataset(second)
        assert (first.modality, first.labels) == (second.modality, second.labels)
        assert [len(s) for s in first.runs] == [len(s) for s in second.runs]
        shown.add((first.method, second.method, first.labels))
    for labels in ("1/class", "2/class", "3/class", "6/class", "100%"):
        others = set(cells_of(table, labels)) - {"clmm", "clmm_mined"}
        assert {("clmm", other, labels) for other in others} <= shown


def test_a_missing_modality_stands_beside_a_model_that_never_had_it(table):
    pairs = {
        (p.first.encoders, p.second.recipe) for p in table.comparisons if p.first.modality != "both"
    }
    assert pairs == {
        ("inertial missing", "utd-mhad-supervised-skeleton"),
        ("skeleton missing", "utd-mhad-supervised-inertial"),
    }


def test_the_quick_table_is_a_part_of_the_whole(table):
    quick = get("clmm", quick=True)
    assert set(quick.fingerprints({}).items()) < set(table.fingerprints({}).items())
    assert {cell.labels for cell in quick.cells} == {"1/class", "3/class"}
    assert {job.options.get("seed", 0) for job in quick.jobs} == {0}
    assert sum(job.seconds for job in quick.jobs) < 600


def test_histories_are_kept_where_convergence_is_compared(table):
    kept = Counter(
        (name, cell.labels)
        for name, cell in cells_of(table, "3/class").items()
        for job in table.jobs
        if job.name in cell.jobs and job.options.get("history")
    )
    assert set(kept.values()) == {2 * 3}
    assert {("clmm", "3/class"), ("cmc", "3/class"), ("supervised", "3/class")} <= set(kept)
