"""Several processes that train one model: who this one is, and what they tell each other.

A process of such a group is a rank. Without an initialised process group of ``torch.distributed``
there is one, the first, and nothing is sent to anybody.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from kinefuse._extras import needs_extra
from kinefuse.errors import ConfigError

with needs_extra("train", "kinefuse.ranks"):
    import torch
    import torch.distributed as dist
    from torch import Tensor
    from torch.autograd import Function

__all__ = [
    "average",
    "average_gradients",
    "is_first",
    "lost",
    "on_first",
    "process_group",
    "rank",
    "refuse_several",
    "share_weights",
    "sum_over_ranks",
    "world_size",
]

T = TypeVar("T")


def world_size() -> int:
    """Return how many ranks there are.

    Examples
    --------
    >>> world_size()
    1
    """
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """Return which of them this process is, from 0.

    Examples
    --------
    >>> rank()
    0
    """
    return dist.get_rank() if world_size() > 1 else 0


def is_first() -> bool:
    """Whether this is the rank that writes files and shows progress."""
    return rank() == 0


@contextmanager
def process_group() -> Iterator[None]:
    """Join the process group that ``torchrun`` names in the environment, if it started this.

    Without ``torchrun``, with one process, and inside a group that is there already, it does
    nothing. Messages go over Gloo, between processors.

    Examples
    --------
    >>> with process_group():
    ...     world_size()
    1
    """
    if int(os.environ.get("WORLD_SIZE", "1")) < 2 or world_size() > 1:
        yield
        return
    dist.init_process_group("gloo")
    yield
    # Not after an error: the others may wait for a message that does not come.
    dist.destroy_process_group()


def on_first(do: Callable[[], T]) -> T:
    """Let the first rank do something, and return what it found on all of them.

    All ranks wait for it. What it raises is raised on all.

    Parameters
    ----------
    do : callable
        Its result is sent to the other ranks by pickle.

    Examples
    --------
    >>> on_first(lambda: 3)
    3
    """
    if world_size() == 1:
        return do()
    found: list[Any] = [None, None]
    if is_first():
        try:
            found[0] = do()
        except Exception as error:
            found[1] = error
    dist.broadcast_object_list(found)
    if found[1] is not None:
        raise found[1]
    return cast(T, found[0])


def average(x: Tensor) -> Tensor:
    """Return the mean over the ranks, the same on all; without ranks the tensor itself.

    Examples
    --------
    >>> average(torch.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    if world_size() == 1:
        return x
    total = x.detach().clone()
    dist.all_reduce(total)
    return total / world_size()


def average_gradients(parameters: Iterable[torch.nn.Parameter]) -> None:
    """Give every parameter the mean of its gradients over the ranks.

    One message for all of them. A parameter without a gradient on one rank counts there as zero;
    without one on any, it stays without, as in one process, and an optimizer leaves it alone.

    Parameters
    ----------
    parameters : iterable of Parameter
        The same on all ranks.
    """
    if world_size() == 1:
        return
    trained = [p for p in parameters if p.requires_grad]
    there = torch.tensor([float(p.grad is not None) for p in trained])
    parts = [(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in trained]
    message = torch.cat([*parts, there])
    dist.all_reduce(message)
    message /= world_size()
    *parts, there = torch.split(message, [p.numel() for p in trained] + [len(trained)])
    for parameter, gradient, used in zip(trained, parts, there.tolist(), strict=True):
        parameter.grad = gradient.view_as(parameter) if used else None


def share_weights(module: torch.nn.Module) -> None:
    """Give the module of every rank the parameters and buffers of the first rank's."""
    if world_size() == 1:
        return
    for tensor in module.state_dict(keep_vars=True).values():
        dist.broadcast(tensor.detach(), 0)


class _Sum(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.detach().clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        # Each rank's loss depends on the sum, and so on what this rank put into it.
        total = gradients[0].clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total


def sum_over_ranks(x: Tensor) -> Tensor:
    """Return the sum over the ranks, with gradient; without ranks the tensor itself.

    The gradient is that of the sum of all ranks' losses, as in :func:`kinefuse.losses.gather`: with
    :func:`average_gradients`, or ``DistributedDataParallel``, it ends at that of their mean.

    Examples
    --------
    >>> sum_over_ranks(torch.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    if world_size() == 1:
        return x
    total: Tensor = _Sum.apply(x)
    return total


def lost(error: BaseException) -> bool:
    """Whether an error says that another rank has gone."""
    return world_size() > 1 and isinstance(error, RuntimeError) and "gloo" in str(error).lower()


def refuse_several(what: str) -> None:
    """Refuse to do in several ranks what only one process does.

    Raises
    ------
    ConfigError
        There is more than one.

    Examples
    --------
    >>> refuse_several("finetune")
    """
    if world_size() > 1:
        raise ConfigError(
            f"{what} trains in one process, and this is one of {world_size()}; "
            "start it without torchrun"
        )
