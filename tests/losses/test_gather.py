"""Two processes give the loss and the gradients of one with the whole batch."""

import os
import socket
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from kinefuse.losses import (
    CMKMLoss,
    HardPositiveLoss,
    MatesLoss,
    MultiviewLoss,
    NTXentLoss,
    gather,
)

RANKS, B = 2, 5
NAMES = [
    "NTXentLoss", "NTXentLoss, masked", "MultiviewLoss", "MultiviewLoss, masked", "MatesLoss",
    "CMKMLoss", "HardPositiveLoss",
]  # fmt: skip
MATES = (torch.arange(RANKS * B)[:, None] - torch.arange(RANKS * B)).remainder(3) == 0


def batch():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((4, RANKS * B, 6), generator=generator, dtype=torch.float64)
    masks = torch.rand((2, RANKS * B), generator=generator) < 0.8
    return x, masks


def losses(x, masks, network):
    a, b = network(x[0]), network(x[1])
    z = {"inertial": a, "skeleton": b}
    present = {"inertial": masks[0], "skeleton": masks[1]}
    return {
        "NTXentLoss": NTXentLoss(0.2)(a, b),
        "NTXentLoss, masked": NTXentLoss(0.2)(a, b, masks[0]),
        "HardPositiveLoss": HardPositiveLoss(0.2)(z, present),
        "MultiviewLoss": MultiviewLoss(0.2)(z),
        "MultiviewLoss, masked": MultiviewLoss(0.2)(z, present),
        "MatesLoss": MatesLoss(0.2)(z, MATES, present),
        "CMKMLoss": CMKMLoss(0.2, k=2, prune_above=0.2, weight_scale=0.3)(
            z, {"inertial": x[2], "skeleton": x[3]}, present
        ),
    }


def network():
    torch.manual_seed(1)
    return torch.nn.Linear(6, 4, dtype=torch.float64)


def one_rank(rank, port, folder):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=RANKS)
    x, masks = batch()
    own = slice(rank * B, (rank + 1) * B)
    found = {}
    for name in NAMES:
        copied = torch.nn.parallel.DistributedDataParallel(network())
        loss = losses(x[:, own], masks[:, own], copied)[name]
        loss.backward()
        found[name] = (loss.detach(), copied.module.weight.grad)
    torch.save(found, Path(folder) / f"{rank}.pt")
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def ranks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.spawn(one_rank, args=(port, str(folder)), nprocs=RANKS)
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(RANKS)]


@pytest.mark.parametrize("name", NAMES)
def test_two_processes_give_the_loss_and_the_gradients_of_one(ranks, name):
    x, masks = batch()
    whole = network()
    expected = losses(x, masks, whole)[name]
    expected.backward()
    for found in ranks:
        loss, gradient = found[name]
        torch.testing.assert_close(loss, expected.detach(), rtol=1e-10, atol=0)
        torch.testing.assert_close(gradient, whole.weight.grad, rtol=1e-8, atol=1e-12)


def test_without_ranks_the_rows_are_returned_as_they_are():
    rows = torch.eye(3)
    assert gather(rows) is rows
    assert not dist.is_initialized(), sys.argv
