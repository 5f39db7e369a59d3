"""Training on two ranks: the same as in one process, and the same again."""

import json
import os
import socket
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
import torch.distributed as dist  # noqa: E402
import torch.multiprocessing as mp  # noqa: E402
from torch import nn  # noqa: E402

from kinefuse import ranks  # noqa: E402
from kinefuse.data import MotionStore  # noqa: E402
from kinefuse.errors import ConfigError  # noqa: E402
from kinefuse.methods import finetune, pretrain, run, training  # noqa: E402
from kinefuse.nn.batch_norm import train_over_ranks  # noqa: E402
from kinefuse.recipe import Recipe  # noqa: E402

LACKING = tuple(f"s{s}_{c}_t{t}" for s in "12" for c, t in (("slow", 0), ("slow", 3), ("fast", 1)))
CONTRAST = {"views": "mix", "specific": 0.5}
STAGE = {"epochs": 4, "batch_size": 10, "lr": 1e-3, "k": 3, "every": 2}
TEACHERS = {"epochs": 3, "batch_size": 10, "lr": 1e-3}
METHODS = ("simclr", "cmc", "cmc_cmkm", "clmm", "cross_subject")


def recipes(cmc, clmm):
    """Every method, without dropout: that of a rank cannot be that of one process."""
    still = {"modalities.inertial.encoder.dropout": 0.0, "pretrain.epochs": 5}
    both = {**still, "modalities.skeleton.encoder.dropout": 0.0}
    made = {name: cmc.override({**still, "method": name}) for name in ("simclr", "cmc")}
    made["cmc_cmkm"] = cmc.override(
        {**still, "method": "cmc_cmkm", "pretrain.mining": {"k": 2}, "teachers": TEACHERS}
    )
    made["clmm"] = clmm.override({**both, "pretrain.contrast": CONTRAST})
    made["cross_subject"] = cmc.override(
        {**still, "method": "cross_subject", "cross_subject": STAGE}
    )
    return made


def fitted(path):
    return json.loads((Path(path) / "run.json").read_text())["result"]["fitted"]


def losses(path):
    return [row["loss"] for row in fitted(path)["history"] if row["epoch"]]


