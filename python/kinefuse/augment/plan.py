"""Steps and plans: what they have in common for every kind of data."""

import dataclasses
import difflib
import functools
import json
import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse.errors import ConfigError, DtypeError, InputError, ShapeError
from kinefuse.skeleton import SkeletonLayout, layout, layouts

__all__ = ["Plan", "Step", "check_shared", "steps"]

_STEPS: dict[str, dict[str, type["Step"]]] = {"inertial": {}, "skeleton": {}}

#: Axes of one window of each kind.
_AXES = {"inertial": "(T, C)", "skeleton": "(T, J, D)"}

_StepT = TypeVar("_StepT", bound="Step")


@functools.lru_cache(maxsize=256)
def _compile(kind: str, description: str) -> _native.AugmentPlan:
    return _native.AugmentPlan(kind, description)


@dataclass(frozen=True)
class Plan:
    """Steps in order, for one kind of data. Made by ``step | step`` or :meth:`from_list`.

    Parameters
    ----------
    kind : {"inertial", "skeleton"}
        What the steps work on.
    steps : tuple of Step
        They are applied from first to last, each with its probability.

    Raises
    ------
    ConfigError
        A step of another kind, or parameters that make no sense.

    Notes
    -----
    Neighbouring steps that only choose instants (crop-resize, time warp) are composed and the
    window is interpolated once.

    Examples
    --------
    >>> import numpy as np
    >>> from kinefuse.augment import inertial
    >>> plan = inertial.Jitter(0.05, p=0.8) | inertial.Rotation(30)
    >>> plan(np.zeros((128, 6)), seed=0).shape
    (128, 6)
    >>> plan.to_list()[1]
    {'name': 'rotation', 'max_deg': 30}
    """

    kind: str
    steps: tuple["Step", ...] = ()

    def __post_init__(self) -> None:
        _known_kind(self.kind)
        object.__setattr__(self, "steps", tuple(self.steps))
        for step in self.steps:
            if step.kind != self.kind:
                raise ConfigError(
                    f"augment: {step.name} is a step for {step.kind} data, the plan is for "
                    f"{self.kind}: make a plan for each modality"
                )
        self._compiled()

    def __or__(self, other: "Plan | Step") -> "Plan":
        """Append a step, or another plan's steps."""
        if isinstance(other, Step):
            return Plan(self.kind, (*self.steps, other))
        if isinstance(other, Plan):
            if other.kind != self.kind:
                raise ConfigError(f"augment: cannot join plans for {self.kind} and {other.kind}")
            return Plan(self.kind, self.steps + other.steps)
        return NotImplemented

    def __call__(
        self,
        x: ArrayLike,
        *,
        seed: int = 0,
        modality: int = 0,
        out: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Make a view of one window, or of each window of a batch.

        Parameters
        ----------
        x : (T, C), (N, T, C), (T, J, D) or (N, T, J, D) array of float32 or float64
            One inertial window or a batch of them; for a skeleton plan, one of joints with D = 2
            or 3 coordinates or a batch of them. A missing value is NaN, and stays one.
        seed : int
            0 to 2**64 - 1. Item ``i`` of a batch gets the view that depends on ``seed``,
            ``modality`` and ``i`` only, not on the batch's size or on threads.
        modality : int
            A number for the modality when the same samples are seen by several: draws differ
            between them, except those of steps with ``shared=True``.
        out : float32 array of the shape of ``x``, optional
            Where to write. May not overlap ``x``.

        Returns
        -------
        float32 array of the shape of ``x``

        Raises
        ------
        ShapeError
            ``x`` has other dimensions, or a step cannot work on them.
        DtypeError
            ``x`` is not float32 or float64, or ``out`` is not a writable C-contiguous float32
            array.
        InputError
            A float64 beyond float32, ``out`` that overlaps ``x``, or a seed that is none.
        """
        array = np.asarray(x)
        if array.dtype.kind != "f" or array.dtype.itemsize not in (4, 8):
            raise DtypeError(f"augment: expected float32 or float64, got {array.dtype}")
        axes = 2 if self.kind == "inertial" else 3
        if array.ndim not in (axes, axes + 1):
            one = _AXES[self.kind]
            raise ShapeError(
                f"augment: expected {self.kind} data {one} or (N, {one[1:]}, got {array.shape}"
            )
        for name, value in (("seed", seed), ("modality", modality)):
            _check_number(name, value)
        try:
            with np.errstate(over="raise"):
                source = np.ascontiguousarray(array, dtype=np.float32)
        except FloatingPointError:
            raise InputError("augment: x: expected values that float32 can hold") from None
        if out is None:
            out = np.empty(array.shape, dtype=np.float32)
        else:
            _check_out(out, array)
        window = (array.shape[-2], 1, array.shape[-1]) if axes == 2 else array.shape[-3:]
        full = (array.shape[0] if array.ndim > axes else 1, *window)
        self._compiled().apply(
            source.reshape(full), out.reshape(full), seed=int(seed), modality=int(modality)
        )
        return out

    def to_list(self) -> list[dict[str, Any]]:
        """Return the steps as plain tables, as they stand in a recipe."""
        return [step.to_dict() for step in self.steps]

    def to_json(self) -> str:
        """Return the steps as the JSON text that the core reads: joints by number, not name."""
        return json.dumps([step._core_table() for step in self.steps])

    @staticmethod
    def from_list(kind: str, steps: Sequence[Mapping[str, Any]]) -> "Plan":
        """Build a plan from plain tables such as ``[{"name": "jitter", "sigma": 0.05}]``.

        Raises
        ------
        ConfigError
            An unknown step or parameter (the nearest known one is named), a missing one, or a
            value that makes no sense.
        """
        known = _known_kind(kind)
        built = []
        for i, table in enumerate(steps):
            at = f"augment, step {i} ({kind})"
            if not isinstance(table, Mapping):
                raise ConfigError(f"{at}: expected a table with a name, got {table!r}")
            parameters = dict(table)
            name = parameters.pop("name", None)
            if name is None:
                raise ConfigError(f"{at}: name is missing; known: {', '.join(sorted(known))}")
            if name not in known:
                raise ConfigError(f"{at}: no step named {name!r}{_nearest(name, known)}")
            built.append(known[name]._from_parameters(parameters))
        return Plan(kind, tuple(built))

    def _compiled(self) -> _native.AugmentPlan:
        core: _native.AugmentPlan | None = self.__dict__.get("_core")
        if core is None:
            core = _compile(self.kind, self.to_json())
            object.__setattr__(self, "_core", core)
        return core

    def __reduce__(self) -> tuple[type["Plan"], tuple[str, tuple["Step", ...]]]:
        """Pickle the description; what the core made of it is made again."""
        return Plan, (self.kind, self.steps)


@dataclass(frozen=True)
class Step:
    """One augmentation with its parameters; also a plan of one step.

    Parameters
    ----------
    p : float
        Probability that the step is applied to a view.
    """

    kind: ClassVar[str] = ""
    name: ClassVar[str] = ""

    p: float = dataclasses.field(default=1.0, kw_only=True)

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = _plain(getattr(self, field.name), f"{self.kind} {self.name}: {field.name}")
            object.__setattr__(self, field.name, value)
        _compile(self.kind, json.dumps([self._core_table()]))

    def __or__(self, other: "Plan | Step") -> Plan:
        """Join with another step or plan."""
        return Plan(self.kind, (self,)) | other

    def __call__(
        self,
        x: ArrayLike,
        *,
        seed: int = 0,
        modality: int = 0,
        out: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Make views by this step alone, as :meth:`Plan.__call__` does."""
        return Plan(self.kind, (self,))(x, seed=seed, modality=modality, out=out)

    def to_dict(self) -> dict[str, Any]:
        """Return the step as a plain table: its name, and what differs from the defaults."""
        table: dict[str, Any] = {"name": self.name}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, SkeletonLayout):
                raise ConfigError(
                    f"{self.kind} {self.name}: layout {value.name!r} has no place in a table: "
                    "make it known with kinefuse.skeleton.register and give its name"
                )
            if value != field.default:
                table[field.name] = _listed(value)
        return table

    def _core_table(self) -> dict[str, Any]:
        return {"name": self.name, "p": self.p, **self._for_core()}

    def _for_core(self) -> dict[str, Any]:
        """Return the parameters as the core reads them, for steps that take names."""
        return self.to_dict()

    def _agreement(self) -> dict[str, Any]:
        """Return what all plans that share the step must have alike."""
        return self.to_dict()

    @classmethod
    def _from_parameters(cls: type[_StepT], parameters: dict[str, Any]) -> _StepT:
        at = f"{cls.kind} {cls.name}"
        fields = {field.name: field for field in dataclasses.fields(cls)}
        for key in parameters:
            if key not in fields:
                raise ConfigError(f"{at}: no parameter named {key!r}{_nearest(key, fields)}")
        for key, field in fields.items():
            if field.default is dataclasses.MISSING and key not in parameters:
                raise ConfigError(f"{at}: {key} is missing")
        return cls(**parameters)


