"""One encoder trained end to end on one task."""

import time
from typing import Any

import numpy as np
import torch
from benches.attention.tasks import Set, Task
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from kinefuse.evaluate.metrics import accuracy, macro_f1
from kinefuse.nn import AttentionBlock, encoders

__all__ = ["KINDS", "train"]

KINDS = ("none", "softmax", "diff", "diff2")
STEPS = 300
BATCH = 32
RATE = 4e-3
SIZES = {"width": 32, "heads": 2, "hidden": 96, "layers": 2}
N_SPLICED = 860


def train(task: Task, kind: str, sets: dict[str, Set], *, seed: int) -> dict[str, Any]:
    """Train an encoder and a linear layer, and return how they do after the last step.

    All kinds see the same batches and start from the same stem for the same seed.
    """
    random = np.random.default_rng([seed, 1])
    n_classes = int(sets["train"].label.max()) + 1
    begin = time.process_time()
    x, y = sets["train"].draw(task, random, task.epoch)
    torch.manual_seed(seed)
    encoder = encoders.build(
        "cnn_diff_transformer",
        channels=x.shape[1],
        time=x.shape[2],
        attention=kind,
        positions=True,
        **SIZES,
    )
    torch.manual_seed(seed + 1)
    model = nn.Sequential(encoder, nn.Dropout(0.2), nn.Linear(encoder.out_features, n_classes))
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, STEPS, pct_start=0.15)
    order = random.permutation(len(y))
    for _ in range(STEPS):
        if len(order) < BATCH:
            x, y = sets["train"].draw(task, random, task.epoch)
            order = random.permutation(len(y))
        rows, order = order[:BATCH], order[BATCH:]
        scores = model(torch.from_numpy(x[rows]))
        loss = functional.cross_entropy(scores, torch.from_numpy(y[rows]), label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    seconds = time.process_time() - begin
    result = {
        "task": task.name,
        "kind": kind,
        "seed": seed,
        "parameters": sum(p.numel() for p in encoder.parameters()),
        "cpu_seconds": round(seconds, 2),
    }
    if kind == "diff":
        attending = [block for block in encoder.blocks if isinstance(block, AttentionBlock)]
        result["lambda"] = [round(float(b.attention.factor().detach()), 3) for b in attending]
    for on in ("validation", "test"):
        x, y = sets[on].draw(task, np.random.default_rng(0), N_SPLICED)
        found = predict(model, x)
        result[on] = {
            "windows": len(y),
            "accuracy": round(accuracy(y, found), 5),
            "macro_f1": round(macro_f1(y, found, n_classes=n_classes), 5),
        }
    return result


def predict(model: nn.Module, x: NDArray[np.float32]) -> NDArray[np.int64]:
    model.eval()
    with torch.inference_mode():
        parts = [model(part).argmax(1) for part in torch.from_numpy(x).split(256)]
    return torch.cat(parts).numpy()
