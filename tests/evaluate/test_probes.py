import math

import numpy as np
import pytest

from kinefuse.errors import InputError, ShapeError
from kinefuse.evaluate import probes


def clusters(n_classes=5, per_class=40, d=8, spread=0.4, seed=0, uneven=0.0):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(n_classes, d))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    y = np.repeat(np.arange(n_classes), per_class)
    spreads = spread * random.uniform(1 - uneven, 1 + uneven, (n_classes, 1))
    return centres[y] + spreads[y] * random.normal(size=(len(y), d)), y


def few(y, per_class, seed=0):
    random = np.random.default_rng(seed)
    labels = np.full(len(y), -1)
    for k in np.unique(y):
        rows = random.choice(np.flatnonzero(y == k), per_class, replace=False)
        labels[rows] = k
    return labels


def naive_propagation(
    z, labels, n_classes, rounds, temperature, labelled_weight, balance, balance_strength=1.0
):
    """The same algorithm, one number at a time."""
    n, d = z.shape
    counts = [sum(labels == k) for k in range(n_classes)]
    due = counts if balance == "estimated" else balance
    if isinstance(balance, bool):
        due = [1] * n_classes if balance else None
    unit = [[v / math.sqrt(sum(w * w for w in row)) for v in row] for row in z.tolist()]

    def place(weights):
        places = []
        for k in range(n_classes):
            total = [sum(weights[i][k] * unit[i][j] for i in range(n)) for j in range(d)]
            length = math.sqrt(sum(t * t for t in total))
            places.append([t / length for t in total])
        return places

    def assign(places):
        shares = []
        for i in range(n):
            if labels[i] >= 0:
                shares.append([float(k == labels[i]) for k in range(n_classes)])
                continue
            cosines = [sum(a * b for a, b in zip(unit[i], c, strict=True)) for c in places]
            powers = [math.exp(c / temperature) for c in cosines]
            shares.append([p / sum(powers) for p in powers])
        if due is not None:
            free = [i for i in range(n) if labels[i] < 0]
            owed = [n * due[k] / sum(due) - counts[k] for k in range(n_classes)]
            kernel = {i: shares[i] for i in free}
            of_class = [1.0] * n_classes
            for _ in range(50):
                of_row = {
                    i: 1 / sum(kernel[i][k] * of_class[k] for k in range(n_classes)) for i in free
                }
                of_class = [
                    (owed[k] / sum(kernel[i][k] * of_row[i] for i in free)) ** balance_strength
                    for k in range(n_classes)
                ]
            for i in free:
                row = [kernel[i][k] * of_class[k] for k in range(n_classes)]
                shares[i] = [value / sum(row) for value in row]
        return shares

    places = place([[float(labels[i] == k) for k in range(n_classes)] for i in range(n)])
    for _ in range(rounds):
        shares = assign(places)
        weights = [
            [s * max(row) * (labelled_weight if labels[i] >= 0 else 1) for s in row]
            for i, row in enumerate(shares)
        ]
        places = place(weights)
    return assign(places)


