"""Against one loop over heads and tokens, and against the other ways to compute the same."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from kinefuse.errors import InputError, ShapeError  # noqa: E402
from kinefuse.nn import DifferentialAttention  # noqa: E402
from kinefuse.nn import differential_attention as module  # noqa: E402

KINDS = ("diff", "diff2", "softmax")


def softmax(scores):
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def naive(attention, x, valid):
    """One head and one window at a time, in NumPy."""
    w = {
        name: getattr(attention, name).weight.detach().numpy()
        for name in ("queries", "keys", "values", "out")
    }
    h, (b, n, d) = attention.heads, x.shape
    result = np.zeros((b, n, d))
    for i in range(b):
        q, k, v = x[i] @ w["queries"].T, x[i] @ w["keys"].T, x[i] @ w["values"].T
        blocked = np.where(valid[i], 0.0, -np.inf)
        heads = []
        if attention.kind == "softmax":
            s = d // (2 * h)
            for j in range(2 * h):
                at = slice(j * s, (j + 1) * s)
                heads.append(softmax(q[:, at] @ k[:, at].T / np.sqrt(s) + blocked) @ v[:, at])
        elif attention.kind == "diff":
            s = d // (2 * h)
            lam = float(attention.factor().detach())
            gain = attention.norm.weight.detach().numpy()
            for j in range(h):
                one, two = (slice((2 * j + g) * s, (2 * j + g + 1) * s) for g in (0, 1))
                maps = [softmax(q[:, g] @ k[:, g].T / np.sqrt(s) + blocked) for g in (one, two)]
                difference = maps[0] - lam * maps[1]
                np.testing.assert_allclose(difference.sum(1), 1 - lam, atol=1e-12)
                o = difference @ v[:, 2 * j * s : 2 * (j + 1) * s]
                o = gain * o / np.sqrt((o**2).mean(1, keepdims=True) + 1e-5)
                heads.append((1 - attention.lambda_init) * o)
        else:
            s = d // h
            share = 1 / (1 + np.exp(-x[i] @ attention.subtract.weight.detach().numpy().T))
            for j in range(h):
                at = slice(j * s, (j + 1) * s)
                first, second = (
                    softmax(
                        q[:, (2 * j + g) * s : (2 * j + g + 1) * s] @ k[:, at].T / np.sqrt(s)
                        + blocked
                    )
                    @ v[:, at]
                    for g in (0, 1)
                )
                heads.append(first - share[:, j : j + 1] * second)
        result[i] = np.concatenate(heads, 1) @ w["out"].T
    return result


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fused", [False, True])
def test_against_a_loop(kind, fused, monkeypatch):
    monkeypatch.setattr(module, "SHORT", 0 if fused else 64)
    torch.manual_seed(0)
    attention = DifferentialAttention(24, heads=3, layer=2, kind=kind).double()
    if kind == "diff":
        torch.nn.init.normal_(attention.norm.weight)
    x = torch.randn(4, 7, 24, dtype=torch.float64)
    valid = torch.rand(4, 7) < 0.6
    valid[:, 0] = True
    expected = naive(attention, x.numpy(), valid.numpy())
    np.testing.assert_allclose(attention(x, valid).detach(), expected, atol=1e-10)
    everything = torch.ones_like(valid)
    torch.testing.assert_close(attention(x), attention(x, everything))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("fused", [False, True])
def test_all_ways_to_subtract_agree(masked, fused, monkeypatch):
    """Maps subtracted first, two calls, and one call with the groups as heads."""
    torch.manual_seed(0)
    q, k = torch.randn(2, 2, 3, 2, 9, 4)
    v, share = torch.randn(2, 3, 9, 8), torch.rand(2, 3, 9, 1)
    valid = torch.tensor([[True] * 5 + [False] * 4, [True] * 9]) if masked else None
    (q1, q2), (k1, k2) = q.unbind(2), k.unbind(2)
    monkeypatch.setattr(module, "SHORT", 0 if fused else 64)
    found = module.attend_difference(q, k, v, share, valid)
    close = {"atol": 1e-5, "rtol": 1e-5}
    two = module.attend(q1, k1, v, valid) - share * module.attend(q2, k2, v, valid)
    torch.testing.assert_close(found, two, **close)
    together = module.attend(
        torch.cat([q1, q2], 1), torch.cat([k1, k2], 1), v.repeat(1, 2, 1, 1), valid
    )
    first, second = together.chunk(2, 1)
    torch.testing.assert_close(found, first - share * second, **close)
    shared = module.attend_difference(q, k[:, :, :1], v, share, valid)
    own = module.attend_difference(q, k[:, :, :1].expand_as(k), v, share, valid)
    torch.testing.assert_close(shared, own, **close)


def test_lambda_starts_as_published():
    expected = [0.2, 0.3555, 0.4707, 0.5561, 0.6193, 0.6661]
    found = [DifferentialAttention(8, layer=layer).lambda_init for layer in range(1, 7)]
    np.testing.assert_allclose(found, expected, atol=5e-5)


def test_kinds_differ_by_the_lambdas_and_gains_only():
    count = {
        kind: sum(p.numel() for p in DifferentialAttention(64, heads=2, kind=kind).parameters())
        for kind in KINDS
    }
    size = 64 // 4
    assert count["diff"] - count["softmax"] == 4 * size + 2 * size
    assert count["diff2"] - count["softmax"] == 64 * 64 + 64 * 2


def test_lambda_can_be_bound():
    attention = DifferentialAttention(8, bound=True)
    with torch.no_grad():
        attention.lambdas[:] = torch.tensor([[0.0], [0.0], [3.0], [3.0]])
    assert attention.factor() == 0
    attention.bound = False
    assert attention.factor() < 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fused", [False, True])
def test_a_window_without_a_token_is_zero_with_finite_gradients(kind, fused, monkeypatch):
    monkeypatch.setattr(module, "SHORT", 0 if fused else 64)
    torch.manual_seed(0)
    attention = DifferentialAttention(8, kind=kind)
    x = torch.randn(2, 5, 8, requires_grad=True)
    found = attention(x, torch.tensor([[True] * 5, [False] * 5]))
    assert found[1].abs().sum() == 0
    found.sum().backward()
    assert torch.isfinite(x.grad).all()


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="expected one of diff, diff2, softmax"):
        DifferentialAttention(8, kind="linear")
    with pytest.raises(InputError, match="multiple of twice the heads"):
        DifferentialAttention(10, heads=4)
    with pytest.raises(ShapeError, match=r"\(B, N, 8\)"):
        DifferentialAttention(8)(torch.zeros(2, 8))
    with pytest.raises(ShapeError, match="mask"):
        DifferentialAttention(8)(torch.zeros(2, 3, 8), torch.ones(2, 4, dtype=torch.bool))
