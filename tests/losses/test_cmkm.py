import math
from itertools import combinations

import pytest
import torch

from kinefuse.errors import InputError, ShapeError
from kinefuse.losses import CMKMLoss, MultiviewLoss

MODALITIES = ("inertial", "skeleton", "third", "fourth")


def cosine(a, b):
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return dot / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def nearest(alike, i, k):
    others = [j for j in range(len(alike)) if j != i]
    return set(sorted(others, key=lambda j: -alike[i][j])[:k])


def naive(z, teachers, *, t, k, intra, weight, t_intra, symmetric, prune, scale):
    """The equations, one number after another."""
    n = len(next(iter(z.values())))
    alike = {m: [[cosine(a, b) for b in teachers[m]] for a in teachers[m]] for m in z}
    connected = {m: [sum(alike[m][i][j] for i in range(n)) / n for j in range(n)] for m in z}
    dropped = {m: {j for j in range(n) if prune is not None and connected[m][j] > prune} for m in z}
    terms = []
    for pair in combinations(z, 2):
        for a, b in (pair, pair[::-1]):
            for i in range(n):
                own, crossed = nearest(alike[a], i, k), nearest(alike[b], i, k)
                if symmetric:
                    own = crossed = own | crossed
                wanted = unwanted = 0.0
                for j in range(n):
                    across = math.exp(cosine(z[a][i], z[b][j]) / t)
                    if j == i or j in crossed:
                        wanted += across
                    elif j not in dropped[b]:
                        unwanted += across
                    if not intra or j == i:
                        continue
                    inside = math.exp(cosine(z[a][i], z[a][j]) / t_intra)
                    if j in own:
                        wanted += inside
                    elif j not in dropped[a]:
                        unwanted += weight * inside
                term = -math.log(wanted / (wanted + unwanted))
                terms.append(term * math.exp((scale or 0.0) * connected[a][i]))
    return sum(terms) / len(terms)


def draw(n, m, seed=0, dims=(5, 7)):
    generator = torch.Generator().manual_seed(seed)
    return tuple(
        {
            name: torch.randn((n, d), generator=generator, dtype=torch.float64)
            for name in MODALITIES[:m]
        }
        for d in dims
    )


SWITCHES = {
    "as published": {"k": 1, "intra": True},
    "as the authors' code": {"k": 1, "intra": True, "intra_temperature": 1.0},
    "nothing mined": {"k": 0, "intra": True},
    "no terms inside": {"k": 2, "intra": False},
    "more positives": {"k": 3, "intra": True, "intra_weight": 0.5},
    "no negatives inside": {"k": 2, "intra": True, "intra_weight": 0.0},
    "symmetric": {"k": 2, "intra": True, "symmetric": True},
    "pruned": {"k": 1, "intra": True, "prune_above": 0.1},
    "all negatives pruned": {"k": 1, "intra": True, "prune_above": -2.0},
    "weighted": {"k": 1, "intra": True, "weight_scale": 0.25},
    "all at once": {
        "k": 2,
        "intra": True,
        "intra_weight": 2.0,
        "symmetric": True,
        "prune_above": 0.15,
        "weight_scale": -0.5,
    },
    "everything is a positive": {"k": 100, "intra": True},
}


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("m", [2, 3, 4])
@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_equals_the_naive_loops(name, m, temperature):
    z, teachers = draw(8, m, seed=m)
    options = SWITCHES[name]
    expected = naive(
        {key: rows.tolist() for key, rows in z.items()},
        {key: rows.tolist() for key, rows in teachers.items()},
        t=temperature,
        k=options["k"],
        intra=options["intra"],
        weight=options.get("intra_weight", 1.0),
        t_intra=options.get("intra_temperature", temperature),
        symmetric=options.get("symmetric", False),
        prune=options.get("prune_above"),
        scale=options.get("weight_scale"),
    )
    got = CMKMLoss(temperature, **options)(z, teachers).item()
    assert got == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_without_mining_and_terms_inside_it_is_the_loss_of_cmc():
    z, teachers = draw(9, 3)
    plain = CMKMLoss(0.1, k=0, intra=False)(z, teachers)
    assert plain.item() == pytest.approx(MultiviewLoss(0.1)(z).item(), rel=1e-12)


def test_a_teacher_that_knows_the_classes_draws_them_together():
    z, _ = draw(12, 2, seed=3)
    teachers = {m: torch.eye(3, dtype=torch.float64).repeat(4, 1) for m in z}
    rows = {m: v.clone().requires_grad_(True) for m, v in z.items()}
    optimizer = torch.optim.Adam(rows.values(), lr=0.1)
    loss = CMKMLoss(0.2, k=3)
    for _ in range(200):
        optimizer.zero_grad()
        loss(rows, teachers).backward()
        optimizer.step()
    units = torch.nn.functional.normalize(rows["inertial"].detach(), dim=1)
    same = torch.arange(12)[:, None] % 3 == torch.arange(12) % 3
    alike = units @ units.T
    assert alike[same].min() > alike[~same].max()


def test_missing_rows_are_left_out_whatever_they_hold():
    z, teachers = draw(9, 2, seed=5)
    present = {"inertial": torch.arange(9) != 2, "skeleton": torch.arange(9) < 7}
    both = present["inertial"] & present["skeleton"]
    options = {"k": 2, "prune_above": 0.1, "weight_scale": 0.3}
    expected = CMKMLoss(**options)(
        {m: v[both] for m, v in z.items()}, {m: v[both] for m, v in teachers.items()}
    )
    for m in z:
        z[m][~present[m]] = teachers[m][~present[m]] = torch.nan
        z[m].requires_grad_(True)
    loss = CMKMLoss(**options)(z, teachers, present)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12)
    loss.backward()
    assert all(torch.isfinite(v.grad).all() for v in z.values())


def test_gradients_are_those_of_finite_differences_and_none_goes_to_the_teacher():
    z, teachers = draw(4, 2, seed=1)
    for rows in (*z.values(), *teachers.values()):
        rows.requires_grad_(True)
    loss = CMKMLoss(0.3, k=1, intra_weight=0.7, weight_scale=0.2)

    def call(*rows):
        return loss(dict(zip(z, rows, strict=True)), teachers)

    assert torch.autograd.gradcheck(call, tuple(z.values()))
    loss(z, teachers).backward()
    assert all(rows.grad is None for rows in teachers.values())


def test_bad_input_is_refused():
    z, teachers = draw(4, 2)
    with pytest.raises(InputError, match="two modalities"):
        CMKMLoss()({"inertial": z["inertial"]}, teachers)
    with pytest.raises(InputError, match=r"no teacher.*skeleton"):
        CMKMLoss()(z, {"inertial": teachers["inertial"]})
    with pytest.raises(ShapeError, match="teachers"):
        CMKMLoss()(z, {m: rows[:3] for m, rows in teachers.items()})
    with pytest.raises(InputError, match="k and intra_weight"):
        CMKMLoss(k=-1)
    with pytest.raises(InputError, match="temperature"):
        CMKMLoss(intra_temperature=0.0)
