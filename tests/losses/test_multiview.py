import math
from itertools import combinations

import pytest
import torch

from kinefuse.errors import InputError, ShapeError
from kinefuse.losses import MultiviewLoss

MODALITIES = ("inertial", "skeleton", "third", "fourth")


def cosine(a, b):
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return dot / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def naive(z, present, temperature):
    pairs = []
    for a, b in combinations(z, 2):
        n = len(z[a])
        rows = [i for i in range(n) if present[a][i] and present[b][i]]
        if len(rows) < 2:
            continue
        terms = []
        for one, other in ((a, b), (b, a)):
            for i in rows:
                sums = 0.0
                for j in rows:
                    sums += math.exp(cosine(z[one][i], z[other][j]) / temperature)
                own = math.exp(cosine(z[one][i], z[other][i]) / temperature)
                terms.append(-math.log(own / sums))
        pairs.append(sum(terms) / len(terms))
    return sum(pairs) / len(pairs) if pairs else 0.0


def draw(n, d, m, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shape = (n, d)
    return {
        name: torch.randn(shape, generator=generator, dtype=torch.float64)
        for name in MODALITIES[:m]
    }


@pytest.mark.parametrize("temperature", [0.07, 0.1, 1.0])
@pytest.mark.parametrize("m", [2, 3, 4])
@pytest.mark.parametrize(("n", "d"), [(2, 3), (7, 5), (16, 2)])
def test_equals_the_naive_loops(n, d, m, temperature):
    z = draw(n, d, m, seed=n + m)
    everywhere = {name: [True] * n for name in z}
    expected = naive({k: v.tolist() for k, v in z.items()}, everywhere, temperature)
    assert MultiviewLoss(temperature)(z).item() == pytest.approx(expected, rel=1e-10)
    masks = {name: torch.ones(n, dtype=torch.bool) for name in z}
    assert MultiviewLoss(temperature)(z, masks).item() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("m", [2, 3])
def test_missing_rows_are_left_out_whatever_they_hold(m, seed):
    z = draw(9, 4, m, seed)
    generator = torch.Generator().manual_seed(seed)
    present = {name: torch.rand(9, generator=generator) < 0.6 for name in z}
    expected = naive({k: v.tolist() for k, v in z.items()}, present, 0.1)
    for name in z:
        z[name][~present[name]] = torch.nan
        z[name].requires_grad_(True)
    loss = MultiviewLoss(0.1)(z, present)
    assert loss.item() == pytest.approx(expected, rel=1e-10)
    loss.backward()
    for name in z:
        assert torch.isfinite(z[name].grad).all()
        assert (z[name].grad[~present[name]] == 0).all()


def test_with_nothing_to_contrast_the_loss_is_zero_and_can_be_stepped():
    z = {k: v.requires_grad_(True) for k, v in draw(3, 4, 2).items()}
    one = torch.tensor([True, False, False])
    loss = MultiviewLoss()(z, {"inertial": one, "skeleton": ~one})
    loss.backward()
    assert loss.item() == 0
    assert all((v.grad == 0).all() for v in z.values())


def test_gradients_are_those_of_finite_differences():
    z = {k: v.requires_grad_(True) for k, v in draw(3, 4, 3).items()}

    def loss(*rows):
        return MultiviewLoss(0.3)(dict(zip(z, rows, strict=True)))

    assert torch.autograd.gradcheck(loss, tuple(z.values()))


def test_the_order_of_modalities_and_windows_does_not_matter():
    z = draw(6, 5, 3)
    loss = MultiviewLoss(0.2)
    turned = dict(reversed(z.items()))
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    assert loss(turned).item() == pytest.approx(loss(z).item(), rel=1e-12)
    shuffled = {name: rows[order] for name, rows in z.items()}
    assert loss(shuffled).item() == pytest.approx(loss(z).item(), rel=1e-12)


def test_bad_input_is_refused():
    loss = MultiviewLoss()
    z = draw(4, 3, 2)
    with pytest.raises(InputError, match="two modalities"):
        loss({"inertial": z["inertial"]})
    with pytest.raises(ShapeError, match="one shape"):
        loss({"inertial": z["inertial"], "skeleton": z["skeleton"][:3]})
    with pytest.raises(ShapeError, match="mask"):
        loss(z, {"inertial": torch.ones(4, dtype=torch.bool)})
    with pytest.raises(ShapeError, match="mask"):
        loss(z, {name: torch.ones(3, dtype=torch.bool) for name in z})
    with pytest.raises(InputError, match="temperature"):
        MultiviewLoss(0)