def register(kind: str, name: str) -> Callable[[type[_StepT]], type[_StepT]]:
    """Give a step class its name in plans of a kind.

    A step that several kinds have is a class of its own for each, which inherits the parameters
    and whose docstring says what the step keeps valid there.
    """

    def add(cls: type[_StepT]) -> type[_StepT]:
        base, own = cls.__bases__[0], cls.__doc__
        if base is not Step and base.__doc__ and own and "Parameters" not in own:
            what, section, parameters = base.__doc__.partition("Parameters\n")
            cls.__doc__ = f"{what}{own.strip()}\n\n    {section}{parameters}"
        cls.kind = kind
        cls.name = name
        _STEPS[kind][name] = cls
        return cls

    return add


def steps(kind: str) -> dict[str, type[Step]]:
    """Return the steps of a kind of data, by their names in plans.

    Parameters
    ----------
    kind : {"inertial", "skeleton"}

    Raises
    ------
    ConfigError
        Another kind.

    Examples
    --------
    >>> "mirror" in steps("skeleton")
    True
    """
    return dict(sorted(_known_kind(kind).items()))


def check_shared(plans: Mapping[str, Plan]) -> None:
    """Refuse plans whose shared steps would not keep the modalities synchronous.

    Parameters
    ----------
    plans : mapping of modality to Plan
        The plans of one sample's modalities.

    Raises
    ------
    ConfigError
        A step is shared in one plan and absent, or differs, in another.
    """
    shared = {
        modality: [step._agreement() for step in plan.steps if getattr(step, "shared", False)]
        for modality, plan in plans.items()
    }
    first = next(iter(shared), None)
    for modality, steps in shared.items():
        if steps != shared[first or ""]:
            raise ConfigError(
                f"augment: the shared steps of {first} are {shared[first or '']}, those of "
                f"{modality} are {steps}: give every modality the same ones"
            )


