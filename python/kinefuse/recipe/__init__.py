"""Recipes: what a run does, in a TOML file that is checked before anything is trained.

A recipe names the method, the split by subjects, what each modality's windows are made into, its
encoder, and the settings of each stage. ``Recipe.load("utd-mhad-cmc")`` loads one that ships with
kinefuse, ``Recipe.load("my.toml")`` a file. A key that is not known is refused with the nearest
one that is.

A recipe may build on another: with ``extends = "utd-mhad-cmc"``, a name or a path beside it, its
tables are laid over that recipe's. ``finetune = { remove = true }`` leaves a section out.
"""

from kinefuse.errors import MissingExtraError

try:
    import pydantic as _pydantic  # noqa: F401
except ImportError as error:  # pragma: no cover - depends on the environment
    raise MissingExtraError(
        "recipes need pydantic, which is not installed: pip install 'kinefuse[cli]'"
    ) from error

from kinefuse.recipe.data import Modality, Part, Preparation, Projector, Split, Windows
from kinefuse.recipe.files import names
from kinefuse.recipe.ingest import IngestRecipe
from kinefuse.recipe.recipe import Recipe
from kinefuse.recipe.settings import Named
from kinefuse.recipe.training import (
    Collaborative,
    Contrast,
    CrossSubject,
    Finetune,
    KnowledgeMining,
    Plateau,
    Pretrain,
    Propagate,
    Supervised,
    Training,
    Validation,
)

__all__ = [
    "Collaborative",
    "Contrast",
    "CrossSubject",
    "Finetune",
    "IngestRecipe",
    "KnowledgeMining",
    "Modality",
    "Named",
    "Part",
    "Plateau",
    "Preparation",
    "Pretrain",
    "Projector",
    "Propagate",
    "Recipe",
    "Split",
    "Supervised",
    "Training",
    "Validation",
    "Windows",
    "names",
]
