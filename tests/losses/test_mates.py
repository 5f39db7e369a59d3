import math
from itertools import combinations

import pytest
import torch

from kinefuse.errors import InputError, ShapeError
from kinefuse.losses import MatesLoss, MultiviewLoss


def cosine(a, b):
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return dot / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def naive(z, mates, temperature, weight):
    n = len(mates)
    terms = []
    for pair in combinations(z, 2):
        for a, b in (pair, pair[::-1]):
            for i in range(n):
                share = [1.0 if i == j else weight * mates[i][j] for j in range(n)]
                powers = [math.exp(cosine(z[a][i], z[b][j]) / temperature) for j in range(n)]
                terms.append(
                    -sum(
                        s / sum(share) * math.log(p / sum(powers))
                        for s, p in zip(share, powers, strict=True)
                    )
                )
    return sum(terms) / len(terms)


def draw(n, m, seed=0):
    generator = torch.Generator().manual_seed(seed)
    names = ("inertial", "skeleton", "third")[:m]
    z = {k: torch.randn((n, 5), generator=generator, dtype=torch.float64) for k in names}
    mates = torch.rand((n, n), generator=generator) < 0.3
    return z, mates | mates.T


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("m", [2, 3])
@pytest.mark.parametrize("n", [2, 9])
def test_equals_the_naive_loops(n, m, weight):
    z, mates = draw(n, m, seed=n)
    expected = naive({k: v.tolist() for k, v in z.items()}, mates.tolist(), 0.2, weight)
    assert MatesLoss(0.2, weight=weight)(z, mates).item() == pytest.approx(expected, rel=1e-10)


def test_without_mates_it_is_the_loss_of_cmc():
    z, mates = draw(8, 3)
    plain = MultiviewLoss(0.1)(z).item()
    assert MatesLoss(0.1)(z, mates & False).item() == pytest.approx(plain, rel=1e-12)
    assert MatesLoss(0.1, weight=0.0)(z, mates).item() == pytest.approx(plain, rel=1e-12)


def test_missing_rows_are_left_out_whatever_they_hold():
    z, mates = draw(9, 2, seed=2)
    present = {"inertial": torch.arange(9) != 2, "skeleton": torch.arange(9) < 7}
    both = present["inertial"] & present["skeleton"]
    expected = MatesLoss()({m: v[both] for m, v in z.items()}, mates[both][:, both])
    for m in z:
        z[m][~present[m]] = torch.nan
        z[m].requires_grad_(True)
    loss = MatesLoss()(z, mates, present)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12)
    loss.backward()
    assert all(torch.isfinite(v.grad).all() for v in z.values())


def test_bad_input_is_refused():
    z, mates = draw(4, 2)
    with pytest.raises(ShapeError, match=r"\(4, 4\)"):
        MatesLoss()(z, mates[:3])
    with pytest.raises(InputError, match="weight"):
        MatesLoss(weight=-1)
    with pytest.raises(InputError, match="two modalities"):
        MatesLoss()({"inertial": z["inertial"]}, mates)
