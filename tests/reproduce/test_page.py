import json
from pathlib import Path

import pytest

from kinefuse.reproduce.page import write_page

RUN = {"command": "do it", "cpu": "a core", "python": "3.11", "kinefuse": "1"}


def cell(**more):
    values = {
        "method": "cmc", "modality": "both", "labels": "100%", "encoders": "frozen",
        "metric": "accuracy", "mean": 0.91234, "sd": 0.0123, "ci95": [0.9, 0.92], "n": 3,
        "runs": [[0.9], [0.95], [0.88]], "published": None,
    }  # fmt: skip
    return values | more


def page(cells, **more):
    details = {
        "title": "T", "notes": ["N."], "comparisons": [], "retrieval": [], "missing": [],
        "failed": {}, "run": RUN, "jobs": 3, "cpu_seconds": 600.0,
    }  # fmt: skip
    return write_page(cells, details | more)


def rows(text):
    return [[c.strip() for c in line.split("|")[1:-1]] for line in text.splitlines() if "|" in line]


def test_a_number_stands_beside_the_published_one():
    f1 = cell(metric="macro_f1", mean=0.8, sd=0.01)
    found = rows(page([cell(published=0.9604), f1]))
    assert found[0][3:9] == [
        "accuracy", "95 % interval", "lowest", "macro F1", "published", "seeds",
    ]  # fmt: skip
    assert found[2] == [
        "cmc", "frozen", "both", "91.2 ± 1.2", "90.0 to 92.0", "88.0", "80.0 ± 1.0", "96.04", "3",
    ]  # fmt: skip


def test_few_labels_stand_side_by_side_from_few_to_many():
    cells = [
        cell(labels=f"{n}/class", mean=n / 20, method=method, runs=[[n / 20, n / 25]])
        for method in ("cmc", "simclr")
        for n in (10, 2)
        if (method, n) != ("simclr", 2)
    ]
    found = rows(page(cells))
    assert found[0] == ["method", "encoders", "modality", "2/class", "10/class"]
    assert found[2] == ["cmc", "frozen", "both", "10.0 ± 1.2 (8.0)", "50.0 ± 1.2 (40.0)"]
    assert found[3] == ["simclr", "frozen", "both", "", "50.0 ± 1.2 (40.0)"]


def test_a_single_seed_has_no_spread():
    found = rows(page([cell(sd=None, ci95=None, n=1, runs=[[0.91]])]))
    assert found[2][3:6] == ["91.2", "", "91.0"]


def test_comparisons_give_the_seeds_interval_and_both_tests():
    pair = {
        "first": "cross_subject", "second": "cmc", "modality": "both", "labels": "1/class",
        "metric": "accuracy", "encoders": ["fine-tuned", "frozen"],
        "draws": {"difference": 0.1234, "ci95": [0.1, 0.2], "p_value": 0.002, "n": 10, "wins": 9},
        "seeds": {"difference": 0.1234, "ci95": [-0.05, 0.2], "p_value": 0.0625, "n": 5, "wins": 5},
    }  # fmt: skip
    found = rows(page([], comparisons=[pair, pair | {"metric": "macro_f1"}]))
    assert found[2:] == [
        [
            "1/class",
            "cross_subject, fine-tuned",
            "cmc",
            "+12.3",
            "+10.0 to +20.0",
            "-5.0 to +20.0",
            "9 of 10",
            "0.002",
            "0.062",
        ]
    ]


def test_several_data_sets_and_protocols_have_parts_of_their_own():
    places = [("a", "1/2/3"), ("a", "1//3"), ("b", "1/2/3")]
    cells = [cell(dataset=d, protocol=p, mean=n / 10) for n, (d, p) in enumerate(places)]
    text = page(cells)
    found = text.split("\n## ")[1:-1]
    assert [part.splitlines()[0] for part in found] == [f"{d}, subjects {p}" for d, p in places]
    for n, part in enumerate(found):
        assert "### All labels" in part
        assert [row[3] for row in rows(part)[2:]] == [f"{10 * n:.1f} ± 1.2"]
    alone = page(cells[:1])
    assert "## All labels" in alone
    assert "subjects" not in alone


def test_an_extra_has_its_paragraphs_table_and_figures():
    extra = {
        "title": "More", "text": ["This."], "head": ["x", "y"], "rows": [["1", "2"]],
        "figures": [{"file": "t-a.svg", "caption": "A picture"}], "numbers": {},
    }  # fmt: skip
    text = page([cell()], extras=[extra])
    expected = "## More\n\nThis.\n\n| x | y |\n| --- | --- |\n| 1 | 2 |\n\n![A picture](t-a.svg)\n"
    assert expected in text


@pytest.mark.parametrize("what", ["missing", "failed"])
def test_what_is_not_there_is_said(what):
    lost = {"missing": ["cmc, both: a-1"]} if what == "missing" else {"failed": {"a-1": "why"}}
    text = page([cell()], **lost)
    expected = {"missing": "Not finished:\n\n- cmc, both: a-1", "failed": "Failed:\n\n- a-1: why"}
    assert expected[what] in text


def test_no_two_lines_are_blank_and_the_command_is_code():
    text = page([cell()], retrieval=[cell(metric="mAP", modality="inertial → skeleton")])
    assert "\n\n\n" not in text
    assert "\n    do it\n" in text
    assert text.endswith("\n")


DOCS = Path(__file__).parents[2] / "docs" / "results"
NAMES = sorted(path.stem.removesuffix("-details") for path in DOCS.glob("*-details.json"))


@pytest.mark.parametrize("name", NAMES)
def test_pages_of_the_documentation_are_made_of_their_numbers(name):
    cells, details = (
        json.loads((DOCS / f"{name}{ending}.json").read_text()) for ending in ("", "-details")
    )
    assert (DOCS / f"{name}.md").read_text() == write_page(cells, details)
    keys = "dataset protocol method modality labels metric mean sd ci95 n command version"
    assert all(set(keys.split()) <= set(cell) for cell in cells)
