"""The loss against naive loops, its gradient in closed form, and what the weights promise."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
from kinefuse.errors import InputError  # noqa: E402
from kinefuse.losses import (  # noqa: E402
    HardPositiveLoss,
    MultiviewLoss,
    hardness_weights,
    stack_views,
)


def projections(n=6, names="ab", seed=0):
    torch.manual_seed(seed)
    shared = torch.randn(n, 5, dtype=torch.float64)
    return {m: shared + 0.7 * torch.randn(n, 5, dtype=torch.float64) for m in names}


def naive(z, tau, kind, beta):
    """Several positives: the mean over anchors of weighted terms, one number at a time."""
    views, there = (x.numpy() for x in stack_views(z, kind=kind))
    places = [(v, i) for v in range(len(views)) for i in range(views.shape[1]) if there[v, i]]
    total = 0.0
    for a in places:
        s = {b: float(views[a] @ views[b]) / tau for b in places if b != a}
        log_sum = math.log(sum(math.exp(x) for x in s.values()))
        positives = [b for b in s if b[1] == a[1]]
        raw = {b: math.exp(-beta * s[b]) for b in positives}
        total += sum(raw[b] / sum(raw.values()) * (log_sum - s[b]) for b in positives)
    return total / len(places)


@pytest.mark.parametrize("names", ["ab", "abc"])
@pytest.mark.parametrize("views", ["mix", "fusion"])
@pytest.mark.parametrize("beta", [0.0, 0.3, 1.0])
def test_several_positives_against_a_loop(names, views, beta):
    z = projections(names=names)
    loss = HardPositiveLoss(0.2, views=views, hard="exp", beta=beta)(z)
    assert loss.item() == pytest.approx(naive(z, 0.2, views, beta), rel=1e-10)


@pytest.mark.parametrize("hard", ["focal", "exp", "linear", "inverse", "none"])
def test_pairs_of_modalities_against_a_loop(hard):
    z = projections(names="abc")
    terms, chances = [], []
    units = {m: rows / rows.norm(dim=1, keepdim=True) for m, rows in z.items()}
    for a in units:
        for b in units:
            for i in range(6) if a != b else ():
                s = [float(units[a][i] @ units[b][j]) / 0.2 for j in range(6)]
                chance = math.exp(s[i]) / sum(math.exp(x) for x in s)
                terms.append(-math.log(chance))
                chances.append(chance)
    terms, chances = np.array(terms), np.array(chances)
    weights = {
        "focal": np.maximum(1 - chances, 1e-3),
        "exp": np.exp(0.3 * terms),
        "linear": 1 + 0.3 * (terms - terms.min()) / (terms.max() - terms.min()),
        "inverse": 1 / np.maximum(1 - chances, 1e-3),
        "none": np.ones(len(terms)),
    }[hard]
    weights = np.minimum(weights / weights.mean(), 5)
    weights /= weights.mean()
    loss = HardPositiveLoss(0.2, views="pairwise", hard=hard)(z)
    assert loss.item() == pytest.approx((weights * terms).mean(), rel=1e-9)


def test_without_weights_it_is_contrastive_multiview_coding():
    z = {m: rows.float() for m, rows in projections(names="abc").items()}
    plain = HardPositiveLoss(0.1, views="pairwise", hard="none")
    torch.testing.assert_close(plain(z), MultiviewLoss(0.1)(z))
    torch.testing.assert_close(HardPositiveLoss(0.1, views="pairwise", gamma=0.0)(z), plain(z))


def test_the_gradient_is_that_of_a_smooth_maximum():
    def gradients(loss_of):
        z = {m: rows.requires_grad_() for m, rows in projections().items()}
        loss_of(z).backward()
        return [rows.grad for rows in z.values()]

    def smooth_maximum(z, beta=0.3, tau=0.2):
        views, _ = stack_views(z)
        flat = views.flatten(0, 1)
        n = views.shape[1]
        logits = (flat @ flat.T / tau).fill_diagonal_(-torch.inf)
        logs = logits.log_softmax(1)
        window = torch.arange(len(flat)) % n
        same = (window[:, None] == window) & ~torch.eye(len(flat), dtype=torch.bool)
        hard = (-beta * logs).masked_fill(~same, -torch.inf).logsumexp(1)
        return ((hard - math.log(len(views) - 1)) / beta).mean()

    ours = gradients(HardPositiveLoss(0.2, hard="exp", beta=0.3))
    for found, expected in zip(ours, gradients(smooth_maximum), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


def test_an_anchor_s_gradient_in_closed_form():
    """On the similarities: w (p - 1) of the positive, w p of a negative, over the anchors."""
    torch.manual_seed(1)
    logits = torch.randn(7, 7, dtype=torch.float64, requires_grad=True)
    terms = logits.logsumexp(1) - logits.diagonal()
    weights = hardness_weights(terms.detach(), (-terms).exp().detach())
    (weights * terms).mean().backward()
    p = logits.detach().softmax(1)
    expected = weights[:, None] * (p - torch.eye(7)) / 7
    torch.testing.assert_close(logits.grad, expected)
    assert logits.grad.sum(1).abs().max() < 1e-15


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(1e-6, 1 - 1e-6), min_size=2, max_size=30),
    st.sampled_from([0.5, 1.0, 2.0]),
)
def test_focal_weights_keep_the_promised_pull(chances, gamma):
    p = torch.tensor(chances, dtype=torch.float64)
    weights = hardness_weights(-p.log(), p, gamma=gamma, max_weight=1e9, eps=1e-9)
    g = 1 - p
    assert weights.mean().item() == pytest.approx(1)
    # The total pull on positives never falls (Chebyshev's sum inequality).
    assert (weights * g).mean() >= g.mean() - 1e-12
    power_mean = (g**gamma).mean() ** (1 / gamma)
    harder = g > power_mean * (1 + 1e-9)
    assert (weights[harder] > 1 - 1e-9).all()
    assert (weights[g < power_mean * (1 - 1e-9)] < 1 + 1e-9).all()


@pytest.mark.parametrize("kind", ["focal", "exp", "linear", "inverse", "none"])
@pytest.mark.parametrize("p", [1.0, 0.01])
def test_equal_anchors_weigh_one(kind, p):
    chances = torch.full((8,), p)
    torch.testing.assert_close(hardness_weights(-chances.log(), chances, kind), torch.ones(8))


def test_no_anchor_counts_more_than_the_limit():
    chances = torch.cat([torch.full((99,), 0.999999), torch.tensor([0.01])])
    weights = hardness_weights(-chances.log(), chances, max_weight=5.0)
    expected = np.r_[np.full(99, 1e-3), 0.99]
    expected = np.minimum(expected / expected.mean(), 5)
    np.testing.assert_allclose(weights, expected / expected.mean(), rtol=1e-5)


@pytest.mark.parametrize("views", ["mix", "pairwise", "fusion"])
@pytest.mark.parametrize("hard", ["auto", "focal", "none"])
class TestEveryForm:
    def test_missing_rows_reach_neither_loss_nor_gradient(self, views, hard):
        z = projections(8, "abc")
        z["a"][2] = torch.nan
        z["b"][2] = z["b"][3] = torch.nan
        present = {m: torch.isfinite(rows).all(1) for m, rows in z.items()}
        loss_of = HardPositiveLoss(0.2, views=views, hard=hard)
        results = []
        for filler in (torch.nan, 7.0):
            filled = {m: torch.where(torch.isfinite(r), r, filler) for m, r in z.items()}
            leaves = {m: r.clone().requires_grad_() for m, r in filled.items()}
            loss = loss_of(leaves, present)
            loss.backward()
            results.append((loss, {m: r.grad for m, r in leaves.items()}))
        (first, gradients), (second, others) = results
        assert torch.equal(first, second)
        for m, gradient in gradients.items():
            assert torch.isfinite(gradient).all()
            assert torch.equal(gradient, others[m])
            assert gradient[~present[m]].abs().sum() == 0

    def test_order_does_not_matter(self, views, hard):
        z = projections(7, "abc")
        loss_of = HardPositiveLoss(0.2, views=views, hard=hard)
        order = torch.randperm(7)
        shuffled = {m: z[m][order] for m in "cab"}
        torch.testing.assert_close(loss_of(z), loss_of(shuffled))

    def test_is_finite_at_low_temperature_and_for_equal_rows(self, views, hard):
        loss_of = HardPositiveLoss(0.01, views=views, hard=hard)
        for rows in (torch.ones(6, 5), torch.eye(6, 5)):
            z = {m: rows.clone().requires_grad_() for m in "ab"}
            loss = loss_of(z)
            loss.backward()
            assert torch.isfinite(loss)
            assert all(torch.isfinite(r.grad).all() for r in z.values())

    def test_nothing_to_contrast_is_zero(self, views, hard):
        z = {m: torch.randn(3, 5, requires_grad=True) for m in "ab"}
        nobody = {"a": torch.tensor([True, False, False]), "b": torch.tensor([False, True, True])}
        loss = HardPositiveLoss(views=views, hard=hard)(z, nobody)
        loss.backward()
        assert loss.item() == 0
        assert all(r.grad.abs().sum() == 0 for r in z.values())


def test_bad_settings_are_refused():
    with pytest.raises(InputError, match="hard: expected one of auto"):
        HardPositiveLoss(hard="focus")
    with pytest.raises(InputError, match="views: expected one of mix"):
        HardPositiveLoss(views="all")
    with pytest.raises(InputError, match="max_weight of at least 1"):
        HardPositiveLoss(max_weight=0.5)
    with pytest.raises(InputError, match="focal"):
        hardness_weights(torch.ones(2), torch.ones(2), "auto")
