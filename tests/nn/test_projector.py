import pytest
import torch

from kinefuse.errors import InputError
from kinefuse.nn import Projector


@pytest.mark.parametrize(("length", "count"), [(5632, 1_475_456), (256, 99_200)])
def test_published_sizes(length, count):
    projector = Projector(length)
    assert sum(p.numel() for p in projector.parameters()) == count
    assert projector(torch.randn(4, length)).shape == (4, 128)


def test_is_built_again_from_its_settings():
    projector = Projector(6, hidden=128, out=64)
    again = Projector(6, **projector.settings)
    again.load_state_dict(projector.state_dict())
    x = torch.randn(3, 6)
    assert torch.equal(again.eval()(x), projector.eval()(x))
    assert again.out_features == 64


def test_refuses_a_length_of_zero():
    with pytest.raises(InputError, match="at least 1"):
        Projector(6, out=0)
