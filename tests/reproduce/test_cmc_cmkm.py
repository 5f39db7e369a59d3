from collections import Counter

import pytest

from kinefuse.recipe import Recipe
from kinefuse.reproduce import get

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def table():
    return get("cmc-cmkm", range(5))


def jobs_of(table, method, labels):
    jobs = {job.name: job for job in table.jobs}
    cells = [
        c for c in table.cells if (c.method, c.labels, c.section) == (method, labels, "accuracy")
    ]
    return [jobs[name] for name in cells[0].jobs]


def test_every_method_gets_the_same_labels(table):
    for count in (1, 2, 3, 6):
        draws = {
            method: [
                (j.options["seed"], j.options["label_seed"], j.options["labels_per_class"])
                for j in jobs_of(table, method, f"{count}/class")
            ]
            for method in ("supervised", "simclr", "cmc", "cmc_cmkm", "cross_subject")
        }
        expected = [(n // 2, n, count) for n in range(10)]
        assert draws == dict.fromkeys(draws, expected)


def test_nothing_is_trained_on_a_test_subject(table):
    for job in table.jobs:
        if "recipe" in job.options:
            split = Recipe.from_dict(job.options["recipe"]).split
            assert (split.train, split.test) == (("1", "3", "5"), ("2", "4", "6", "8"))


def test_pretrainings_are_shared(table):
    kinds = Counter(job.work.partition(":")[2] for job in table.jobs)
    # SimCLR of each modality, of both, CMC, CMC-CMKM twice, mining: five seeds each.
    assert kinds["pretrain"] == 7 * 5
    jobs = {job.name: job for job in table.jobs}
    assert jobs["pretrain-cmc_cmkm-3"].needs == {"teachers": "pretrain-simclr-3"}
    assert jobs["pretrain-cross_subject-3"].needs == {"start": "pretrain-cmc-3"}
    heads = [job for job in table.jobs if job.needs.get("checkpoint") == "pretrain-cmc-3"]
    assert len(heads) == 1 + 4 * 2 + 1


def test_published_numbers_stand_where_they_were_measured(table):
    shown = {
        (c.method, c.modality): round(430 * c.published["accuracy"])
        for c in table.cells
        if c.published
    }
    # Test recordings that were right, of 430.
    assert shown == {
        ("supervised", "inertial"): 330,
        ("supervised", "skeleton"): 407,
        ("supervised", "both"): 418,
        ("simclr", "inertial"): 310,
        ("simclr", "skeleton"): 409,
        ("cmc", "both"): 413,
        ("cmc_cmkm", "both"): 420,
    }


def test_the_quick_table_is_a_part_of_the_whole(table):
    quick = get("cmc-cmkm", [0, 1], quick=True)
    assert 20 < len(quick.jobs) < len(table.jobs) / 4
    # What a quick run finished, the whole table does not do again.
    assert set(quick.fingerprints({}).items()) < set(table.fingerprints({}).items())


def test_methods_are_compared_on_both_modalities_and_as_many_labels(table):
    for pair in table.comparisons:
        first, second = pair.first, pair.second
        assert (first.modality, first.labels) == (second.modality, second.labels)
        assert first.modality == "both"
        assert [len(seed) for seed in first.runs] == [len(seed) for seed in second.runs]
    shown = {(p.first.method, p.second.method, p.first.labels) for p in table.comparisons}
    for labels in ("1/class", "2/class", "3/class"):
        for first in ("cross_subject", "cmc_cmkm"):
            assert {(first, other, labels) for other in ("cmc", "simclr", "supervised")} <= shown
    tuned = [p for p in table.comparisons if p.first.encoders == "fine-tuned"]
    assert [(p.second.method, p.first.labels) for p in tuned] == [("supervised", "100%")]
