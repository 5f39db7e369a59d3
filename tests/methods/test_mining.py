import numpy as np
import pytest

from kinefuse.errors import InputError, ShapeError
from kinefuse.methods.mining import CenteredCosines, mine_across_subjects


def centered_cosines(*projections):
    return np.asarray(CenteredCosines(*projections))


def naive(alike, who, k):
    n = len(who)

    def takes(i, subject):
        theirs = [j for j in range(n) if who[j] == subject and not np.isnan(alike[i, j])]
        return sorted(theirs, key=lambda j: -alike[i, j])[:k]

    return [
        [i, j]
        for i in range(n)
        for j in range(i + 1, n)
        if who[i] != who[j] and j in takes(i, who[j]) and i in takes(j, who[i])
    ]


@pytest.mark.parametrize("k", [1, 2, 4, 50])
@pytest.mark.parametrize("seed", range(5))
def test_equals_the_definition(seed, k):
    random = np.random.default_rng(seed)
    who = random.choice(["ann", "bob", "cleo"], 25)
    alike = centered_cosines(random.normal(size=(25, 4)))
    alike[random.integers(0, 25, 9), random.integers(0, 25, 9)] = np.nan
    found = mine_across_subjects(alike, who, k=k)
    assert found.pairs.tolist() == naive(alike, who, k)


@pytest.mark.parametrize("block", [1, 7, 4096])
def test_blocks_do_not_matter(block):
    random = np.random.default_rng(3)
    who = random.integers(0, 4, 30)
    a, b = random.normal(size=(2, 30, 5))
    a[4] = b[9] = np.nan
    alike = CenteredCosines(a, b)
    whole = mine_across_subjects(np.asarray(alike), who, k=2).pairs
    assert np.array_equal(mine_across_subjects(alike, who, k=2, block=block).pairs, whole)


def people(noise, seed=0):
    """Three people, four activities, three repetitions, each person with an offset of its own."""
    random = np.random.default_rng(seed)
    activity, person = random.normal(size=(4, 8)), 2 * random.normal(size=(3, 8))
    y, who = np.tile(np.repeat(np.arange(4), 3), 3), np.repeat(np.arange(3), 12)
    return activity[y] + person[who] + noise * random.normal(size=(36, 8)), y, who


def test_pairs_are_of_one_activity_where_the_embedding_tells_it():
    z, y, who = people(0.1)
    z = z - np.stack([z[who == s].mean(0) for s in range(3)])[who]
    found = mine_across_subjects(centered_cosines(z), who, k=3)
    assert found.purity(y) == 1
    assert found.covered == 1
    assert found.per_window == pytest.approx(6)
    start, mate = found.mates()
    assert all(y[m] == y[i] for i in range(36) for m in mate[start[i] : start[i + 1]])
    assert np.isnan(found.purity(np.full(36, -1)))


def test_cosines_are_the_mean_over_the_modalities_that_both_windows_have():
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 6, 5))
    b[2] = np.nan
    both = centered_cosines(a, b)
    np.testing.assert_allclose(both[2], centered_cosines(a)[2])
    kept = np.arange(6) != 2
    alone = (centered_cosines(a)[np.ix_(kept, kept)] + centered_cosines(b[kept])) / 2
    np.testing.assert_allclose(both[np.ix_(kept, kept)], alone)
    a[2] = np.nan
    assert np.isnan(centered_cosines(a, b)[2]).all()


def test_scale_and_a_common_part_do_not_matter():
    z, _, _ = people(0.5)
    units = z / np.linalg.norm(z, axis=1, keepdims=True)
    np.testing.assert_allclose(centered_cosines(3 * z), centered_cosines(units))
    assert np.abs(centered_cosines(z).mean()) < 0.1


def test_bad_input_is_refused():
    alike = np.eye(3)
    with pytest.raises(InputError, match="two subjects"):
        mine_across_subjects(alike, ["a", "a", "a"])
    with pytest.raises(InputError, match="k of at least 1"):
        mine_across_subjects(alike, ["a", "b", "a"], k=0)
    with pytest.raises(ShapeError, match=r"\(N, N\)"):
        mine_across_subjects(alike, ["a", "b"])
    with pytest.raises(ShapeError, match="same windows"):
        CenteredCosines(np.ones((3, 2)), np.ones((4, 2)))
    with pytest.raises(InputError, match="at least one modality"):
        CenteredCosines()
