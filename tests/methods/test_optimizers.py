import math

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from kinefuse.methods.optimizers import build_optimizer, build_schedule  # noqa: E402
from kinefuse.recipe import Training  # noqa: E402


def rates(settings, steps=40):
    parameter = nn.Parameter(torch.zeros(2, 2))
    optimizer = torch.optim.SGD([parameter], lr=settings.lr)
    schedule, found = build_schedule(optimizer, settings, steps), []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def test_a_constant_rate_stays_after_its_warm_up():
    settings = Training(epochs=1, lr=0.1, schedule="constant", warmup=0.25)
    assert rates(settings) == pytest.approx([0.01 * i for i in range(1, 11)] + [0.1] * 30)
    still = Training(epochs=1, lr=0.1, schedule="constant", warmup=0.0)
    assert rates(still) == [0.1] * 40


def test_a_cosine_ends_at_zero():
    found = rates(Training(epochs=1, lr=0.1, warmup=0.25))
    expected = [0.05 * (1 + math.cos(math.pi * i / 30)) for i in range(30)]
    assert found[10:] == pytest.approx(expected)


def step(settings):
    """One weight, 1, after a step along a gradient of 1."""
    weight = nn.Parameter(torch.ones(1, 1))
    optimizer = build_optimizer([([weight], settings.lr)], settings)
    weight.grad = torch.ones(1, 1)
    optimizer.step()
    return weight.item(), optimizer


def test_adam_decays_by_the_gradient_and_adamw_by_the_weight():
    # The first step of Adam is the rate, whatever the gradient's size.
    adam, optimizer = step(Training(epochs=1, lr=0.1, optimizer="adam", weight_decay=0.5))
    assert type(optimizer) is torch.optim.Adam
    assert adam == pytest.approx(1 - 0.1)
    adamw, optimizer = step(Training(epochs=1, lr=0.1, weight_decay=0.5))
    assert type(optimizer) is torch.optim.AdamW
    assert adamw == pytest.approx(1 - 0.1 * 0.5 - 0.1)


def test_frozen_weights_are_left_out():
    layer = nn.Linear(2, 2)
    layer.weight.requires_grad_(False)
    settings = Training(epochs=1, lr=0.1)
    groups = build_optimizer([(layer.parameters(), settings.lr)], settings).param_groups
    assert [len(group["params"]) for group in groups] == [0, 1]
