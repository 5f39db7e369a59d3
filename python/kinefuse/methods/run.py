"""The folder of a run: what was asked for, how far it came, what it cost."""

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

import kinefuse
from kinefuse import ranks
from kinefuse.data.atomic import atomic_write
from kinefuse.errors import ConfigError, InputError
from kinefuse.recipe import Recipe

__all__ = ["Run"]


class Run:
    """A folder that one run of training owns. Of several ranks the first one writes.

    ======================  ==================================================================
    ``recipe.toml``         the resolved recipe
    ``run.json``            stage, seeds, versions; in the end what it cost and reached
    ``model.*``             the checkpoint, once the run is over
    ``resume.ckpt``         while it goes on, the last epoch that was kept
    ======================  ==================================================================

    Parameters
    ----------
    path : str or Path
        Made if need be.
    recipe : Recipe
    asked : dict
        The stage and all that decides its result besides the recipe.
    resume : bool
        Go on with what the folder holds; otherwise it is begun again.

    Raises
    ------
    ConfigError
        The folder holds another run.
    InputError
        A seed is out of range.
    """

    def __init__(
        self, path: str | Path, recipe: Recipe, asked: Mapping[str, Any], *, resume: bool
    ) -> None:
        for name, value in asked.items():
            if name.endswith("seed") and not (isinstance(value, int) and 0 <= value < 2**32):
                raise InputError(f"{name}: expected 0 to {2**32 - 1}, got {value!r}")
        self.path = Path(path)
        # Through JSON, as what it is compared with went.
        self.asked = json.loads(json.dumps({**asked, "recipe": recipe.to_dict()}))
        self.finished: bool = ranks.on_first(lambda: self._begin(recipe, resume))

    def _begin(self, recipe: Recipe, resume: bool) -> bool:
        """Make the folder or go on with it, and return whether the run in it is over."""
        self.path.mkdir(parents=True, exist_ok=True)
        before = self._read()
        if before and resume:
            # The number of ranks is only there if it is not one.
            keys = {*self.asked, "ranks"}
            differs = sorted(k for k in keys if before["asked"].get(k) != self.asked.get(k))
            if differs:
                raise ConfigError(
                    f"{self.path} holds a run with another {', '.join(differs)}; choose another "
                    "folder, or do not resume, which begins this one again"
                )
        if not resume:
            (self.path / "run.json").unlink(missing_ok=True)
            self.keep.unlink(missing_ok=True)
            before = {}
        if not before:
            self.keep.unlink(missing_ok=True)
            with atomic_write(self.path / "recipe.toml") as file:
                file.write(recipe.to_toml().encode())
            self._write({"asked": self.asked})
        return "result" in before

    @property
    def keep(self) -> Path:
        """Where Lightning's resumable checkpoint is meanwhile."""
        return self.path / "resume.ckpt"

    def finish(self, result: Mapping[str, Any]) -> Path:
        """Write down the result, and return the folder, which is the checkpoint."""
        versions = {
            "kinefuse": kinefuse.__version__,
            "torch": str(torch.__version__),
            "python": platform.python_version(),
            "torch_threads": torch.get_num_threads(),
            "machine": platform.machine(),
        }
        self._write({"asked": self.asked, "result": dict(result), "versions": versions})
        return self.path

    def _read(self) -> dict[str, Any]:
        try:
            read: dict[str, Any] = json.loads((self.path / "run.json").read_text("utf-8"))
            return read if "asked" in read else {}
        except (FileNotFoundError, ValueError):
            return {}

    def _write(self, values: Mapping[str, Any]) -> None:
        with atomic_write(self.path / "run.json") as file:
            file.write((json.dumps(values, indent=2) + "\n").encode())
