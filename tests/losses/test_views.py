import numpy as np
import pytest

torch = pytest.importorskip("torch")
from kinefuse.errors import InputError  # noqa: E402
from kinefuse.losses import stack_views  # noqa: E402


def projections(n, names="ab", seed=0):
    torch.manual_seed(seed)
    return {m: torch.randn(n, 5, dtype=torch.float64) for m in names}


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def test_mixtures_of_two():
    z = projections(4)
    a, b = (unit(rows.numpy()) for rows in z.values())
    views, there = stack_views(z)
    expected = [a, b, *(unit(w * a + (1 - w) * b) for w in (0.25, 0.5, 0.75))]
    np.testing.assert_allclose(views.numpy(), np.stack(expected), atol=1e-12)
    assert there.all()
    fused, _ = stack_views(z, kind="fusion")
    expected = [unit(w / 10 * a + (1 - w / 10) * b) for w in range(1, 10)]
    np.testing.assert_allclose(fused.numpy(), np.stack(expected), atol=1e-12)


def test_mixtures_of_three():
    z = projections(4, "abc")
    a, b, c = (unit(rows.numpy()) for rows in z.values())
    views, _ = stack_views(z)
    expected = [a, b, c, unit(a + b), unit(a + c), unit(b + c), unit(a + b + c)]
    np.testing.assert_allclose(views.numpy(), np.stack(expected), atol=1e-12)
    fused, _ = stack_views(z, kind="fusion")
    assert len(fused) == 6
    np.testing.assert_allclose(fused[0].numpy(), unit(a + b + 3 * c), atol=1e-12)


def test_what_is_missing_is_in_no_view():
    z = projections(4, "abc")
    z["a"][0] = torch.nan
    z["a"][1] = z["b"][1] = torch.nan
    present = {m: torch.isfinite(rows).all(1) for m, rows in z.items()}
    views, there = stack_views(z, present)
    assert torch.isfinite(views).all()
    # Of window 0 the modalities b, c, their midpoint and the center of what is there.
    assert there[:, 0].tolist() == [False, True, True, False, False, True, True]
    assert there[:, 1].tolist() == [False, False, True, False, False, False, False]
    np.testing.assert_allclose(views[6, 0], views[5, 0])


def test_an_unknown_kind_is_refused():
    with pytest.raises(InputError, match="mix, pairwise, fusion, got 'all'"):
        stack_views(projections(2), kind="all")
