import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from kinefuse.errors import InputError, ShapeError  # noqa: E402
from kinefuse.nn import QualityAttention  # noqa: E402

NAMES = ("a", "b", "c")
PRIOR = {"a": 1.0, "b": 2.0, "c": 5.0}


def vectors(n=4, seed=0):
    torch.manual_seed(seed)
    return {m: torch.randn(n, 6) for m in NAMES}


def built(**settings):
    torch.manual_seed(1)
    return QualityAttention(6, NAMES, prior=PRIOR, **settings)


def test_against_a_loop():
    attention, u = built(guidance=0.3), vectors()
    usable = {m: torch.rand(4) for m in NAMES}
    present = {m: torch.ones(4, dtype=torch.bool) for m in NAMES}
    present["b"][2] = False
    fused, weights = attention(u, present, usable)
    for i in range(4):
        here = [m for m in NAMES if present[m][i]]
        e = {}
        for m in here:
            first, _, last = attention.scores[m]
            hidden = np.tanh(
                first.weight.detach().numpy() @ u[m][i].numpy() + first.bias.detach().numpy()
            )
            e[m] = float(last.weight.detach().numpy()[0] @ hidden)
        total = sum(np.exp(x) for x in e.values())
        q = {m: PRIOR[m] * float(usable[m][i]) for m in here}
        alpha = {m: 0.7 * np.exp(e[m]) / total + 0.3 * q[m] / sum(q.values()) for m in here}
        expected = sum(alpha[m] * u[m][i].numpy() for m in here)
        np.testing.assert_allclose(fused[i].detach(), expected, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(
            weights[i].detach(), [alpha.get(m, 0.0) for m in NAMES], rtol=1e-4, atol=1e-6
        )


@pytest.mark.parametrize("kind", ["guided", "learned", "prior", "uniform"])
class TestEveryKind:
    def test_a_missing_modality_s_content_does_not_matter(self, kind):
        attention = built(kind=kind)
        present = {m: torch.ones(4, dtype=torch.bool) for m in NAMES}
        present["a"] = torch.tensor([False, True, False, True])
        results = []
        for filler in (torch.nan, 3.0):
            u = vectors()
            u["a"][~present["a"]] = filler
            results.append(attention(u, present))
        for first, second in zip(*results, strict=True):
            assert torch.equal(first, second)

    def test_with_one_modality_it_takes_that_one(self, kind):
        u = vectors()
        for m in NAMES:
            present = {other: torch.full((4,), other == m) for other in NAMES}
            fused, weights = built(kind=kind)(u, present)
            torch.testing.assert_close(fused, u[m])
            assert weights.tolist() == [[float(other == m) for other in NAMES]] * 4

    def test_permuting_the_modalities_permutes_the_weights(self, kind):
        attention, u = built(kind=kind), vectors()
        other = QualityAttention(6, ("c", "a", "b"), prior=PRIOR, kind=kind)
        other.scores.load_state_dict(attention.scores.state_dict())
        _, weights = attention(u)
        _, permuted = other(u)
        torch.testing.assert_close(permuted, weights[:, [2, 0, 1]])

    def test_gradients_are_finite_for_every_pattern(self, kind):
        patterns = [p for p in itertools.product([True, False], repeat=3) if any(p)]
        present = {m: torch.tensor([p[i] for p in patterns]) for i, m in enumerate(NAMES)}
        u = {m: x.requires_grad_() for m, x in vectors(len(patterns)).items()}
        fused, weights = built(kind=kind)(u, present)
        (fused.sum() + (weights**2).sum()).backward()
        for m, x in u.items():
            assert torch.isfinite(x.grad).all()
            assert x.grad[~present[m]].abs().sum() == 0

    def test_all_present_is_as_without_masks(self, kind):
        attention, u = built(kind=kind), vectors()
        everywhere = {m: torch.ones(4, dtype=torch.bool) for m in NAMES}
        for first, second in zip(attention(u), attention(u, everywhere), strict=True):
            assert torch.equal(first, second)


def test_the_limits_are_the_prior_and_what_is_learned():
    u = vectors()
    _, prior = built(kind="prior")(u)
    torch.testing.assert_close(prior, torch.tensor([[1.0, 2.0, 5.0]]).expand(4, 3) / 8)
    _, learned = built(kind="learned")(u)
    torch.testing.assert_close(learned, built(guidance=0.0)(u)[1])
    assert not torch.allclose(learned, prior)


def test_a_window_without_anything_usable_is_judged_by_the_prior():
    nothing = {m: torch.zeros(4) for m in NAMES}
    attention = built(kind="prior")
    torch.testing.assert_close(attention(vectors(), None, nothing)[1], attention(vectors())[1])


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="expected one of guided"):
        built(kind="some")
    with pytest.raises(InputError, match="positive quality for each"):
        QualityAttention(6, NAMES, prior={"a": 1.0, "b": 1.0})
    with pytest.raises(InputError, match="guidance from 0 to 1"):
        built(guidance=1.5)
    u = vectors()
    with pytest.raises(InputError, match="no vectors of c"):
        built()({m: u[m] for m in "ab"})
    nobody = {m: torch.tensor([True, False, True, True]) for m in NAMES}
    with pytest.raises(InputError, match="1 of 4 windows have no modality"):
        built()(u, nobody)
    with pytest.raises(ShapeError, match=r"masks of \(4,\)"):
        built()(u, {m: torch.ones(3, dtype=torch.bool) for m in NAMES})
