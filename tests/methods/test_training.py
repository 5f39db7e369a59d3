import math
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from kinefuse.errors import CheckpointError  # noqa: E402
from kinefuse.methods import training  # noqa: E402
from kinefuse.methods.training import Fitted  # noqa: E402
from kinefuse.recipe import Training  # noqa: E402

SETTINGS = Training(epochs=8, lr=1e-2, weight_decay=0.5)


class Numbers:
    """Ten batches an epoch that follow from the epoch's number."""

    def __init__(self):
        self.epochs = []

    def __len__(self):
        return 10

    def set_epoch(self, epoch):
        self.epochs.append(epoch)

    def __iter__(self):
        generator = torch.Generator().manual_seed(self.epochs[-1])
        return iter([torch.randn(16, 8, generator=generator) for _ in range(10)])


class Sums(training.Method):
    def __init__(self, settings, steps):
        super().__init__(settings, steps)
        self.net = nn.Sequential(nn.Linear(8, 16), nn.Dropout(0.5), nn.Linear(16, 1))
        self.rates = []

    def loss(self, batch):
        self.rates.append(self.optimizers().param_groups[0]["lr"])
        return (self.net(batch) - batch.sum(1, keepdim=True)).square().mean()


def run(loader=None, seed=1, **options):
    loader = loader or Numbers()
    build = lambda steps: Sums(SETTINGS, steps)  # noqa: E731
    return training.fit(build, loader, SETTINGS, stage="test", seed=seed, **options)


def weights(method):
    return torch.cat([p.detach().flatten() for p in method.parameters()])


def test_each_epoch_has_its_own_number_and_is_counted():
    loader, told = Numbers(), []
    method, fitted = run(loader, progress=lambda *args: told.append(args))
    assert loader.epochs == list(range(9))  # one is begun ahead
    assert (fitted.epochs, fitted.steps) == (8, 80)
    assert [(stage, done, total) for stage, done, total, _ in told][-1] == ("test", 8, 8)
    assert told[-1][3] == pytest.approx(fitted.loss)
    assert told[0][3] > 2 * fitted.loss
    assert not method.training
    assert 0 <= fitted.to_dict()["waiting_share"] < 1


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    (first, _), (again, _), (other, _) = run(seed=1), run(seed=1), run(seed=2)
    assert torch.equal(weights(first), weights(again))
    assert not torch.equal(weights(first), weights(other))


def test_training_leaves_the_caller_s_random_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    run()
    assert torch.equal(torch.rand(3), expected)


def test_the_rate_warms_up_and_ends_at_zero_as_a_cosine():
    method, _ = run()
    rates, warm = method.rates, 8
    assert rates[0] == pytest.approx(1e-2 / warm)
    assert max(rates) == pytest.approx(1e-2) == rates[warm - 1]
    middle = warm + (80 - warm) // 2
    assert rates[middle] == pytest.approx(0.5e-2)
    assert rates[-1] == pytest.approx(0.5e-2 * (1 + math.cos(math.pi * 71 / 72)))


def test_only_matrices_decay():
    method, _ = run()
    groups = method.optimizers().param_groups
    assert [g["weight_decay"] for g in groups] == [0.5, 0.0]
    assert {p.ndim for p in groups[0]["params"]} == {2}
    assert {p.ndim for p in groups[1]["params"]} == {1}


def test_few_batches_get_more_epochs():
    settings = SETTINGS.model_copy(update={"min_steps": 95})
    loader = Numbers()
    _, fitted = training.fit(lambda steps: Sums(settings, steps), loader, settings, stage="test")
    assert fitted.steps == 100


@pytest.mark.parametrize("stop_after", [1, 5, 7])
def test_a_killed_run_goes_on_and_ends_with_the_same_weights(tmp_path, monkeypatch, stop_after):
    monkeypatch.setattr(training, "KEEP_EVERY_S", 0.0)
    keep = tmp_path / "resume.ckpt"

    def stop(stage, done, total, loss):
        if done == stop_after + 1:
            raise KeyboardInterrupt

    whole, _ = run()
    with pytest.raises(KeyboardInterrupt):
        run(keep=keep, progress=stop)
    assert keep.is_file()
    loader = Numbers()
    resumed, fitted = run(loader, keep=keep)
    assert fitted.epochs == 8 - stop_after
    assert loader.epochs == list(range(stop_after, 9))
    assert torch.equal(weights(whole), weights(resumed))
    assert not keep.exists()


def test_what_cannot_be_resumed_is_refused_and_kept(tmp_path):
    keep = tmp_path / "resume.ckpt"
    keep.write_bytes(b"not a checkpoint")
    with pytest.raises(CheckpointError, match=r"resume.ckpt: cannot go on"):
        run(keep=keep)
    assert keep.exists()


def test_two_trainings_as_one():
    def row(epoch, **values):
        return {"epoch": epoch, "steps": 3 * epoch, "seconds": 0.5 * epoch, **values}

    first = Fitted(2, 6, 0.9, 1.0, 0.1, history=[row(0, accuracy=0.2), row(1), row(2)])
    second = Fitted(1, 3, 0.4, 0.5, 0.2, {"epoch": 1}, [row(0, accuracy=0.2), row(1, loss=0.4)])
    whole = second.after(first)
    assert (whole.epochs, whole.steps, whole.loss, whole.seconds) == (3, 9, 0.4, 1.5)
    assert whole.waiting_s == pytest.approx(0.3)
    assert whole.chosen == {"epoch": 1}
    assert whole.history == [row(0, accuracy=0.2), row(1), row(2), row(3, loss=0.4)]
    assert replace(second, history=None).after(first).history is None
