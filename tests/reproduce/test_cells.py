import json
from statistics import mean, stdev

import pytest
from scipy import stats
from tests.reproduce.jobs import cell, job, table

from kinefuse.reproduce import Comparison
from kinefuse.reproduce.cells import compare, fill

RUNS = (("a0", "a1"), ("b0", "b1"), ("c0", "c1"))
VALUES = {"a0": 0.5, "a1": 0.7, "b0": 0.8, "b1": 0.8, "c0": 0.4, "c1": 0.8}
OTHERS = {"a0": 0.4, "a1": 0.7, "b0": 0.6, "b1": 0.5, "c0": 0.4, "c1": 0.5}


def results(values, prefix=""):
    return {prefix + n: {"accuracy": v, "macro_f1": v / 2} for n, v in values.items()}


def of(runs, prefix=""):
    return tuple(tuple(prefix + name for name in seed) for seed in runs)


def test_a_cell_is_over_one_value_a_seed():
    one = cell(*RUNS, labels="1/class", published={"accuracy": 0.9})
    made = table(*(job(name) for name in VALUES), cells=(one,))
    rows, missing = fill(made, results(VALUES), command="do it", version="1")
    assert not missing
    accuracy, f1 = rows
    seeds = [0.6, 0.8, 0.6]
    half = stats.t.ppf(0.975, 2) * stdev(seeds) / 3**0.5
    assert accuracy["mean"] == pytest.approx(mean(seeds))
    assert accuracy["sd"] == pytest.approx(stdev(seeds))
    assert accuracy["ci95"] == pytest.approx([mean(seeds) - half, mean(seeds) + half])
    assert accuracy["n"] == 3
    assert accuracy["runs"] == [[0.5, 0.7], [0.8, 0.8], [0.4, 0.8]]
    assert (accuracy["published"], f1["published"]) == (0.9, None)
    assert f1["mean"] == pytest.approx(mean(seeds) / 2)
    keys = "dataset protocol method modality labels metric mean sd ci95 n command version"
    assert list(accuracy)[:12] == keys.split()


def test_a_single_seed_has_no_spread_and_json_has_no_nan():
    made = table(job("a0"), cells=(cell(("a0",)),))
    rows, _ = fill(made, results(VALUES), command="", version="")
    assert (rows[0]["sd"], rows[0]["ci95"], rows[0]["n"]) == (None, None, 1)
    json.dumps(rows, allow_nan=False)


def test_a_cell_that_lacks_a_job_is_named_and_left_out():
    made = table(*(job(name) for name in VALUES), cells=(cell(*RUNS), cell(("a0",))))
    found = results({name: VALUES[name] for name in ("a0", "a1", "b0")})
    rows, missing = fill(made, found, command="", version="")
    assert len(rows) == 2
    assert missing == ["cmc (frozen), both, 100%: b1, c0, c1"]


def test_pairs_are_of_the_same_seed_and_draw():
    first, second = cell(*RUNS, method="x"), cell(*of(RUNS, "o-"), method="y")
    found = results(VALUES) | results(OTHERS, "o-")
    jobs = [job(name) for cell in (first, second) for name in cell.jobs]
    pairs = table(*jobs, comparisons=(Comparison(first=first, second=second),))
    accuracy, _ = compare(pairs, found)
    gains = [VALUES[n] - OTHERS[n] for seed in RUNS for n in seed]
    assert accuracy["draws"]["difference"] == pytest.approx(mean(gains))
    assert accuracy["draws"]["n"] == 6
    assert accuracy["draws"]["wins"] == sum(g > 0 for g in gains)
    by_seed = [mean(gains[i : i + 2]) for i in (0, 2, 4)]
    assert accuracy["seeds"]["n"] == 3
    spread = stats.t.ppf(0.975, 2) * stdev(by_seed) / 3**0.5
    assert accuracy["seeds"]["ci95"][0] == pytest.approx(mean(by_seed) - spread)
    oracle = stats.permutation_test(
        (by_seed,), lambda x: abs(x.mean()), permutation_type="samples", alternative="greater"
    )
    assert accuracy["seeds"]["p_value"] == pytest.approx(oracle.pvalue)
    del found["o-c1"]
    assert compare(pairs, found) == []