def _known_kind(kind: str) -> dict[str, type[Step]]:
    if not isinstance(kind, str) or kind not in _STEPS:
        raise ConfigError(f"augment: expected a plan for 'inertial' or 'skeleton', got {kind!r}")
    return _STEPS[kind]


def _nearest(word: object, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(str(word), known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(sorted(known))}"


def _plain(value: Any, at: str) -> Any:
    """Return a number, text, truth value, or tuple of these, which JSON can hold.

    A layout becomes its name; one that is not registered stays.
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, SkeletonLayout):
        return value.name if value.name in layouts() and layout(value.name) == value else value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        if not math.isfinite(value):
            raise ConfigError(f"{at}: expected a finite number, got {value}")
        return float(value)
    if isinstance(value, Sequence) or (isinstance(value, np.ndarray) and value.ndim == 1):
        return tuple(_plain(item, at) for item in value)
    raise ConfigError(f"{at}: expected a number, got {value!r}")


def _listed(value: Any) -> Any:
    """Return lists for tuples, as JSON gives them back."""
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def _check_number(name: str, value: object) -> None:
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or not 0 <= int(value) < 2**64:  # type: ignore[call-overload]
        raise InputError(
            f"augment: {name}: expected a whole number from 0 to 2**64 - 1, got {value!r}"
        )


def _check_out(out: Any, x: NDArray[Any]) -> None:
    good = isinstance(out, np.ndarray) and out.dtype == np.float32 and out.flags.c_contiguous
    if not good or not out.flags.writeable:
        raise DtypeError("augment: out: expected a writable C-contiguous float32 array")
    if out.shape != x.shape:
        raise ShapeError(f"augment: out: expected {x.shape}, got {out.shape}")
    if np.may_share_memory(out, x):
        raise InputError("augment: out: expected memory of its own, not that of x")
