"""How good a model is: metrics, probes of embeddings, the protocol, reports.

:mod:`~kinefuse.evaluate.metrics` and :mod:`~kinefuse.evaluate.probes` take arrays, and tensors on
the CPU as well; they know neither stores nor networks. :func:`evaluate` runs a checkpoint on a
store.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kinefuse.evaluate.protocol import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate"]


def __getattr__(name: str) -> Any:
    # The metrics do without torch, which the protocol brings.
    if name in __all__:
        from kinefuse.evaluate import protocol

        return getattr(protocol, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
