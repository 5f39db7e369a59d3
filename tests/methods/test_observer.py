import json

import numpy as np
import pytest
from sklearn.metrics import f1_score

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from kinefuse.methods import training  # noqa: E402
from kinefuse.recipe import Finetune, Supervised, Training  # noqa: E402


class Nothing:
    """Two batches an epoch, of numbers that do not matter."""

    def __len__(self):
        return 2

    def set_epoch(self, epoch):
        pass

    def __iter__(self):
        return iter([torch.zeros(2, 2)] * 2)


class Scripted(training.Method):
    """Its losses and what it scores on validation windows come from lists, by the epoch."""

    def __init__(self, settings, steps, losses, right):
        super().__init__(settings, steps)
        self.weight = nn.Parameter(torch.zeros(1))
        self.losses, self.right, self.rates, self.modes = losses, right, [], []

    def on_train_epoch_start(self):
        self.rates.append(self.optimizers().param_groups[0]["lr"])
        with torch.no_grad():
            self.weight.fill_(self.current_epoch + 1)
        self.number = 0

    def loss(self, batch):
        first, last = self.losses[self.current_epoch % len(self.losses)]
        self.number += 1
        return self.weight.sum() * 0 + (first if self.number == 1 else last)

    def scores(self, batch):
        self.modes.append(self.training)
        n = self.right[self.current_epoch % len(self.right)]
        label = torch.arange(12) % 3
        said = torch.where(torch.arange(12) < n, label, (label + 1) % 3)
        return nn.functional.one_hot(said[batch], 3).float() * 2, label[batch]


BATCHES = [torch.arange(5), torch.arange(5, 12)]


def run(settings, losses=((1.0, 1.0),), right=(0,), validation=BATCHES, **options):
    build = lambda steps: Scripted(settings, steps, losses, right)  # noqa: E731
    return training.fit(build, Nothing(), settings, stage="test", validation=validation, **options)


def labelled(**settings):
    return Supervised(lr=0.1, weight_decay=0.0, warmup=0.0, schedule="constant", **settings)


def test_the_weights_of_the_first_best_epoch_are_kept():
    settings = labelled(epochs=5, validation={"best": "accuracy"})
    method, fitted = run(settings, right=(3, 9, 6, 9, 8))
    assert fitted.epochs == 5
    assert fitted.chosen["epoch"] == 2
    assert fitted.chosen["accuracy"] == 0.75
    # Two batches, evaluated as one: the oracles see all twelve windows.
    label = np.arange(12) % 3
    said = np.where(np.arange(12) < 9, label, (label + 1) % 3)
    assert fitted.chosen["macro_f1"] == pytest.approx(f1_score(label, said, average="macro"))
    scores = torch.eye(3)[said] * 2
    expected = nn.functional.cross_entropy(scores, torch.from_numpy(label)).item()
    assert fitted.chosen["loss"] == pytest.approx(expected)
    # Adam without a gradient moves nothing: the weight is the epoch's number.
    assert method.weight.item() == 2
    assert not any(method.modes)
    json.dumps(fitted.to_dict())


def test_without_validation_the_last_epoch_counts():
    method, fitted = run(labelled(epochs=4), validation=None)
    assert fitted.chosen is None
    assert method.weight.item() == 4
    assert method.modes == []


@pytest.mark.parametrize(
    ("stop", "right", "epochs"),
    [
        ("accuracy", (3, 6, 6, 5, 6, 9, 9, 9), 5),  # equal is no improvement
        ("loss", (3, 6, 7, 5, 6, 7, 9, 9), 6),
        ("macro_f1", (1, 2, 3, 4, 5, 6, 7, 8), 8),
    ],
)
def test_training_ends_when_nothing_has_improved_for_long_enough(stop, right, epochs):
    settings = labelled(epochs=8, validation={"best": "accuracy", "stop": stop, "patience": 3})
    _, fitted = run(settings, right=right)
    assert fitted.epochs == epochs
    assert fitted.chosen["accuracy"] == max(right[:epochs]) / 12


def plateau(watch, **settings):
    kind = Supervised if watch.startswith("validation") else Training
    return kind(
        epochs=8,
        lr=1.0,
        warmup=0.0,
        schedule="plateau",
        plateau={"watch": watch, "factor": 0.5, "patience": 1},
        **settings,
    )


def expected_rates(values, mode):
    """What PyTorch's own scheduler makes of the values."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode, 0.5, 1)
    rates = []
    for value in values:
        rates.append(optimizer.param_groups[0]["lr"])
        schedule.step(value)
    return rates


# The means fall all the time, what the epochs end with does not.
LOSSES = (
    (6.0, 2.0), (3.0, 3.0), (1.5, 4.0), (0.5, 4.5), (3.0, 1.0), (2.5, 1.1), (2.0, 1.2), (1.5, 1.3),
)  # fmt: skip


def test_the_rate_falls_when_the_mean_or_the_last_loss_stays():
    mean, _ = run(plateau("loss"), losses=LOSSES)
    assert mean.rates == expected_rates([(a + b) / 2 for a, b in LOSSES], "min")
    last, _ = run(plateau("last_loss"), losses=LOSSES)
    assert last.rates == expected_rates([b for _, b in LOSSES], "min")
    assert mean.rates == [1.0] * 8
    assert last.rates[-1] < 1.0


def test_the_rate_falls_when_the_validation_windows_say_so():
    right = (3, 6, 6, 6, 7, 7, 7, 7)
    settings = plateau("validation_accuracy", validation={"best": "accuracy"})
    method, _ = run(settings, right=right)
    assert method.rates == expected_rates([n / 12 for n in right], "max")
    assert method.rates[-1] == 0.25


@pytest.mark.parametrize("stop_after", [1, 3, 6])
def test_a_killed_run_goes_on_as_if_nothing_had_been(tmp_path, monkeypatch, stop_after):
    monkeypatch.setattr(training, "KEEP_EVERY_S", 0.0)
    settings = plateau("validation_loss", validation={"best": "loss", "patience": 4})
    right, keep = (3, 6, 9, 9, 8, 8, 7, 6), tmp_path / "resume.ckpt"

    def stop(stage, done, total, loss):
        if done == stop_after + 1:
            raise KeyboardInterrupt

    whole, fitted = run(settings, right=right)
    assert fitted.epochs == 7
    with pytest.raises(KeyboardInterrupt):
        run(settings, right=right, keep=keep, progress=stop)
    resumed, again = run(settings, right=right, keep=keep)
    assert again.epochs == fitted.epochs - stop_after
    assert again.chosen == fitted.chosen
    assert resumed.weight.item() == whole.weight.item() == 3
    assert resumed.rates == whole.rates[stop_after:]


def test_head_settings_can_be_validated_too():
    settings = Finetune(epochs=3, lr=0.1, validation={"best": "macro_f1"})
    _, fitted = run(settings, right=(1, 12, 5))
    assert fitted.chosen["macro_f1"] == 1.0