@pytest.mark.parametrize("balance", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_propagation_equals_the_naive_algorithm(seed, balance):
    z, y = clusters(3, 6, 4, seed=seed)
    labels = few(y, 1 + seed, seed)
    settings = {"rounds": 4, "temperature": 0.2, "labelled_weight": 2.5, "balance": balance}
    got = probes.propagate(z, labels, 3, **settings)
    np.testing.assert_allclose(got, naive_propagation(z, labels, 3, **settings), atol=1e-10)


@pytest.mark.parametrize("balance", [True, "estimated", [0.5, 0.2, 0.3]], ids=str)
@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_propagation_towards_unequal_classes_equals_the_naive_algorithm(balance, strength):
    z, y = clusters(3, 8, 4, seed=5)
    z, y = z[4:], y[4:]
    labels = few(y, 2, 1)
    labels[np.flatnonzero((y == 0) & (labels < 0))[0]] = 0
    settings = {
        "rounds": 4, "temperature": 0.2, "labelled_weight": 2.5,
        "balance": balance, "balance_strength": strength,
    }  # fmt: skip
    got = probes.propagate(z, labels, 3, **settings)
    np.testing.assert_allclose(got, naive_propagation(z, labels, 3, **settings), atol=1e-9)


def unequal(seed=0, counts=(90, 60, 30, 12, 8)):
    z, y = clusters(5, 90, 16, 0.3, seed)
    rows = np.concatenate([np.flatnonzero(y == k)[:n] for k, n in enumerate(counts)])
    return z[rows], y[rows], np.array(counts)


def drawn(y, share, seed=0):
    """Labels of so many of each class as its share says, at least one."""
    random = np.random.default_rng(seed)
    labels = np.full(len(y), -1)
    for k in np.unique(y):
        rows = np.flatnonzero(y == k)
        wanted = max(1, int(share * len(rows)))
        labels[random.choice(rows, wanted, replace=False)] = k
    return labels


def test_classes_get_the_mass_that_they_are_owed():
    z, y, counts = unequal()
    labels = drawn(y, 0.1)
    many = np.bincount(labels[labels >= 0])
    for balance, owed in (("estimated", many), (counts, counts), (counts / 7, counts)):
        mass = probes.propagate(z, labels, 5, balance=balance).sum(0)
        np.testing.assert_allclose(mass, owed / owed.sum() * 200, rtol=0.05)


def test_a_weaker_balance_lies_between_none_and_the_whole():
    z, y, _ = unequal(3)
    labels = drawn(y, 0.1)
    off = []
    for strength in (0.2, 0.6, 1.0):
        mass = probes.propagate(z, labels, 5, rounds=1, balance_strength=strength).sum(0)
        off.append(np.abs(mass - 40).sum())
    none = np.abs(probes.propagate(z, labels, 5, rounds=1, balance=False).sum(0) - 40).sum()
    assert none > off[0] > off[1] > off[2]
    np.testing.assert_allclose(
        probes.propagate(z, labels, 5, balance_strength=1 - 1e-12),
        probes.propagate(z, labels, 5), atol=1e-6,
    )  # fmt: skip


def test_shares_of_the_labels_serve_unequal_classes_better_than_equal_ones():
    equal, estimated = [], []
    for seed in range(10):
        z, y, _ = unequal(seed)
        labels = drawn(y, 0.1, seed)
        free = labels < 0
        for scores, balance in ((equal, True), (estimated, "estimated")):
            said = probes.propagate(z, labels, 5, balance=balance).argmax(1)
            scores.append((said == y)[free].mean())
    assert np.mean(estimated) > np.mean(equal) + 0.1


def test_propagation_keeps_labels_and_gives_every_class_its_mass():
    z, y = clusters()
    labels = few(y, 2)
    shares = probes.propagate(z, labels, 5)
    np.testing.assert_allclose(shares.sum(1), 1)
    np.testing.assert_array_equal(shares[labels >= 0], np.eye(5)[labels[labels >= 0]])
    np.testing.assert_allclose(shares.sum(0), 40, rtol=0.01)


def test_unlabelled_windows_make_better_prototypes_and_balance_better_still():
    plain, spread, balanced = [], [], []
    for seed in range(12):
        z, y = clusters(8, 30, 16, 0.25, seed, uneven=0.6)
        labels = few(y, 1, seed)
        free = labels < 0
        nearest = probes.nearest_prototype(z, probes.prototypes(z, labels, 8))
        plain.append((nearest == y)[free].mean())
        for scores, balance in ((spread, False), (balanced, True)):
            said = probes.propagate(z, labels, 8, balance=balance).argmax(1)
            scores.append((said == y)[free].mean())
    assert np.mean(spread) > np.mean(plain) + 0.1
    assert np.mean(balanced) > np.mean(spread) + 0.01


def test_propagation_does_not_depend_on_the_order_or_the_length_of_embeddings():
    z, y = clusters(seed=3)
    labels = few(y, 1)
    shares = probes.propagate(z, labels, 5)
    order = np.random.default_rng(0).permutation(len(y))
    np.testing.assert_allclose(
        probes.propagate(z[order], labels[order], 5), shares[order], atol=1e-9
    )
    longer = z * np.random.default_rng(1).uniform(0.1, 9, (len(z), 1))
    np.testing.assert_allclose(probes.propagate(longer, labels, 5), shares, atol=1e-9)


def test_a_class_without_a_label_gets_no_probability():
    z, y = clusters()
    labels = few(y, 2)
    labels[labels == 3] = -1
    shares = probes.propagate(z, labels, 6)
    assert shares.shape == (200, 6)
    assert (shares[:, [3, 5]] == 0).all()
    np.testing.assert_allclose(shares.sum(1), 1)


def test_with_all_windows_labelled_there_is_nothing_to_propagate():
    z, y = clusters()
    np.testing.assert_array_equal(probes.propagate(z, y, 5), np.eye(5)[y])


def test_more_labels_than_a_class_is_owed_do_no_harm():
    z, y = clusters(2, 20)
    labels = np.where(y == 0, 0, -1)
    labels[-1] = 1
    shares = probes.propagate(z[5:], labels[5:], 2)
    assert np.isfinite(shares).all()
    np.testing.assert_allclose(shares.sum(1), 1)


def test_prototypes_are_mean_directions():
    z, y = clusters()
    classes = probes.prototypes(z, np.where(y == 2, -1, y), 5)
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    for k in (0, 1, 3, 4):
        mean = unit[y == k].mean(0)
        np.testing.assert_allclose(classes[k], mean / np.linalg.norm(mean))
    assert np.isnan(classes[2]).all()
    said = probes.nearest_prototype(z, classes)
    assert not (said == 2).any()
    for i in range(0, 200, 17):
        cosines = [unit[i] @ c if k != 2 else -np.inf for k, c in enumerate(classes)]
        assert said[i] == np.argmax(cosines)


def test_knn_is_a_vote_of_the_most_similar():
    z, y = clusters()
    labels = np.where(np.arange(200) % 3 == 0, -1, y)
    queries, _ = clusters(seed=0, spread=0.6)
    said = probes.knn(z, labels, queries, k=1)
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    for query, k in list(zip(queries, said, strict=True))[::11]:
        cosines = np.where(labels >= 0, unit @ query, -np.inf)
        assert k == labels[cosines.argmax()]
    assert (probes.knn(z, labels, z, k=5) == y).mean() > 0.75
    assert probes.knn(z[:3], [0, 0, 1], z[:2], k=50).tolist() == [0, 0]


def test_ridge_finds_a_linear_rule():
    z, y = clusters(spread=0.1)
    labels = np.where(np.arange(200) % 4 == 0, y, -1)
    assert (probes.ridge(z, labels, z) == y).mean() > 0.95
    with pytest.raises(InputError, match="two classes"):
        probes.ridge(z, np.zeros(200, int), z)


def test_tensors_are_taken_too():
    torch = pytest.importorskip("torch")
    z, y = clusters()
    labels = few(y, 2)
    got = probes.propagate(torch.from_numpy(z), torch.from_numpy(labels), 5)
    np.testing.assert_array_equal(got, probes.propagate(z, labels, 5))


def test_bad_input_is_refused():
    z, y = clusters()
    with pytest.raises(ShapeError, match=r"\(N, D\)"):
        probes.propagate(z[0], y, 5)
    with pytest.raises(ShapeError, match="a label for each of 200"):
        probes.prototypes(z, y[:-1], 5)
    with pytest.raises(InputError, match="at least one label"):
        probes.propagate(z, np.full(200, -1), 5)
    with pytest.raises(InputError, match="below 4, got 4"):
        probes.propagate(z, y, 4)
    with pytest.raises(InputError, match="integer labels"):
        probes.prototypes(z, y / 2, 5)
    with pytest.raises(InputError, match="must be positive"):
        probes.propagate(z, y, 5, temperature=0)
    with pytest.raises(InputError, match="balance_strength: expected above 0, at most 1, got 2"):
        probes.propagate(z, y, 5, balance_strength=2)
    with pytest.raises(InputError, match="\"estimated\" or shares, got 'guessed'"):
        probes.propagate(z, y, 5, balance="guessed")
    for shares in ([0.5, 0.5], [1, 1, 1, 1, 0], [1, 1, 1, 1, math.nan]):
        with pytest.raises(InputError, match="a positive share for each of 5 classes"):
            probes.propagate(z, y, 5, balance=shares)
    with pytest.raises(InputError, match="k must be"):
        probes.knn(z, y, z, k=0)
    z[7, 2] = np.nan
    with pytest.raises(InputError, match="1 of 200"):
        probes.propagate(z, y, 5)


def test_the_linear_probe_is_scikit_learns():
    linear_model = pytest.importorskip("sklearn.linear_model")
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    z, y = clusters(spread=0.8)
    z = z * np.arange(1, 9) + 3
    labels = np.where(np.arange(len(y)) % 3 == 0, y, -1)
    known = labels >= 0
    scale = preprocessing.StandardScaler().fit(z[known])
    model = linear_model.LogisticRegression(C=0.5, max_iter=5000)
    model.fit(scale.transform(z[known]), y[known])
    said = probes.linear(z, labels, z, strength=2.0)
    np.testing.assert_array_equal(said, model.predict(scale.transform(z)))
    with pytest.raises(InputError, match="strength must be positive"):
        probes.linear(z, labels, z, strength=0)


def test_prototypes_of_weights_are_weighted_mean_directions():
    z, y = clusters()
    np.testing.assert_allclose(
        probes.prototypes(z, np.eye(5)[y], 5), probes.prototypes(z, y, 5), atol=1e-12
    )
    weights = np.random.default_rng(0).uniform(size=(200, 5))
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    for k, place in enumerate(probes.prototypes(z, weights, 5)):
        total = sum(w * u for w, u in zip(weights[:, k], unit, strict=True))
        np.testing.assert_allclose(place, total / np.linalg.norm(total))
    with pytest.raises(InputError, match=r"expected \(200, 5\) weights from 0"):
        probes.prototypes(z, -weights, 5)
