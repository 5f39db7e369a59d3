import math

import numpy as np
import pytest
from scipy import stats

from kinefuse.errors import InputError
from kinefuse.evaluate.compare import compare_paired, summarize


@pytest.mark.parametrize("n", [2, 5, 12])
def test_the_interval_is_that_of_student(n):
    values = np.random.default_rng(n).normal(0.9, 0.02, n)
    found = summarize(values)
    expected = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
    assert found.ci95 == pytest.approx(expected)
    assert (found.mean, found.sd) == pytest.approx((values.mean(), values.std(ddof=1)))


@pytest.mark.parametrize("n", [2, 6, 12])
def test_the_paired_test_is_the_exact_one_of_scipy(n):
    random = np.random.default_rng(n)
    a = random.normal(0.9, 0.02, n)
    b = a - random.normal(0.01, 0.02, n)

    def mean(x, y, axis):
        return np.mean(x - y, axis=axis)

    expected = stats.permutation_test(
        (a, b), mean, permutation_type="samples", vectorized=True, n_resamples=np.inf
    )
    assert compare_paired(a, b).p_value == pytest.approx(expected.pvalue)


def test_many_pairs_are_drawn_and_come_near_the_t_test():
    random = np.random.default_rng(0)
    a = random.normal(0.9, 0.02, 40)
    b = a - random.normal(0.005, 0.02, 40)
    found = compare_paired(a, b)
    assert found.p_value == pytest.approx(stats.ttest_rel(a, b).pvalue, abs=0.01)
    assert found == compare_paired(a, b)


def test_wins_ties_and_words():
    found = compare_paired([0.9, 0.8, 0.7], [0.8, 0.8, 0.75])
    assert (found.wins, found.ties, found.n) == (1, 1, 3)
    assert "better in 1 of 3" in str(found)
    assert found.to_dict()["n"] == 3


def test_one_run_has_no_spread():
    found = summarize([0.5])
    assert math.isnan(found.sd)
    assert all(map(math.isnan, found.ci95))
    assert str(found) == "50.0 (one run)"


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="finite"):
        summarize([])
    with pytest.raises(InputError, match="finite"):
        summarize([0.5, math.nan])
    with pytest.raises(InputError, match="pairs"):
        compare_paired([0.5], [0.5, 0.6])
