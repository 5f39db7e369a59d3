import pytest
import torch

from kinefuse.errors import InputError
from kinefuse.nn import Mixup


def draw(n=8):
    generator = torch.Generator().manual_seed(0)
    return {
        "inertial": torch.randn(n, 6, 10, generator=generator, dtype=torch.float64),
        "skeleton": torch.randn(n, 3, 5, 4, generator=generator, dtype=torch.float64),
    }


def test_every_window_is_a_blend_of_two_and_so_is_its_target_in_all_modalities():
    batch, labels = draw(), torch.arange(8)
    blended, targets = Mixup(alpha=1.0, p=1.0, seed=3)(batch, labels, n_classes=8)
    assert targets.shape == (8, 8)
    torch.testing.assert_close(targets.sum(1), torch.ones(8))
    assert ((targets > 0).sum(1) == 2).any()
    for modality, x in batch.items():
        # Labels are row numbers: the targets are the very weights that the blend must have.
        expected = torch.einsum("ij,j...->i...", targets.double(), x)
        torch.testing.assert_close(blended[modality], expected, rtol=1e-5, atol=1e-6)


def test_p_is_how_often_and_what_is_not_blended_is_untouched():
    batch, labels = draw(), torch.arange(8)
    mixup = Mixup(alpha=0.5, p=0.3, seed=0)
    untouched = 0
    for _ in range(400):
        blended, targets = mixup(batch, labels, n_classes=9)
        if blended["inertial"] is batch["inertial"]:
            untouched += 1
            assert torch.equal(targets, torch.eye(9)[:8])
    assert 0.6 < untouched / 400 < 0.8
    assert Mixup(p=0.0)(batch, labels, 9)[0]["skeleton"] is batch["skeleton"]


def test_the_same_seed_blends_alike():
    batch, labels = draw(), torch.arange(8)
    runs = [[m(batch, labels, 8) for _ in range(5)] for m in (Mixup(seed=7), Mixup(seed=7))]
    for one, other in zip(*runs, strict=True):
        assert torch.equal(one[1], other[1])
        assert torch.equal(one[0]["skeleton"], other[0]["skeleton"])


def test_shares_follow_the_beta_distribution():
    labels = torch.tensor([0, 1])
    batch = {"inertial": torch.zeros(2, 1, 1)}
    mixup = Mixup(alpha=0.5, p=1.0, seed=0)
    shares = [float(t[0, 0]) for t in (mixup(batch, labels, 2)[1] for _ in range(2000))]
    shares = torch.tensor([s for s in shares if s < 1.0])  # those with another partner
    # Beta(a, a) has mean 1/2 and variance 1 / (4 (2 a + 1)).
    assert float(shares.mean()) == pytest.approx(0.5, abs=0.04)
    assert float(shares.var()) == pytest.approx(0.125, abs=0.015)


def test_soft_labels_can_be_blended_too():
    batch = draw()
    soft = torch.softmax(torch.randn(8, 5), 1)
    _, targets = Mixup(p=1.0)(batch, soft, 5)
    torch.testing.assert_close(targets.sum(1), torch.ones(8))


def test_bad_settings_are_refused():
    for settings in ({"alpha": 0.0}, {"p": 1.1}, {"alpha": float("nan")}):
        with pytest.raises(InputError, match="Mixup"):
            Mixup(**settings)
