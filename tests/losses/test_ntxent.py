import math

import pytest
import torch

from kinefuse.errors import InputError, ShapeError
from kinefuse.losses import NTXentLoss


def cosine(a, b):
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return dot / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def naive(first, second, temperature):
    rows = first.tolist() + second.tolist()
    n = len(first)
    total = 0.0
    for i, anchor in enumerate(rows):
        positive = (i + n) % (2 * n)
        denominator = 0.0
        for k, other in enumerate(rows):
            if k != i:
                denominator += math.exp(cosine(anchor, other) / temperature)
        numerator = math.exp(cosine(anchor, rows[positive]) / temperature)
        total -= math.log(numerator / denominator)
    return total / (2 * n)


@pytest.mark.parametrize("temperature", [0.05, 0.1, 0.5, 2.0])
@pytest.mark.parametrize(("n", "d"), [(2, 1), (2, 3), (5, 8), (17, 4)])
def test_equals_the_naive_loops(n, d, temperature):
    generator = torch.Generator().manual_seed(n * 100 + d)
    first = torch.randn(n, d, generator=generator, dtype=torch.float64)
    second = torch.randn(n, d, generator=generator, dtype=torch.float64)
    loss = NTXentLoss(temperature)(first, second)
    assert loss.item() == pytest.approx(naive(first, second, temperature), rel=1e-10)
    loss32 = NTXentLoss(temperature)(first.float(), second.float())
    assert loss32.item() == pytest.approx(loss.item(), rel=1e-4, abs=1e-5)


def test_gradients_are_those_of_finite_differences():
    generator = torch.Generator().manual_seed(0)
    views = [
        torch.randn(3, 4, generator=generator, dtype=torch.float64, requires_grad=True)
        for _ in range(2)
    ]
    assert torch.autograd.gradcheck(NTXentLoss(0.3), views)


def test_does_not_depend_on_scale_order_or_which_view_is_first():
    generator = torch.Generator().manual_seed(1)
    first, second = torch.randn(2, 6, 5, generator=generator, dtype=torch.float64)
    loss = NTXentLoss(0.2)
    shuffled = torch.randperm(6, generator=generator)
    for other in (
        loss(3 * first, 0.1 * second),
        loss(first[shuffled], second[shuffled]),
        loss(second, first),
    ):
        assert other.item() == pytest.approx(loss(first, second).item(), rel=1e-12)


def test_a_row_of_zeros_gives_no_nan():
    first = torch.zeros(3, 4, requires_grad=True)
    loss = NTXentLoss()(first, torch.randn(3, 4))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(first.grad).all()


def test_bad_input_is_refused():
    loss = NTXentLoss()
    with pytest.raises(ShapeError, match="same shape"):
        loss(torch.randn(4, 3), torch.randn(5, 3))
    with pytest.raises(ShapeError, match="at least 2"):
        loss(torch.randn(1, 3), torch.randn(1, 3))
    with pytest.raises(ShapeError, match="got"):
        loss(torch.randn(4), torch.randn(4))
    for temperature in (0, -1, math.nan, math.inf):
        with pytest.raises(InputError, match="temperature"):
            NTXentLoss(temperature)


def test_windows_that_are_not_there_take_no_part():
    generator = torch.Generator().manual_seed(2)
    first, second = torch.randn((2, 6, 4), generator=generator)
    here = torch.tensor([True, False, True, True, False, True])
    first[~here] = torch.nan
    loss = NTXentLoss(0.3)
    torch.testing.assert_close(loss(first, second, here), loss(first[here], second[here]))
    with pytest.raises(ShapeError, match=r"\(6, 4\) and \(6, 4\) and \(5,\)"):
        loss(first, second, here[:5])
    with pytest.raises(ShapeError, match="at least 2"):
        loss(first, second, torch.arange(6) == 1)
