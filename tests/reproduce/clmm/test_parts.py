from dataclasses import replace

import pytest
from tests.reproduce.jobs import cell, job, table

pytest.importorskip("torch")
from kinefuse.reproduce.clmm import parts
from kinefuse.reproduce.engine import Outcome
from kinefuse.reproduce.measure import PICTURE


def outcome(results, *, seconds=None, folders=None):
    return Outcome(
        results=results,
        seconds=seconds or dict.fromkeys(results, 1.0),
        cpu_seconds={},
        failed={},
        folders=folders or {},
    )


def history(*accuracy, step_s=1.0):
    return [
        {"epoch": n, "steps": 10 * n, "seconds": step_s * n, "accuracy": value}
        for n, value in enumerate(accuracy)
    ]


def test_convergence_is_of_the_first_epoch_that_stays_at_a_level():
    cells = (cell(("a",), ("b",), method="clmm", labels="3/class"),
             cell(("c",), method="cmc", labels="3/class"))  # fmt: skip
    jobs = [job("pre"), job("a", needs=["pre"]), job("b", needs=["pre"]), job("c")]
    slow = [0.1, 0.2, 0.3, 0.55, 0.56, 0.65, 0.66, 0.75, 0.8, 0.8, 0.8]
    results = {
        # One lucky epoch is not there yet: the running median is.
        "a": {"history": history(0.1, 0.9, 0.4, 0.85, 0.9, 0.9), "accuracy": 0.9},
        "b": {"history": history(0.1, 0.6, 0.8, 0.9, 0.9, 0.9), "accuracy": 0.9},
        "c": {"history": history(*slow, step_s=0.5), "accuracy": 0.8},
        "pre": {},
    }
    made = outcome(results, seconds={"pre": 60.0, "a": 1.0, "b": 1.0, "c": 1.0})
    extra = parts.converge(table(*jobs, cells=cells), made)
    assert extra.numbers["best_baseline"] == "cmc"
    assert extra.numbers["levels"][-1] == pytest.approx(0.95 * 0.8)
    clmm, cmc = extra.rows
    # The medians of a are 0.1, 0.4, 0.85, 0.85, 0.9, 0.9 and of b 0.1, 0.6, 0.8, 0.9, 0.9, 0.9.
    assert clmm == ("clmm", "2", "2", "2", "2", "2", "2", "20", "2", "60", "90.0")
    assert cmc == ("cmc", "1", "3", "5", "7", "8", "8", "80", "4", "0", "80.0")
    assert {f.name for f in extra.figures} == {"convergence-epochs", "convergence-seconds"}


def test_without_histories_there_is_nothing_to_say():
    made = table(job("a"), cells=(cell(("a",), method="clmm", labels="3/class"),))
    assert parts.converge(made, outcome({"a": {"accuracy": 0.9}})) is None
    assert parts.converge(made, outcome({})) is None


def test_a_change_is_weighed_on_the_same_runs():
    names = ("a", "b", "c", "d")
    cells = (
        cell(("a", "b"), method="clmm", labels="1/class"),
        cell(("c", "d"), method="gate = none", labels="1/class"),
    )
    values = {"a": 0.8, "b": 0.9, "c": 0.75, "d": 0.84}
    results = {name: {"accuracy": v} for name, v in values.items()}
    extra = parts.weigh_switches(table(*map(job, names), cells=cells), outcome(results))
    assert extra.head == ("change", "1/class")
    unchanged, changed = extra.rows
    assert unchanged == ("none", "85.0 % in 2 runs")
    assert changed[0] == "gate = none"
    # Differences of -5 and -6: the interval of two runs is t = 12.706 times 0.5 to each side.
    assert changed[1] == "-5.5 (-11.9 to +0.9)"
    assert extra.numbers["gate = none"]["none, 1/class"]["n"] == 2
    only = outcome({"a": {"accuracy": 0.8}})
    assert parts.weigh_switches(table(*map(job, names), cells=cells), only) is None


def test_attention_is_averaged_over_seeds():
    one = cell(("a",), ("b",), section="attention", metrics={})
    found = [
        {"modalities": ["x", "y"], "attention": {"sit": [w, 1 - w], "run": [0.5, 0.5]}}
        for w in (0.2, 0.4)
    ]
    made = outcome(dict(zip("ab", found, strict=True)))
    extra = parts.attend(table(job("a"), job("b"), cells=(one,)), made)
    assert extra.numbers["weights"]["sit"] == pytest.approx([0.3, 0.7])
    assert "x 40.0 %, y 60.0 %" in extra.text[0]


def test_a_picture_is_taken_from_its_job(tmp_path):
    (tmp_path / PICTURE).write_text("<svg/>")
    one = table(job("a"), cells=(cell(("a",), section="picture", metrics={}),))
    extra = parts.draw_embeddings(one, outcome({"a": {}}, folders={"a": tmp_path}))
    assert extra.figures[0].svg == "<svg/>"
    assert parts.draw_embeddings(one, outcome({})) is None


def test_accuracies_are_drawn_by_data_set_for_both_modalities():
    base = cell(("a",), ("b",), method="clmm", labels="1/class")
    cells = (
        base,
        cell(("c",), method="clmm", labels="100%"),
        replace(base, modality="skeleton", method="odd"),
        replace(base, protocol="other", method="odd"),
    )
    results = {name: {"accuracy": v} for name, v in (("a", 0.5), ("b", 0.7), ("c", 0.9))}
    extra = parts.draw_accuracies(table(*map(job, "abc"), cells=cells), outcome(results))
    (figure,) = extra.figures
    assert figure.name == "accuracy-none"
    assert "<!-- clmm -->" in figure.svg
    assert "<!-- odd -->" not in figure.svg
