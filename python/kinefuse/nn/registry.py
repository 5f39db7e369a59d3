"""Classes by name, so that a recipe and a checkpoint can say which one."""

import difflib
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from kinefuse.errors import ConfigError

__all__ = ["Registry"]

T = TypeVar("T")
Class = TypeVar("Class", bound=type[Any])


class Registry(Generic[T]):
    """Classes of one kind by name.

    Parameters
    ----------
    kind : str
        What they are, for messages: ``"encoder"``.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.classes: dict[str, type[T]] = {}

    def register(self, name: str) -> Callable[[Class], Class]:
        """Register a class under ``name``, as a decorator.

        Raises
        ------
        ConfigError
            The name is taken by another class.
        """

        def add(cls: Class) -> Class:
            if name in self.classes:
                taken = self.classes[name]
                raise ConfigError(f"{self.kind} {name!r} is registered already, by {taken}")
            self.classes[name] = cls
            return cls

        return add

    def get(self, name: str) -> type[T]:
        """Return the class registered under ``name``; ConfigError with the nearest if none is."""
        if name not in self.classes:
            raise ConfigError(f"no {self.kind} {name!r}{_nearest(name, list(self.classes))}")
        return self.classes[name]

    def build(self, name: str, settings: Mapping[str, Any]) -> T:
        """Build one by its name.

        Raises
        ------
        ConfigError
            An unknown name or setting (the nearest known one is given), or a missing setting.
        """
        cls = self.get(name)
        parameters = inspect.signature(cls).parameters
        for setting in settings:
            if setting not in parameters:
                near = _nearest(setting, list(parameters))
                raise ConfigError(f"{self.kind} {name!r}: no setting {setting!r}{near}")
        for setting, parameter in parameters.items():
            if parameter.default is parameter.empty and setting not in settings:
                raise ConfigError(f"{self.kind} {name!r}: the setting {setting!r} is missing")
        return cls(**settings)


def _nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(sorted(known))}"
