import numpy as np
import pytest

torch = pytest.importorskip("torch")
from kinefuse.errors import InputError, ShapeError  # noqa: E402
from kinefuse.nn import measure_validity  # noqa: E402


def windows(n=6, c=3, t=40, seed=0):
    torch.manual_seed(seed)
    return torch.randn(n, c, t)


def naive(x, run):
    """Of one window (C, T)."""
    size = np.nanmax(np.abs(x), axis=1, initial=0.0)
    moved = [
        any(abs(x[c, t + 1] - x[c, t]) > 1e-5 * size[c] for c in range(len(x)))
        for t in range(x.shape[1] - 1)
    ]
    flat = set()
    for t in range(x.shape[1] - run + 1):
        if not any(moved[t : t + run - 1]):
            flat |= set(range(t, t + run))
    usable = [0.0 if t in flat else np.isfinite(x[:, t]).mean() for t in range(x.shape[1])]
    return np.mean(usable)


@pytest.mark.parametrize("run", [2, 5, 9])
@pytest.mark.parametrize("seed", range(8))
def test_against_a_loop(run, seed):
    random = np.random.default_rng(seed)
    x = windows(5, seed=seed)
    for row in x:
        for _ in range(3):
            start, length = random.integers(0, 38), random.integers(1, 15)
            some = slice(None) if random.random() < 0.6 else slice(0, 2)
            row[some, start : start + length] = (
                torch.nan if random.random() < 0.4 else row[some, start, None].clone()
            )
    expected = [naive(row.double().numpy(), run) for row in x]
    np.testing.assert_allclose(measure_validity(x, flat_run=run), expected, atol=1e-6)


def test_what_is_whole_is_valid_and_what_is_missing_is_not():
    x = windows()
    assert measure_validity(x).tolist() == [1.0] * 6
    present = torch.tensor([True, False] * 3)
    x[1] = torch.nan
    assert measure_validity(x, present=present).tolist() == [1.0, 0.0] * 3
    assert measure_validity(x)[1] == 0


def test_a_skeleton_loses_what_its_missing_joints_are_worth():
    torch.manual_seed(0)
    x = torch.randn(2, 3, 10, 4)
    x[0, :, :5, 1] = torch.nan
    np.testing.assert_allclose(measure_validity(x), [1 - 0.5 * 0.25, 1.0])
    x[1, :, 5:] = x[1, :, 5:6].clone()
    np.testing.assert_allclose(measure_validity(x), [1 - 0.5 * 0.25, 0.5])


def test_units_do_not_count_but_a_short_rest_is_none():
    x = windows()
    x[:, :, 10:30] = 4.0
    for scale in (1e-4, 1.0, 1e4):
        np.testing.assert_allclose(measure_validity(scale * x + scale), [0.5] * 6)
    x = windows()
    x[:, :, 10:14] = 4.0
    assert measure_validity(x).tolist() == [1.0] * 6
    assert measure_validity(torch.zeros(2, 3, 4)).tolist() == [1.0, 1.0]


def test_bad_input_is_refused():
    with pytest.raises(ShapeError, match=r"\(B, C, T\) or \(B, D, T, J\), got \(3, 4\)"):
        measure_validity(torch.zeros(3, 4))
    with pytest.raises(ShapeError, match=r"a mask of \(6,\), got \(5,\)"):
        measure_validity(windows(), present=torch.ones(5, dtype=torch.bool))
    with pytest.raises(InputError, match="flat_run from 2, got 1"):
        measure_validity(windows(), flat_run=1)
