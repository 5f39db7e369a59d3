"""How good a model is: metrics, probes of embeddings, the protocol, reports.

:mod:`~kinefuse.evaluate.metrics` and :mod:`~kinefuse.evaluate.probes` take arrays, and tensors on
the CPU as well; they know neither stores nor networks. :func:`evaluate` runs a checkpoint on a
store, :func:`measure_robustness` on a store made worse, :func:`embed` gives what its encoders make
of one, and :func:`evaluate_rocket` is the baseline without training.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kinefuse.evaluate.embeddings import Embedded, embed
    from kinefuse.evaluate.protocol import Evaluation, evaluate
    from kinefuse.evaluate.robustness import Robustness, measure_robustness
    from kinefuse.evaluate.rocket import evaluate_rocket

__all__ = [
    "Embedded",
    "Evaluation",
    "Robustness",
    "embed",
    "evaluate",
    "evaluate_rocket",
    "measure_robustness",
]

_WHERE = {
    "Embedded": "embeddings",
    "Evaluation": "protocol",
    "Robustness": "robustness",
    "embed": "embeddings",
    "evaluate": "protocol",
    "evaluate_rocket": "rocket",
    "measure_robustness": "robustness",
}


def __getattr__(name: str) -> Any:
    # The metrics do without torch, which these bring.
    if name in _WHERE:
        return getattr(import_module(f"kinefuse.evaluate.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
