"""A baseline without training: random convolutions under a ridge classifier."""

import math
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import polars as pl
import torch
from numpy.typing import ArrayLike, NDArray
from torch.nn import functional

from kinefuse.data import MotionStore, splits
from kinefuse.errors import InputError, ShapeError, SplitError
from kinefuse.evaluate.probes import ridge
from kinefuse.evaluate.protocol import Evaluation
from kinefuse.methods.threads import with_threads_of_recipe
from kinefuse.methods.windows import fold as fold_of
from kinefuse.methods.windows import loader, preparations
from kinefuse.recipe import Recipe

__all__ = ["RandomConvolutions", "evaluate_rocket"]

LENGTHS = (7, 9, 11)


class RandomConvolutions:
    """Random dilated convolutions, each summed up by two numbers.

    Dempster, Petitjean and Webb, "ROCKET", DMKD 34, 2020, arXiv:1910.13051: a kernel is 7, 9 or 11
    long; its weights are normal, less their mean; its bias is uniform in -1 to 1; its dilation is
    drawn log-uniformly up to the longest that fits; half of the kernels see zeros beyond the ends;
    and it looks at one to as many channels as it is long, drawn log-uniformly. The largest value of
    the output and its share of positive values are features.

    Parameters
    ----------
    channels, time : int
        Of the windows: ``(N, C, T)``, best of zero mean and unit variance.
    n_kernels : int
    seed : int
        The same seed draws the same kernels.

    Raises
    ------
    InputError
        A number under 1, or windows too short for a kernel.

    Examples
    --------
    >>> convolve = RandomConvolutions(6, 100, n_kernels=50)
    >>> convolve(np.zeros((8, 6, 100))).shape
    (8, 100)
    """

    def __init__(self, channels: int, time: int, *, n_kernels: int = 1500, seed: int = 0) -> None:
        if channels < 1 or n_kernels < 1:
            raise InputError(
                f"RandomConvolutions: expected at least one channel and one kernel, got {channels} "
                f"and {n_kernels}"
            )
        if time < LENGTHS[0]:
            raise InputError(
                f"RandomConvolutions: expected windows of {LENGTHS[0]} samples or more, got {time}"
            )
        self.channels, self.time, self.n_kernels = channels, time, n_kernels
        random = np.random.default_rng(seed)
        possible = [length for length in LENGTHS if length <= time]
        groups: dict[tuple[int, int, int], list[tuple[int, NDArray[np.float32], float]]] = {}
        for number in range(n_kernels):
            length = int(random.choice(possible))
            most = math.log2(min(channels, length) + 1)
            seen = random.choice(channels, int(2 ** random.uniform(0, most)), replace=False)
            weights = np.zeros((channels, length), dtype=np.float32)
            drawn = random.normal(size=(len(seen), length))
            weights[seen] = drawn - drawn.mean(1, keepdims=True)
            bias = random.uniform(-1, 1)
            dilation = int(2 ** random.uniform(0, math.log2(max(1, (time - 1) / (length - 1)))))
            padding = (length - 1) * dilation // 2 if random.random() < 0.5 else 0
            groups.setdefault((length, dilation, padding), []).append((number, weights, bias))
        # Kernels of one shape are one convolution.
        self._groups = [
            (
                np.array([number for number, _, _ in group]),
                torch.from_numpy(np.stack([weights for _, weights, _ in group])),
                torch.tensor([bias for _, _, bias in group], dtype=torch.float32),
                dilation,
                padding,
            )
            for (_, dilation, padding), group in groups.items()
        ]

    def kernels(self) -> Iterator[dict[str, Any]]:
        """Yield each kernel's ``number, weights (C, length), bias, dilation, padding``."""
        for numbers, weights, biases, dilation, padding in self._groups:
            for number, weight, bias in zip(numbers, weights, biases, strict=True):
                yield {
                    "number": int(number),
                    "weights": weight.numpy(),
                    "bias": float(bias),
                    "dilation": dilation,
                    "padding": padding,
                }

    @torch.no_grad()
    def __call__(self, x: ArrayLike, *, block: int = 256) -> NDArray[np.float32]:
        """Return the features of windows.

        Parameters
        ----------
        x : (N, C, T) array
        block : int
            Windows that are convolved at a time, which bounds the memory.

        Returns
        -------
        (N, 2 * n_kernels) array of float32
            All maxima, then all shares of positive values.

        Raises
        ------
        ShapeError
            Windows of another shape than the kernels were drawn for.
        InputError
            A value that is not finite.
        """
        windows = np.asarray(x, dtype=np.float32)
        if windows.ndim != 3 or windows.shape[1:] != (self.channels, self.time):
            raise ShapeError(
                f"RandomConvolutions: expected (N, {self.channels}, {self.time}), "
                f"got {windows.shape}"
            )
        if not np.isfinite(windows).all():
            bad = int((~np.isfinite(windows).all((1, 2))).sum())
            raise InputError(
                f"RandomConvolutions: {bad} of {len(windows)} windows hold values that are not "
                "finite: fill gaps, or leave these windows out"
            )
        features = np.empty((len(windows), 2, self.n_kernels), dtype=np.float32)
        for start in range(0, len(windows), block):
            rows = slice(start, start + block)
            part = torch.from_numpy(windows[rows])
            for numbers, weights, biases, dilation, padding in self._groups:
                made = functional.conv1d(part, weights, biases, dilation=dilation, padding=padding)
                features[rows, 0, numbers] = made.amax(2).numpy()
                features[rows, 1, numbers] = (made > 0).float().mean(2).numpy()
        return features.reshape(len(windows), -1)


