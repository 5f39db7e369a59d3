import numpy as np
import pytest

torch = pytest.importorskip("torch")
from kinefuse.errors import InputError, ShapeError, SplitError  # noqa: E402
from kinefuse.evaluate import evaluate_rocket  # noqa: E402
from kinefuse.evaluate.rocket import RandomConvolutions  # noqa: E402


def naive_features(x, kernel):
    """One kernel on one window (C, T), a number at a time."""
    weights, padding = kernel["weights"], kernel["padding"]
    padded = np.pad(x, ((0, 0), (padding, padding)))
    reach = (weights.shape[1] - 1) * kernel["dilation"]
    values = []
    for at in range(padded.shape[1] - reach):
        total = kernel["bias"]
        for c in range(weights.shape[0]):
            for j in range(weights.shape[1]):
                total += weights[c, j] * padded[c, at + j * kernel["dilation"]]
        values.append(total)
    return max(values), np.mean([v > 0 for v in values])


def test_features_are_those_of_the_naive_convolution():
    random = np.random.default_rng(0)
    x = random.normal(size=(5, 3, 40)).astype(np.float32)
    convolve = RandomConvolutions(3, 40, n_kernels=30, seed=4)
    features = convolve(x, block=2)
    seen = set()
    for kernel in convolve.kernels():
        seen.add(kernel["number"])
        for row in (0, 4):
            largest, positive = naive_features(x[row], kernel)
            assert features[row, kernel["number"]] == pytest.approx(largest, abs=1e-4)
            assert features[row, 30 + kernel["number"]] == pytest.approx(positive, abs=1e-6)
    assert seen == set(range(30))


def test_kernels_are_as_published():
    kernels = list(RandomConvolutions(6, 100, n_kernels=600, seed=1).kernels())
    lengths = np.array([k["weights"].shape[1] for k in kernels])
    assert set(lengths) == {7, 9, 11}
    assert 0.4 < np.mean([k["padding"] > 0 for k in kernels]) < 0.6
    assert all(
        1 <= k["dilation"] <= 99 / (length - 1) for k, length in zip(kernels, lengths, strict=True)
    )
    assert {k["dilation"] for k in kernels} >= {1, 2, 4, 8, 16}
    channels = [np.flatnonzero(np.abs(k["weights"]).sum(1)) for k in kernels]
    assert {len(c) for c in channels} == set(range(1, 7))
    np.testing.assert_allclose([k["weights"].sum(1) for k in kernels[:1]], 0, atol=1e-5)
    assert all(-1 <= k["bias"] <= 1 for k in kernels)


def test_the_same_seed_draws_the_same_kernels():
    x = np.random.default_rng(0).normal(size=(3, 2, 20))
    one, two, other = (RandomConvolutions(2, 20, n_kernels=20, seed=s)(x) for s in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_windows_shorter_than_some_kernels_get_those_that_fit():
    convolve = RandomConvolutions(1, 8, n_kernels=10)
    assert {k["weights"].shape[1] for k in convolve.kernels()} == {7}
    assert convolve(np.ones((1, 1, 8))).shape == (1, 20)


def test_it_tells_the_waves_apart_by_any_modality(store, recipe):
    for modalities in (["inertial"], ["skeleton"], ["inertial", "skeleton"]):
        dropped = [m for m in recipe.modalities if m not in modalities]
        changes = {f"modalities.{m}": None for m in dropped}
        changes |= {
            f"{stage}.augment.{m}": None
            for m in dropped
            for stage in ("pretrain", "finetune", "supervised")
        }
        changes |= {"method": "supervised", "pretrain": None, "finetune": None}
        changes = {k: v for k, v in changes.items() if not k.startswith(("pretrain.", "finetune."))}
        found = evaluate_rocket(store, recipe.override(changes), n_kernels=200)
        assert found.accuracy > 0.6, modalities
        assert set(found.predictions["subject"]) == {"4"}
        assert found.confusion.sum() == 15


def test_few_labels_are_those_of_fine_tuning(store, recipe):
    same = evaluate_rocket(store, recipe, labels_share=1.0, n_kernels=50)
    assert same.predictions.equals(evaluate_rocket(store, recipe, n_kernels=50).predictions)
    few = [evaluate_rocket(store, recipe, labels_per_class=1, n_kernels=50) for _ in range(2)]
    assert few[0].predictions.equals(few[1].predictions)
    found = evaluate_rocket(store, recipe, n_kernels=50, fold="validation")
    assert set(found.predictions["subject"]) == {"3"}


def test_bad_input_is_refused(store, recipe):
    with pytest.raises(InputError, match="7 samples or more, got 6"):
        RandomConvolutions(1, 6)
    with pytest.raises(InputError, match="at least one channel"):
        RandomConvolutions(0, 50)
    convolve = RandomConvolutions(2, 20, n_kernels=3)
    with pytest.raises(ShapeError, match=r"expected \(N, 2, 20\), got \(1, 2, 21\)"):
        convolve(np.ones((1, 2, 21)))
    with pytest.raises(InputError, match="1 of 2 windows"):
        convolve(np.stack([np.ones((2, 20)), np.full((2, 20), np.nan)]))
    with pytest.raises(SplitError, match=r"split.validation: no window"):
        evaluate_rocket(store, recipe.override({"split.validation": []}), fold="validation")
