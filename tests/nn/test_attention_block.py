import numpy as np
import pytest
import torch

from kinefuse.errors import InputError
from kinefuse.nn import AttentionBlock, FeedForward

KINDS = ("diff", "diff2", "softmax")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("norm", ["batch", "rms"])
def test_adds_the_scaled_attention_of_normalized_tokens(kind, norm):
    torch.manual_seed(0)
    block = AttentionBlock(8, heads=2, kind=kind, norm=norm)
    with torch.no_grad():
        block.scale.normal_()
        block.norm.weight.normal_()
        if norm == "batch":
            block.norm.running_mean.normal_()
            block.norm.running_var.uniform_(0.5, 2.0)
    block.eval()
    x = torch.randn(3, 8, 5)
    tokens = x.transpose(1, 2).numpy()
    gain = block.norm.weight.detach().numpy()
    if norm == "batch":
        mean, var = block.norm.running_mean.numpy(), block.norm.running_var.numpy()
        normal = (tokens - mean) / np.sqrt(var + 1e-5) * gain
    else:
        normal = tokens / np.sqrt((tokens**2).mean(2, keepdims=True) + 1e-5) * gain
    with torch.no_grad():
        attended = block.attention(torch.from_numpy(normal)).numpy()
    expected = tokens + block.scale.detach().numpy() * attended
    np.testing.assert_allclose(block(x).detach().mT, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_tokens_does_not_matter(kind):
    torch.manual_seed(0)
    block = AttentionBlock(16, heads=2, kind=kind).eval()
    x, order = torch.randn(2, 16, 7), torch.randperm(7)
    torch.testing.assert_close(block(x[..., order]), block(x)[..., order], atol=1e-5, rtol=1e-5)


def test_begins_as_little_more_than_a_passage():
    torch.manual_seed(0)
    x = torch.randn(8, 16, 6)
    added = AttentionBlock(16)(x) - x
    assert 0 < added.std() < 0.2 * x.std()


def test_refuses_what_it_does_not_know():
    with pytest.raises(InputError, match="expected batch or rms, got 'layer'"):
        AttentionBlock(16, norm="layer")
    with pytest.raises(InputError, match="expected batch or rms"):
        FeedForward(16, norm="layer")
    with pytest.raises(InputError, match="multiple of twice the heads"):
        AttentionBlock(12, heads=4)
