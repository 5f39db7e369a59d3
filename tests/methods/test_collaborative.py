import numpy as np
import pytest
import torch
from torch.nn import functional

from kinefuse.data.batch import TorchBatch
from kinefuse.methods.collaborative import (
    CollaborativeMethod,
    combine_gradients,
    drop_modalities,
)
from kinefuse.nn import CollaborativeClassifier, encoders, heads
from kinefuse.recipe import Collaborative

N, K = 6, 3


def model():
    torch.manual_seed(0)
    parts = {
        "inertial": encoders.build("resnet1d", channels=6, time=20, width=4, dropout=0.0),
        "skeleton": encoders.build(
            "light_co_occurrence", dims=3, time=8, joints=5, widths=(8, 4, 8, 8, 8)
        ),
    }
    lengths = {m: e.out_features for m, e in parts.items()}
    head = heads.build("collaborative", lengths, K, width=8, hidden=8, dropout=0.0)
    generator = torch.Generator().manual_seed(1)
    head.anchor(
        {m: torch.zeros(n) for m, n in lengths.items()},
        {m: torch.randn(K, n, generator=generator) for m, n in lengths.items()},
    )
    return CollaborativeClassifier(parts, head)


def method(targets=None, **settings):
    settings = {"epochs": 1, "lr": 1e-3, "modality_dropout": 0.0, **settings}
    given = np.eye(K)[np.arange(N) % K] if targets is None else targets
    return CollaborativeMethod(
        model(), Collaborative(**settings), 10, windows=np.arange(N)[::-1] + 50, targets=given
    )


def batch(present=None):
    generator = torch.Generator().manual_seed(2)
    every = {m: torch.ones(N, dtype=torch.bool) for m in ("inertial", "skeleton")}
    return TorchBatch(
        views={
            "inertial": torch.randn(1, N, 6, 20, generator=generator),
            "skeleton": torch.randn(1, N, 3, 8, 5, generator=generator),
        },
        window=torch.arange(N) + 50,
        label=torch.zeros(N, dtype=torch.int64),
        present=present or every,
    )


def gradients(made, loss):
    made.zero_grad()
    loss.backward()
    return {
        k: torch.zeros_like(p) if p.grad is None else p.grad.clone()
        for k, p in made.model.named_parameters()
    }


def expected_targets():
    """Windows 50 to 55 were given in the opposite order."""
    return torch.from_numpy(np.eye(K)[np.arange(N) % K][::-1].copy()).float()


def test_the_loss_is_the_head_s_and_the_mean_over_branches():
    made, x = method(label_smoothing=0.0, auxiliary=0.7), batch()
    scores = made.model.branches({m: x[m][0] for m in x})
    terms = {k: functional.cross_entropy(s, expected_targets()) for k, s in scores.items()}
    joint = terms.pop("joint")
    expected = joint + 0.7 * torch.stack(list(terms.values())).mean()
    assert torch.allclose(made.loss(x), expected, atol=1e-6)


def test_a_missing_modality_s_own_loss_does_not_count():
    lacking = torch.tensor([1, 1, 0, 1, 0, 1], dtype=torch.bool)
    here = {"inertial": lacking, "skeleton": torch.ones(N, dtype=torch.bool)}
    made, x = method(label_smoothing=0.0, auxiliary=1.0), batch(here)
    scores = made.model.branches({m: x[m][0] for m in x}, here)
    targets = expected_targets()
    rows = []
    for i in range(N):
        used = [r for r in scores if r != "joint" and (r not in here or here[r][i])]
        terms = [functional.cross_entropy(scores[r][i : i + 1], targets[i : i + 1]) for r in used]
        rows.append(torch.stack(terms).mean())
    joint = functional.cross_entropy(scores["joint"], targets)
    assert torch.allclose(made.loss(x), joint + torch.stack(rows).mean(), atol=1e-6)


def test_distillation_is_the_divergence_from_the_head_s_scores():
    made, x = method(auxiliary=0.0, distill=0.5, label_smoothing=0.0), batch()
    scores = made.model.branches({m: x[m][0] for m in x})
    joint = scores.pop("joint")
    p = (joint / 2).softmax(1)
    apart = [(p * (p.log() - (s / 2).log_softmax(1))).sum(1).mean() for s in scores.values()]
    expected = functional.cross_entropy(joint, expected_targets())
    expected = expected + 0.5 * 4 * torch.stack(apart).mean()
    assert torch.allclose(made.loss(x), expected, atol=1e-5)


