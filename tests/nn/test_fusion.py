import pytest
import torch

from kinefuse.errors import InputError, ShapeError
from kinefuse.nn import (
    ContrastiveModel,
    MultimodalClassifier,
    Projector,
    Standardize,
    encoders,
    heads,
)


def two_encoders():
    torch.manual_seed(0)
    return {
        "inertial": encoders.build("resnet1d", channels=6, time=20, width=4),
        "skeleton": encoders.build(
            "light_co_occurrence", dims=3, time=8, joints=5, widths=(8, 4, 8, 8, 8), dropout=0.5
        ),
    }


def classifier(head="mlp", **options):
    both = two_encoders()
    lengths = {m: e.out_features for m, e in both.items()}
    return MultimodalClassifier(both, heads.build(head, lengths, 4), **options)


def draw(n=6):
    generator = torch.Generator().manual_seed(1)
    return {
        "inertial": torch.randn(n, 6, 20, generator=generator),
        "skeleton": torch.randn(n, 3, 8, 5, generator=generator),
    }


def test_published_sizes_of_the_multimodal_classifier():
    both = {
        "inertial": encoders.build("cnn_transformer", channels=6, time=50),
        "skeleton": encoders.build("co_occurrence", dims=3, time=50, joints=20),
    }
    lengths = {m: e.out_features for m, e in both.items()}
    model = MultimodalClassifier(both, heads.build("mlp", lengths, 27), frozen=True)
    # Less the layer of 593,024 that the published code registers and never uses.
    assert sum(p.numel() for p in model.parameters()) == 3_786_619 - 593_024
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == 1_522_715


@pytest.mark.parametrize("head", ["joint", "linear", "mlp"])
def test_scores_are_the_head_on_the_encoders(head):
    model = classifier(head).eval()
    batch = draw()
    z = {m: model.encoders[m](batch[m]) for m in batch}
    assert torch.equal(model(batch), model.head(z))
    assert torch.equal(model.branches(batch)["joint"], model.head(z))


def test_frozen_encoders_never_change_whatever_mode_the_model_is_put_in():
    model = classifier(frozen=True)
    before = {k: v.clone() for k, v in model.encoders.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    head_before = model.head.linear.weight.clone()
    model.train()
    first = model.encode(draw())
    for _ in range(3):
        optimizer.zero_grad()
        model(draw()).pow(2).sum().backward()
        optimizer.step()
        model.eval()
        model.train(True)
    assert all(torch.equal(v, before[k]) for k, v in model.encoders.state_dict().items())
    assert not torch.equal(model.head.linear.weight, head_before)
    # Dropout is off too: a frozen encoder gives the same embeddings each time.
    again = model.encode(draw())
    assert all(torch.equal(first[m], again[m]) for m in first)
    assert not any(z.requires_grad for z in again.values())


def test_thawed_encoders_train_again():
    model = classifier(frozen=True).train()
    model.freeze(frozen=False)
    assert model.encoders.training
    model(draw()).pow(2).sum().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_a_missing_modality_is_not_encoded_and_its_embedding_is_zero():
    model = classifier().eval()
    batch = draw()
    present = {
        "inertial": torch.tensor([True, True, False, True, False, True]),
        "skeleton": torch.ones(6, dtype=torch.bool),
    }
    whole = model.encode(batch)
    batch["inertial"][~present["inertial"]] = torch.nan
    z = model.encode(batch, present)
    assert (z["inertial"][~present["inertial"]] == 0).all()
    torch.testing.assert_close(
        z["inertial"][present["inertial"]], whole["inertial"][present["inertial"]]
    )
    torch.testing.assert_close(z["skeleton"], whole["skeleton"])
    assert torch.isfinite(model(batch, present)).all()


def test_missing_rows_do_not_spoil_training():
    model = classifier().train()
    batch = draw()
    present = {"inertial": torch.tensor([True, True, False, True, False, True])}
    batch["inertial"][~present["inertial"]] = torch.nan
    model(batch, present).pow(2).sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())
    assert all(torch.isfinite(b).all() for b in model.buffers())


def test_a_modality_that_nobody_has_is_zero_everywhere():
    model = classifier().eval()
    present = {"inertial": torch.zeros(6, dtype=torch.bool)}
    assert (model.encode(draw(), present)["inertial"] == 0).all()


def test_inputs_are_standardized_inside_the_model_and_saved_with_it():
    step = Standardize(torch.full((6, 1), 2.0), torch.full((6, 1), 3.0))
    model = classifier(inputs={"inertial": step}).eval()
    plain = classifier().eval()
    batch = draw()
    moved = {**batch, "inertial": (batch["inertial"] - 2) / 3}
    torch.testing.assert_close(model(batch), plain(moved))
    assert "inputs.inertial.mean" in model.state_dict()


def test_the_contrastive_model_projects_what_it_encodes():
    both = two_encoders()
    projectors = {m: Projector(e.out_features, hidden=8, out=4) for m, e in both.items()}
    model = ContrastiveModel(both, projectors).eval()
    z = model(draw())
    h = model.encode(draw())
    for modality in both:
        assert z[modality].shape == (6, 4)
        assert torch.equal(z[modality], model.projectors[modality](h[modality]))


def test_a_missing_modality_is_not_projected_and_batch_norm_does_not_see_it():
    both = two_encoders()
    projectors = {m: Projector(e.out_features, hidden=8, out=4) for m, e in both.items()}
    model = ContrastiveModel(both, projectors)
    model.encoders.eval()
    batch, here = draw(), torch.tensor([True, True, False, True, False, True])
    present = {"inertial": here, "skeleton": torch.ones(6, dtype=torch.bool)}
    some = {"inertial": batch["inertial"][here], "skeleton": batch["skeleton"]}
    alone = model(some)
    moved = {k: v.clone() for k, v in model.named_buffers()}
    fresh = ContrastiveModel(both, {m: Projector(e.out_features, hidden=8, out=4)
                                    for m, e in both.items()})  # fmt: skip
    fresh.encoders.eval()
    fresh.projectors.load_state_dict(
        {k: v for k, v in model.projectors.state_dict().items() if "running" not in k}, strict=False
    )
    batch["inertial"][~here] = torch.nan
    z = fresh(batch, present)
    assert (z["inertial"][~here] == 0).all()
    torch.testing.assert_close(z["inertial"][here], alone["inertial"])
    torch.testing.assert_close(z["skeleton"], alone["skeleton"])
    for k, v in fresh.named_buffers():
        if "running" in k:
            torch.testing.assert_close(v, moved[k])
    one = {"inertial": torch.arange(6) == 3, "skeleton": present["skeleton"]}
    assert (fresh(batch, one)["inertial"] == 0).all()
    assert (fresh.eval()(batch, one)["inertial"][3] != 0).any()


def test_what_does_not_fit_together_is_refused():
    both = two_encoders()
    with pytest.raises(InputError, match="the head takes embeddings"):
        MultimodalClassifier(both, heads.build("mlp", {"inertial": 16}, 4))
    with pytest.raises(InputError, match="a projector for each"):
        ContrastiveModel(both, {"inertial": Projector(16)})
    with pytest.raises(InputError, match="inputs for some"):
        classifier(inputs={"third": torch.nn.Identity()})
    with pytest.raises(InputError, match="needs the modality 'skeleton'"):
        classifier()({"inertial": draw()["inertial"]})
    with pytest.raises(ShapeError, match="LightCoOccurrence"):
        classifier()({**draw(), "skeleton": torch.zeros(6, 3, 9, 5)})
