import pytest

torch = pytest.importorskip("torch")
from kinefuse.data import BatchLoader, Prepare  # noqa: E402
from kinefuse.methods.frozen import EmbeddingLoader, centred_units, embed  # noqa: E402
from kinefuse.nn import MultimodalEncoder, encoders  # noqa: E402


def loader(n=7, copies=3, **options):
    """Two modalities whose embeddings say which window and which copy they are of."""
    window = torch.arange(n).float()
    views = torch.stack([torch.stack([window, window * 0 + v], 1) for v in range(copies)])
    targets = torch.nn.functional.one_hot(torch.arange(n) % 3, 3).float()
    return EmbeddingLoader({"a": views, "b": 10 * views}, targets, **options)


@pytest.mark.parametrize(
    ("batch_size", "drop_last", "sizes"),
    [
        (5, True, [5] * 4),
        (5, False, [5] * 4),  # one embedding is left, which is no batch
        (6, True, [6] * 3),
        (6, False, [6, 6, 6, 3]),
        (50, True, [21]),
        (50, False, [21]),
    ],
)
def test_every_copy_comes_once_with_its_target(batch_size, drop_last, sizes):
    batches = loader(batch_size=batch_size, drop_last=drop_last, seed=1)
    batches.set_epoch(2)
    found = list(batches)
    assert [len(batch["targets"]) for batch in found] == sizes
    assert len(batches) == len(sizes)
    a, b = (torch.cat([batch["embeddings"][m] for batch in found]) for m in ("a", "b"))
    assert torch.equal(10 * a, b)
    assert len(torch.unique(a, dim=0)) == sum(sizes)
    targets = torch.cat([batch["targets"] for batch in found])
    assert torch.equal(targets.argmax(1), a[:, 0].long() % 3)


def test_the_order_follows_from_seed_and_epoch():
    def order(seed, epoch):
        batches = loader(batch_size=21, seed=seed)
        batches.set_epoch(epoch)
        (batch,) = batches
        return batch["embeddings"]["a"].tolist()

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1)
    assert order(1, 0) != order(2, 0)


def two(n, have):
    """A model of two sensors, and a loader of n windows of which some have the second."""
    torch.manual_seed(0)
    model = MultimodalEncoder(
        {m: encoders.build("resnet1d", channels=2, time=16, width=4) for m in ("hip", "wrist")}
    )
    x = torch.randn(n, 16, 2).numpy()
    loader = BatchLoader.from_arrays(
        {"hip": x, "wrist": [x[i] if i in have else None for i in range(n)]},
        prepare={m: Prepare(length=16) for m in ("hip", "wrist")},
        n_views=2,
        batch_size=3,
        shuffle=False,
    )
    return model, loader


def test_what_a_window_lacks_is_masked_and_has_no_part():
    model, loader = two(7, {0, 2, 3, 5})
    found = embed(model, loader)
    whole = embed(*two(7, set(range(7))))
    here = torch.tensor([True, False, True, True, False, True, False])
    assert torch.equal(found.present["wrist"], here)
    assert found.present["hip"].all()
    assert (found.views["wrist"][:, ~here] == 0).all()
    torch.testing.assert_close(found.views["wrist"][:, here], whole.views["wrist"][:, here])
    assert torch.equal(found.views["hip"], whole.views["hip"])
    first = {m: views[0] for m, views in found.views.items()}
    units = centred_units(first, present=found.present)
    alone = centred_units({"wrist": first["wrist"][here]}) * 2**-0.5
    width = first["hip"].shape[1]
    torch.testing.assert_close(units[here][:, width:], alone)
    assert (units[~here][:, width:] == 0).all()
    torch.testing.assert_close(units[:, :width], centred_units({"hip": first["hip"]}) * 2**-0.5)
