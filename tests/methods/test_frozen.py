import pytest

torch = pytest.importorskip("torch")
from kinefuse.methods.frozen import EmbeddingLoader  # noqa: E402


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