@with_threads_of_recipe
def evaluate_rocket(
    store: MotionStore,
    recipe: Recipe,
    *,
    labels_per_class: int | None = None,
    labels_share: float | None = None,
    label_seed: int = 0,
    seed: int = 0,
    n_kernels: int = 1500,
    fold: Literal["validation", "test"] = "test",
) -> Evaluation:
    """Classify by random convolutions and ridge, on a recipe's split and preparation.

    Nothing is trained but the ridge regression (:func:`kinefuse.evaluate.probes.ridge`), in
    seconds: what a method must beat to be worth its training. Skeletons are ``D * J`` channels;
    several modalities are their features side by side.

    Parameters
    ----------
    store : MotionStore
    recipe : Recipe
        Its split, windows and preparations count, standardised by the training windows; networks
        and stages do not.
    labels_per_class : int, optional
        Use no more labels than these. All, unless told.
    labels_share : float, optional
        Instead: this share of each class's labels, at least one.
    label_seed : int
        Which labels, the same as in :func:`kinefuse.methods.finetune`.
    seed : int
        Of the kernels.
    n_kernels : int
        Of each modality.
    fold : {"validation", "test"}
        Whose windows are predicted.

    Returns
    -------
    Evaluation

    Raises
    ------
    SplitError
        The store lacks subjects of the split, or a class has too few labelled windows.
    InputError
        The fold is empty, or a window holds missing values.
    """
    train, test = fold_of(store, recipe, "train"), fold_of(store, recipe, fold)
    labelled, asked = train.labelled(), test.labelled()
    if labelled.is_empty() or asked.is_empty():
        empty = "train" if labelled.is_empty() else fold
        raise SplitError(f"split.{empty}: no window has a label")
    if labels_per_class is not None or labels_share is not None:
        labelled = splits.few_labels(
            labelled, per_class=labels_per_class, share=labels_share, seed=label_seed
        )
    prepared = preparations(store, train.index, recipe)
    # Nothing is augmented here, so that standardising may come at once.
    prepared = {m: {**values, "standardize_after": "prepare"} for m, values in prepared.items()}
    both = pl.concat([labelled, asked])
    windows: dict[str, list[NDArray[np.float32]]] = {m: [] for m in prepared}
    for batch in loader(store, both, prepared, batch_size=256):
        for m, parts in windows.items():
            view = np.asarray(batch[m][0], dtype=np.float32)
            parts.append(view if view.ndim == 3 else _flattened(view))
    features = []
    for number, parts in enumerate(windows.values()):
        x = np.concatenate(parts)
        drawn = np.random.SeedSequence([seed, number]).generate_state(1)[0]
        convolve = RandomConvolutions(*x.shape[1:], n_kernels=n_kernels, seed=int(drawn))
        features.append(convolve(x))
    z = np.concatenate(features, axis=1)
    predicted = ridge(z[: len(labelled)], labelled["label"].to_numpy(), z[len(labelled) :])
    return Evaluation.of(
        asked.with_columns(predicted=pl.Series(predicted)),
        store.classes,
        unlabelled=len(test.index) - len(asked),
        incomplete=test.incomplete,
    )


def _flattened(view: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make skeletons (B, D, T, J) signals (B, D * J, T)."""
    b, d, t, j = view.shape
    return np.ascontiguousarray(view.transpose(0, 1, 3, 2)).reshape(b, d * j, t)
