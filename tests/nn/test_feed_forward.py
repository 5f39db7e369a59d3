import numpy as np
import pytest
import torch

from kinefuse.errors import InputError
from kinefuse.nn import FeedForward


def test_against_a_loop_over_tokens():
    torch.manual_seed(0)
    block = FeedForward(5, hidden=7)
    with torch.no_grad():
        block.norm.running_mean.normal_()
        block.norm.running_var.uniform_(0.5, 2.0)
        block.scale.normal_()
    block.eval()
    x = torch.randn(3, 5, 4)
    found = block(x).detach().numpy()
    first, second = block.gated.weight.detach().numpy().reshape(2, 7, 5)
    last = block.out.weight.detach().numpy()
    mean, var = block.norm.running_mean.numpy(), block.norm.running_var.numpy()
    for b in range(3):
        for n in range(4):
            token = x[b, :, n].numpy()
            normal = (token - mean) / np.sqrt(var + 1e-5)
            gate = first @ normal
            hidden = gate / (1 + np.exp(-gate)) * (second @ normal)
            expected = token + block.scale.detach().numpy() * (last @ hidden)
            np.testing.assert_allclose(found[b, :, n], expected, rtol=1e-4, atol=1e-5)


def test_begins_as_little_more_than_a_passage():
    torch.manual_seed(0)
    x = torch.randn(8, 16, 6)
    added = FeedForward(16, hidden=32)(x) - x
    assert 0 < added.std() < 0.1 * x.std()


def test_refuses_a_size_of_zero():
    with pytest.raises(InputError, match="at least 1"):
        FeedForward(4, hidden=0)