def test_the_auxiliary_weight_falls_along_a_cosine():
    made = method(auxiliary=0.8)
    weights = []
    for step in (0, 5, 10):
        made.__dict__["_trainer"] = None
        type(made).global_step = property(lambda self, step=step: step)
        weights.append(made._auxiliary_weight())
    del type(made).global_step
    assert weights == pytest.approx([0.8, 0.4, 0.0])


@pytest.mark.parametrize("guard", ["cosine", "project", "detach"])
def test_a_guard_changes_the_encoders_gradient_and_nothing_else(guard):
    made, x = method(guard=guard), batch()
    plain = method()
    loss, expected = made.loss(x), plain.loss(x)
    assert torch.allclose(loss, expected)
    got, usual = gradients(made, loss), gradients(plain, expected)
    for name, gradient in got.items():
        if not name.startswith("encoders"):
            assert torch.allclose(gradient, usual[name], atol=1e-6), name
    apart = [k for k in got if not torch.allclose(got[k], usual[k], atol=1e-6)]
    assert any(k.startswith("encoders") for k in apart) or guard == "project"


def test_detached_encoders_learn_from_the_branches_alone():
    made, x = method(guard="detach"), batch()
    got = gradients(made, made.loss(x))
    plain = method()
    reading = plain.model.read({m: x[m][0] for m in x})
    _, auxiliary = plain.losses(reading, expected_targets())
    expected = gradients(plain, auxiliary)
    for name in got:
        if name.startswith("encoders"):
            assert torch.allclose(got[name], expected[name], atol=1e-6), name


def test_projection_takes_out_what_goes_against_the_primary_gradient():
    torch.manual_seed(0)
    for _ in range(20):
        p, a = [torch.randn(4), torch.randn(2, 3)], [torch.randn(4), torch.randn(2, 3)]
        flat = [torch.cat([g.flatten() for g in gs]) for gs in (p, a)]
        product = flat[0] @ flat[1]
        got = torch.cat([g.flatten() for g in combine_gradients(p, a, "project")])
        expected = flat[0] + flat[1]
        if product < 0:
            expected = expected - product / flat[0].square().sum() * flat[0]
            assert abs((got - flat[0]) @ flat[0]) < 1e-5
        assert torch.allclose(got, expected, atol=1e-6)
        share = max(0.0, float(product / flat[0].norm() / flat[1].norm()))
        got = torch.cat([g.flatten() for g in combine_gradients(p, a, "cosine")])
        assert torch.allclose(got, flat[0] + share * flat[1], atol=1e-6)


def test_dropping_modalities_leaves_each_window_one():
    torch.manual_seed(0)
    n = 4000
    here = {"a": torch.rand(n) < 0.8, "b": torch.rand(n) < 0.8, "c": torch.ones(n).bool()}
    kept = drop_modalities(here, 0.3)
    before, after = (torch.stack(list(m.values())) for m in (here, kept))
    assert not (after & ~before).any()
    assert (after.sum(0) >= 1).all()
    lost = (before.sum(0) - after.sum(0))[before.sum(0) > 1]
    assert set(lost.tolist()) == {0, 1}
    assert abs(lost.float().mean() - 0.3) < 0.03
    assert drop_modalities(here, 0.0) == here


def test_alternating_trains_one_part_at_a_time():
    made = method(alternate=2)
    trained = []
    for epoch in range(5):
        type(made).current_epoch = property(lambda self, epoch=epoch: epoch)
        made.on_train_epoch_start()
        trained.append(
            tuple(
                next(part.parameters()).requires_grad
                for part in (made.model.head, made.model.encoders)
            )
        )
    del type(made).current_epoch
    head, both = (True, False), (False, True)
    assert trained == [head, head, both, both, head]


def test_encoders_have_their_own_rate():
    optimizer = method(lr=0.1, encoder_lr=0.01).configure_optimizers()["optimizer"]
    assert [g["initial_lr"] for g in optimizer.param_groups] == [0.1, 0.1, 0.01, 0.01]
    n = sum(p.numel() for g in optimizer.param_groups for p in g["params"])
    assert n == sum(p.numel() for p in model().parameters())


def test_uncertain_branches_weigh_themselves():
    made = method(weighting="uncertainty", label_smoothing=0.0, auxiliary=1.0)
    same = method(label_smoothing=0.0, auxiliary=1.0)
    assert torch.allclose(made.loss(batch()), same.loss(batch()))
    with torch.no_grad():
        for s in made.uncertainty.values():
            s.fill_(2.0)
    x = batch()
    primary, added = same.losses(same.model.read({m: x[m][0] for m in x}), expected_targets())
    expected = primary + added * np.exp(-2.0) + 1.0
    assert torch.allclose(made.loss(batch()), expected, atol=1e-5)
