import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("sklearn")
from kinefuse.errors import InputError, ShapeError
from kinefuse.evaluate.clusterability import hopkins, modality_quality, silhouette


def blobs(spread, n=150, d=4, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(size=(3, d))[np.arange(n) % 3] + random.normal(0, spread, (n, d))


def naive_hopkins(x, n, seed):
    """The statistic by loops, on the same draws."""
    random = np.random.default_rng(seed)
    rows = random.choice(len(x), n, replace=False)
    points = random.uniform(x.min(0), x.max(0), (n, x.shape[1]))
    u = sum(min(math.dist(p, row) for row in x) for p in points)
    v = sum(min(math.dist(x[i], x[j]) for j in range(len(x)) if j != i) for i in rows)
    return u / (u + v)


@pytest.mark.parametrize(("n", "size"), [(10, 40), (40, 40), (7, 25)])
def test_hopkins_is_as_a_loop_says(n, size):
    x = blobs(0.2, size)
    assert hopkins(x, n, 3) == pytest.approx(naive_hopkins(x, n, 3))
    doubled = np.concatenate([x, x[:9]])
    assert hopkins(doubled, n, 3) == pytest.approx(naive_hopkins(doubled, n, 3))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**16), st.integers(1, 5), st.floats(0.1, 50.0), st.floats(-9.0, 9.0))
def test_place_and_scale_do_not_count(seed, d, scale, place):
    x = np.random.default_rng(seed).normal(size=(30, d))
    assert hopkins(scale * x + place, seed=1) == pytest.approx(hopkins(x, seed=1))
    assert 0 <= hopkins(x) <= 1


def test_hopkins_tells_clusters_from_none_and_from_a_grid():
    random = np.random.default_rng(5)
    none = [hopkins(random.uniform(size=(400, 2)), seed=s) for s in range(10)]
    assert np.mean(none) == pytest.approx(0.5, abs=0.05)
    assert hopkins(blobs(0.02)) > 0.9
    grid = np.array(list(itertools.product(range(15), repeat=2)), dtype=float)
    assert hopkins(grid) < 0.45
    assert hopkins(np.ones((20, 3))) == 0.5


def test_principal_components_see_past_dimensions_that_are_not_filled():
    random = np.random.default_rng(11)
    # A plane without clusters, somewhere in 64 dimensions.
    plane = random.uniform(size=(400, 2)) * [3, 1]
    x = plane @ random.normal(size=(2, 64))
    assert hopkins(x) > 0.9
    assert hopkins(x, components=2) == pytest.approx(0.5, abs=0.1)
    clusters = blobs(0.02, d=2) @ random.normal(size=(2, 64))
    assert hopkins(clusters, components=2) > 0.9


def naive_silhouette(x, found):
    values = []
    for i, own in enumerate(found):
        to = {
            k: np.mean([math.dist(x[i], x[j]) for j in np.flatnonzero(found == k) if j != i])
            for k in set(found.tolist())
            if (found == k).sum() > (k == own)
        }
        if own not in to:
            values.append(0.0)
            continue
        other = min(distance for k, distance in to.items() if k != own)
        values.append((other - to[own]) / max(other, to[own]))
    return np.mean(values)


def test_silhouette_is_as_a_loop_says():
    x = blobs(0.1, 60)
    # Blobs that far apart are what k-means finds.
    assert silhouette(x, 3) == pytest.approx(naive_silhouette(x, np.arange(60) % 3))
    assert silhouette(x, 3) > silhouette(blobs(1.0, 60), 3)
    assert silhouette(np.ones((9, 2)), 3) == 0.0
    assert silhouette([[0.0], [0.0], [4.0], [4.0]], 3) == 1.0


EMBEDDINGS = {"a": blobs(0.8), "b": blobs(0.05, seed=1), "c": blobs(0.3, seed=2)}


class TestQuality:
    @pytest.mark.parametrize("how", ["hopkins", "silhouette", "uniform"])
    def test_shares_sum_to_one_and_know_no_order(self, how):
        found = modality_quality(EMBEDDINGS, how, k=3)
        assert list(found) == ["a", "b", "c"]
        assert sum(found.values()) == pytest.approx(1)
        backwards = {m: EMBEDDINGS[m] for m in "cba"}
        assert modality_quality(backwards, how, k=3) == pytest.approx(found)
        if how != "uniform":
            assert found["b"] > found["c"] > found["a"] >= 0.05

    @pytest.mark.parametrize("rho", [0.5, 1.0, 2.0])
    def test_shares_follow_the_formula(self, rho):
        found = modality_quality(EMBEDDINGS, rho=rho, floor=1e-6)
        worth = {m: (hopkins(x) - 0.5) ** rho for m, x in EMBEDDINGS.items()}
        total = sum(worth.values())
        assert found == pytest.approx({m: w / total for m, w in worth.items()})

    def test_no_share_is_under_the_floor(self):
        same = {"a": np.ones((20, 2)), "b": blobs(0.05), "c": blobs(0.05)}
        found = modality_quality(same, floor=0.2)
        assert found == pytest.approx({"a": 0.2, "b": 0.4, "c": 0.4})
        found = modality_quality({"a": np.ones((20, 2)), "b": blobs(0.05)})
        assert found == pytest.approx({"a": 0.05, "b": 0.95})
        assert modality_quality({m: np.ones((20, 2)) for m in "ab"}) == {"a": 0.5, "b": 0.5}

    def test_rows_of_missing_modalities_are_left_out(self):
        holes = {m: np.insert(x, [0, 9], np.nan, axis=0) for m, x in EMBEDDINGS.items()}
        assert modality_quality(holes) == modality_quality(EMBEDDINGS)

    def test_numbers_are_taken_as_they_are(self):
        found = modality_quality({m: [[0.0]] for m in "ab"}, {"b": 7, "a": 3})
        assert list(found.items()) == [("a", 0.3), ("b", 0.7)]

    @pytest.mark.parametrize(
        ("how", "options", "message"),
        [
            ("gap", {}, "hopkins, silhouette, uniform or numbers, got 'gap'"),
            ("silhouette", {}, "needs k"),
            ("hopkins", {"floor": 0.4}, "a floor between 0 and 1/3, got 1.0 and 0.4"),
            ("hopkins", {"rho": -1}, "rho from 0"),
            ({"a": 1.0, "b": 1.0}, {}, "a positive number for each of a, b, c"),
            ({"a": 1.0, "b": 1.0, "c": 0.0}, {}, "a positive number for each of a, b, c"),
        ],
    )
    def test_bad_input_is_refused(self, how, options, message):
        with pytest.raises(InputError, match=message):
            modality_quality(EMBEDDINGS, how, **options)


def test_bad_embeddings_are_refused():
    with pytest.raises(ShapeError, match=r"got \(3,\)"):
        hopkins(np.ones(3))
    with pytest.raises(ShapeError, match="at least 2"):
        silhouette(np.ones((1, 3)), 2)
    with pytest.raises(InputError, match="1 of 4 that are not"):
        hopkins([[1.0], [np.inf], [0.0], [2.0]])
    with pytest.raises(InputError, match="got 0 and None"):
        hopkins(blobs(1.0), 0)
    with pytest.raises(InputError, match="k from 2 to 3, got 4"):
        silhouette(np.eye(4), 4)
    with pytest.raises(InputError, match="a modality, got none"):
        modality_quality({})
