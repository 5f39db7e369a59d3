import pytest
import torch

from kinefuse.errors import InputError
from kinefuse.nn import Standardize


@pytest.mark.parametrize(
    ("shape", "mean", "std"),
    [
        ((4, 6, 50), (6, 1), (6, 1)),
        ((4, 3, 10, 20), (3, 1, 20), ()),
        ((4, 3, 10, 20), (), (3, 1, 1)),
    ],
)
def test_is_the_formula_and_part_of_the_state(shape, mean, std):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(shape, generator=generator)
    mean = torch.randn(mean, generator=generator)
    std = torch.rand(std, generator=generator) + 0.5
    step = Standardize(mean, std)
    torch.testing.assert_close(step(x), torch.stack([(row - mean) / std for row in x]))
    again = Standardize(torch.zeros_like(mean), torch.ones_like(std))
    again.load_state_dict(step.state_dict())
    assert torch.equal(again(x), step(x))
    assert not list(step.parameters())


@pytest.mark.parametrize(("mean", "std"), [(0.0, 0.0), (0.0, -1.0), (float("nan"), 1.0)])
def test_refuses_what_would_spoil_every_window(mean, std):
    with pytest.raises(InputError, match="positive"):
        Standardize(mean, std)


def test_what_is_missing_is_the_mean_and_passes_no_gradient():
    x = torch.tensor([[1.0, float("nan"), 3.0]], requires_grad=True)
    z = Standardize(torch.tensor(2.0), torch.tensor(0.5))(x)
    assert z.tolist() == [[-2.0, 0.0, 2.0]]
    z.square().sum().backward()
    assert x.grad.tolist() == [[-8.0, 0.0, 8.0]]