def batch_norm(of_rank=None):
    """Two batch norms on ten rows, of which the second rank has three; and what comes of them."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((10, 4, 6), generator=generator, dtype=torch.float64) * 3 + 5
    wanted = torch.randn((10, 4, 6), generator=generator, dtype=torch.float64)
    net = nn.Sequential(nn.BatchNorm1d(4), nn.Tanh(), nn.BatchNorm1d(4, momentum=None)).double()
    own = slice(None) if of_rank is None else [slice(0, 7), slice(7, 10)][of_rank]
    train_over_ranks(net)
    mine = x[own].clone().requires_grad_()
    for _ in range(2):
        net.zero_grad()
        out = net(mine)
        # The gradient of the sum of the ranks' losses, as all that goes over ranks.
        (out * wanted[own]).sum().backward()
    for parameter in net.parameters():
        parameter.grad = ranks.sum_over_ranks(parameter.grad)
    with torch.no_grad():
        alone = net.eval()(x[:1])
    state = {f"state.{k}": v for k, v in net.state_dict().items()}
    grads = {f"grad.{k}": p.grad for k, p in net.named_parameters()}
    return {"out": out.detach(), "x.grad": mine.grad, "alone": alone, **state, **grads}


def empty_rank(rank):
    """A rank without any row takes part all the same."""
    norm = nn.Sequential(nn.BatchNorm1d(2))
    train_over_ranks(norm)
    x = torch.tensor([[1.0, 2.0], [3.0, 6.0]]) if rank == 0 else torch.empty(0, 2)
    norm(x.requires_grad_()).sum().backward()
    return norm[0].running_mean


def one_rank(rank, port, folder, stores, made):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=2)
    folder = Path(folder)
    found = {"batch_norm": batch_norm(rank), "empty": empty_rank(rank)}

    def fail(*_, **__):
        raise AssertionError("only the first rank writes")

    if rank:
        run.Run._write = training.pl.Trainer.save_checkpoint = fail
    store, holes = (MotionStore(path) for path in stores)
    told = []

    def train(name, out, recipe, **more):
        where = holes if name == "clmm" else store
        pretrain(where, recipe, out=folder / out, seed=3, **more)

    for name, values in made.items():
        train(
            name, name, Recipe.from_dict(values), history=2,
            progress=lambda *now: told.append(now),
        )  # fmt: skip
    found["told"] = len(told)

    dropout = Recipe.from_dict(made["cmc"]).override({"modalities.inertial.encoder.dropout": 0.3})
    train("cmc", "again-1", dropout)
    train("cmc", "again-2", dropout)

    # Ctrl-C in the fourth epoch, after the third was kept; then once more.
    training.KEEP_EVERY_S, steps = 0.0, []
    average = ranks.average_gradients

    def interrupted(parameters):
        steps.append(None)
        if len(steps) == 11:
            raise KeyboardInterrupt
        average(parameters)

    ranks.average_gradients = interrupted
    try:
        train("cmc", "resumed", dropout)
    except KeyboardInterrupt:
        found["kept"] = (folder / "resumed" / "resume.ckpt").is_file()
    ranks.average_gradients = average
    dist.barrier()
    train("cmc", "resumed", dropout)
    found["steps after"] = fitted(folder / "resumed")["steps"]

    messages = []
    refused = [
        lambda: finetune(store, dropout, out=folder / "none"),
        lambda: train("cmc", "odd", dropout.override({"pretrain.batch_size": 9})),
        lambda: train("cmc", "cmc", dropout),
    ]
    for call in refused:
        try:
            call()
        except ConfigError as error:
            messages.append(str(error))
    found["refused"] = messages
    torch.save(found, folder / f"{rank}.pt")
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def methods(recipe, clmm):
    return recipes(recipe, clmm)


@pytest.fixture(scope="module")
def holes(tmp_path_factory, make_store):
    return make_store(tmp_path_factory.mktemp("holes"), without_skeleton=LACKING)


@pytest.fixture(scope="module")
def together(store, holes, methods, tmp_path_factory):
    """Return the folder of what two processes did, and what each of them saw."""
    folder = tmp_path_factory.mktemp("ranks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    stores = [str(store.path), str(holes.path)]
    made = {name: methods[name].to_dict() for name in METHODS}
    mp.spawn(one_rank, args=(port, str(folder), stores, made), nprocs=2)
    return folder, [torch.load(folder / f"{r}.pt", weights_only=True) for r in (0, 1)]


@pytest.mark.parametrize("name", METHODS)
def test_two_ranks_lose_what_one_process_does(name, together, methods, store, holes, tmp_path):
    where = holes if name == "clmm" else store
    pretrain(where, methods[name], out=tmp_path / name, seed=3, history=2)
    expected, found = losses(tmp_path / name), losses(together[0] / name)
    # Where windows are mined, a last bit decides which of two is nearer.
    assert found == pytest.approx(
        expected, rel=2e-3 if name in ("cmc_cmkm", "cross_subject") else 2e-4
    )
    assert len(found) == (STAGE["epochs"] if name == "cross_subject" else 5)
    assert len(set(found)) == len(found)
    one, two = (fitted(path / name) for path in (tmp_path, together[0]))
    assert two["steps"] == one["steps"] == 3 * len(found)


def test_the_same_seed_on_as_many_ranks_gives_the_same_bytes_interrupted_or_not(together):
    folder, seen = together
    first, again, resumed = (
        (folder / name / "model.safetensors").read_bytes()
        for name in ("again-1", "again-2", "resumed")
    )
    assert first == again == resumed
    assert [found["kept"] for found in seen] == [True, True]
    assert seen[0]["steps after"] == 2 * 3
    assert not (folder / "resumed" / "resume.ckpt").exists()


def test_the_first_rank_alone_tells_and_writes(together):
    folder, (first, second) = together
    assert first["told"] > 5 * len(METHODS)
    assert second["told"] == 0
    asked = json.loads((folder / "cmc" / "run.json").read_text())["asked"]
    assert asked["ranks"] == 2


def test_what_ranks_cannot_do_is_refused_on_all(together):
    folder, seen = together
    for found in seen:
        alone, unequal, other = found["refused"]
        assert "finetune trains in one process, and this is one of 2" in alone
        assert "batches of 9 out of 30 windows cannot be shared equally among 2 ranks" in unequal
        assert "holds a run with another recipe" in other
    assert not (folder / "none").exists()


def test_a_run_of_two_ranks_is_not_gone_on_with_by_one(together, methods, store):
    with pytest.raises(ConfigError, match="another ranks"):
        pretrain(store, methods["cmc"], out=together[0] / "cmc", seed=3, history=2)


def test_batch_norm_over_ranks_is_that_of_all_rows(together):
    whole = batch_norm()
    seen = [found["batch_norm"] for found in together[1]]
    for name, expected in whole.items():
        if name in ("out", "x.grad"):
            torch.testing.assert_close(torch.cat([found[name] for found in seen]), expected)
        else:
            for found in seen:
                torch.testing.assert_close(found[name], expected)
    for found in together[1]:
        torch.testing.assert_close(found["empty"], torch.tensor([0.2, 0.4]))
