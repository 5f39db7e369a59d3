import json
import re

import pytest

from kinefuse.recipe import Recipe
from kinefuse.reproduce import Cell, Comparison, Dataset, Job, Table, registry

TASKS = "kinefuse.reproduce.tasks"


@pytest.fixture
def tables(recipe, monkeypatch):
    """A table of what there is: pretraining, heads, training from scratch, ranking."""
    broken = []

    def define(seeds, *, quick=False):
        settings = Recipe.load(recipe).to_dict()
        jobs, cells = [], []
        for seed in seeds:
            options = {"recipe": settings, "seed": seed}
            name = f"pretrain-{seed}"
            jobs.append(Job(name=name, kind="pretrain", work=f"{TASKS}:pretrain", options=options))
            needs = {"checkpoint": name}
            jobs.append(Job(name=f"rank-{seed}", kind="rank", work=f"{TASKS}:rank", needs=needs))
            if broken:
                options = options | {"labels_per_class": 1000}
            for method, start in (("simclr", needs), ("supervised", {})):
                jobs.append(
                    Job(
                        name=f"{method}-{seed}",
                        kind=method,
                        work=f"{TASKS}:classify",
                        options=options,
                        needs=start,
                    )
                )
        for method in ("simclr", "supervised"):
            runs = tuple((f"{method}-{seed}",) for seed in seeds)
            published = {"accuracy": 0.7209}
            cells.append(
                Cell(
                    method=method, modality="inertial", labels="100%", runs=runs,
                    published=published,
                )
            )  # fmt: skip
        ranks = tuple((f"rank-{seed}",) for seed in seeds)
        cells.append(
            Cell(
                method="simclr", modality="inertial", labels="100%", runs=ranks,
                metrics={"mAP": "inertial/projections/mAP"}, section="retrieval",
            )
        )  # fmt: skip
        return Table(
            name="tiny",
            title="Tiny",
            datasets=(Dataset(name="tiny", reader="tiny-for-tests", protocol="1//2"),),
            jobs=tuple(jobs),
            cells=tuple(cells),
            comparisons=(Comparison(first=cells[0], second=cells[1]),),
            notes=("Read this first.",),
        )

    registry.names()
    monkeypatch.setitem(registry._DEFINITIONS, "tiny", registry._Known(define, (0,), (0,)))
    return broken


