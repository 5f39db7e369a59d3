"""How many threads torch trains with."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

import torch

from kinefuse.data import MotionStore
from kinefuse.recipe import Recipe

__all__ = ["with_threads_of_recipe"]

P = ParamSpec("P")
R = TypeVar("R")
Stage = Callable[Concatenate[MotionStore, Recipe, P], R]


def with_threads_of_recipe(stage: Stage[P, R]) -> Stage[P, R]:
    """Run a stage with the recipe's number of torch threads, and set back what was set before.

    The number belongs to the recipe because sums over threads are added in another order: with it
    a result does not depend on the cores of the machine. Torch's own default, all cores, makes
    networks of this size slower, and many times slower where another process has a core.
    """

    @wraps(stage)
    def run(store: MotionStore, recipe: Recipe, *args: P.args, **settings: P.kwargs) -> R:
        before = torch.get_num_threads()
        torch.set_num_threads(recipe.threads)
        try:
            return stage(store, recipe, *args, **settings)
        finally:
            torch.set_num_threads(before)

    return cast(Stage[P, R], run)