@pytest.mark.slow
def test_a_table_is_made_kept_and_copied(kinefuse, tables, tmp_path):
    out, docs = tmp_path / "out", tmp_path / "docs"
    words = ("reproduce", "tiny", "--data", tmp_path, "--out", out, "--seeds", "0,3", "-j", 1)
    status, told, err = kinefuse(*words, "--docs", docs)
    assert status == 0, err
    assert f"table: {out / 'table.md'}" in told
    assert re.search(r"8/8 .*; done", err)
    cells = json.loads((out / "table.json").read_text())
    assert [(c["method"], c["metric"]) for c in cells] == [
        ("simclr", "accuracy"), ("simclr", "macro_f1"),
        ("supervised", "accuracy"), ("supervised", "macro_f1"),
    ]  # fmt: skip
    for cell in cells:
        assert cell["command"] == "kinefuse reproduce tiny --data tiny --seeds 0,3"
        assert 0 <= cell["mean"] <= 1
        assert cell["n"] == 2
    kept = [json.loads(p.read_text()) for p in sorted(out.glob("jobs/simclr-*/result.json"))]
    means = [k["result"]["accuracy"] for k in kept]
    assert cells[0]["mean"] == pytest.approx(sum(means) / 2)
    details = json.loads((out / "details.json").read_text())
    assert len(details["comparisons"]) == 2
    assert details["retrieval"][0]["metric"] == "mAP"
    assert (details["jobs"], details["missing"], details["failed"]) == (8, [], {})
    page = (out / "table.md").read_text()
    for text in ("# Tiny", "Read this first.", "| simclr | frozen | inertial |", "72.09", "mAP"):
        assert text in page
    assert "Tiny" in (out / "report.html").read_text()
    assert str(tmp_path) not in page + json.dumps(details) + json.dumps(cells)
    assert (docs / "tiny.md").read_text() == page
    assert json.loads((docs / "tiny.json").read_text()) == cells

    before = {p: p.stat().st_mtime_ns for p in out.glob("jobs/*/*")}
    status, told, _ = kinefuse(*words)
    assert status == 0
    assert "8 jobs were finished before" in told
    assert before == {p: p.stat().st_mtime_ns for p in out.glob("jobs/*/*")}

    # Nothing is run, and the table is of the seeds that are asked for.
    words_0 = ("reproduce", "tiny", "--data", tmp_path, "--out", out, "--seeds")
    status, told, _ = kinefuse(*words_0, "0", "-j", 0)
    assert status == 0
    assert {c["n"] for c in json.loads((out / "table.json").read_text())} == {1}
    status, told, _ = kinefuse(*words_0, "0,1", "-j", 0)
    assert status == 0
    assert json.loads((out / "table.json").read_text()) == []
    assert "- simclr (frozen), inertial, 100%: simclr-1\n" in (out / "table.md").read_text()

    # What fails is named, the exit status says so, and the table has what there is.
    tables.append("broken")
    status, told, err = kinefuse(*words)
    assert status == 1
    assert "failed: simclr-0: few_labels: class 0 has 2 windows, fewer than 1000" in told
    assert "Traceback" not in told + err
    assert json.loads((out / "table.json").read_text()) == []
    page = (out / "table.md").read_text()
    assert "- supervised (frozen), inertial, 100%: supervised-0, supervised-3\n" in page
    assert "- simclr-3: few_labels" in page


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["cmc-cmk", "--data", "x"], "did you mean 'cmc-cmkm'"),
        (["cmc-cmkm"], "--data"),
        (["cmc-cmkm", "--data", "x", "--seeds", "a"], "--seeds: expected numbers like 0-4"),
        (["cmc-cmkm", "--data", "x", "--seeds", "3-1"], "--seeds: no number in '3-1'"),
        (["cmc-cmkm", "--data", "x", "--only", "clm"], "has no method clm: there are cmc, "),
        (["cmc-cmkm", "--data", "no-such-folder", "--out", "y"], "no-such-folder"),
    ],
)
def test_a_mistake_is_named(words, message, kinefuse, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, _, err = kinefuse("reproduce", *words)
    assert status == 2
    assert message in err


def test_a_data_set_that_is_not_there_is_left_out_and_said(kinefuse, tmp_path, monkeypatch):
    jobs = "tests.reproduce.jobs"
    datasets = tuple(Dataset(name=n, reader="tiny-for-tests", protocol="1//2") for n in "ab")
    made = Table(
        name="tiny",
        title="Tiny",
        datasets=datasets,
        jobs=tuple(
            Job(name=f"store-{d.name}", kind="store", work=f"{jobs}:see", dataset=d.name)
            for d in datasets
        ),
        cells=tuple(
            Cell(
                method="m", modality="both", labels="100%", runs=((f"store-{d.name}",),),
                metrics={"accuracy": "accuracy"}, dataset=d.name, section="other",
            )
            for d in datasets
        ),
        extras=(f"{jobs}:drawn",),
    )  # fmt: skip
    known = registry._Known(lambda seeds, *, quick: made, (0,), (0,))
    monkeypatch.setitem(registry._DEFINITIONS, "tiny", known)
    data, out = tmp_path / "data", tmp_path / "out"
    words = ("reproduce", "tiny", "--data", data, "--out", out, "-j", 1)
    (data / "neither").mkdir(parents=True)
    status, _, err = kinefuse(*words)
    assert status == 2
    assert "holds no folder called a, b" in err
    (data / "B").mkdir()
    status, told, _ = kinefuse(*words, "--docs", tmp_path / "docs")
    assert status == 0
    assert "a: no folder a; 1 jobs left out" in told
    assert "1 jobs, about 10 s of one core in all" in told
    page = (out / "table.md").read_text()
    assert "Left out:\n\n- a: no folder a; 1 jobs left out\n" in page
    assert "| b | " in page
    assert "![Nothing](tiny-nothing.svg)" in page
    assert "--data data\n" in page
    assert (out / "tiny-nothing.svg").read_text() == "<svg/>"
    assert (tmp_path / "docs" / "tiny-nothing.svg").read_text() == "<svg/>"
    (data / "a").mkdir()
    status, _, err = kinefuse(*words)
    assert status == 0
    assert "1 jobs were finished before" in err
    assert (out / "table.md").read_text().count("stores/") == 2


def test_a_folder_is_for_one_run_at_a_time(kinefuse, tables, tmp_path):
    from kinefuse.reproduce.lock import alone

    with alone(tmp_path):
        status, _, err = kinefuse("reproduce", "tiny", "--data", tmp_path, "--out", tmp_path)
    assert status == 2
    assert "another run works in this folder" in err
    # Let go of, it is free again.
    with alone(tmp_path):
        pass


def test_a_stopped_run_says_how_to_go_on(kinefuse, tables, tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("kinefuse.reproduce.engine.run_jobs", stop)
    words = ("reproduce", "tiny", "--data", tmp_path, "--out", tmp_path / "out")
    status, out, err = kinefuse(*words)
    assert status == 130
    assert "stopped; the same command goes on" in out
    assert "Traceback" not in err
    assert not (tmp_path / "out" / "table.json").exists()
