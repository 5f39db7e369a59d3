"""Accuracy against what was done to the windows."""

from itertools import cycle

import matplotlib as mpl
import polars as pl
from matplotlib.figure import Figure

from kinefuse.errors import InputError
from kinefuse.evaluate.report.style import COLORS, MARKERS, STYLE, to_svg

__all__ = ["accuracy_when_disturbed"]

AXES = {
    "missing": "share of windows without the modality",
    "noise": "noise, standard deviations",
    "shift": "shift, s",
}


def accuracy_when_disturbed(table: pl.DataFrame) -> str:
    """Draw accuracy against each disturbance, a panel each, a line a modality.

    Parameters
    ----------
    table : polars.DataFrame
        ``disturbance`` (``"missing"``, ``"noise"``, ``"shift"``), ``modality``, ``level`` and
        ``accuracy``, as :class:`kinefuse.evaluate.robustness.Robustness` has it. Rows without an
        accuracy are not drawn; a panel without any says so.

    Returns
    -------
    str
        SVG.

    Raises
    ------
    InputError
        A disturbance of another name, or no row.
    """
    kinds = table["disturbance"].unique(maintain_order=True).to_list()
    if not kinds or not set(kinds) <= set(AXES):
        raise InputError(
            f"accuracy_when_disturbed: expected some of {', '.join(AXES)}, got {kinds}"
        )
    modalities = table["modality"].unique(maintain_order=True).to_list()
    looks = dict(zip(modalities, zip(cycle(COLORS), cycle(MARKERS), strict=False), strict=False))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(1.0 + 2.7 * len(kinds), 3.2), layout="constrained")
        panels = figure.subplots(1, len(kinds), sharey=True, squeeze=False)[0]
        for axes, kind in zip(panels, kinds, strict=True):
            for modality, (color, marker) in looks.items():
                own = table.filter(
                    pl.col("accuracy").is_not_null(), disturbance=kind, modality=modality
                ).sort("level")
                axes.plot(
                    own["level"], 100 * own["accuracy"],
                    color=color, marker=marker, ms=5, lw=1.6, label=modality,
                )  # fmt: skip
            if table.filter(pl.col("level") > 0, disturbance=kind)["accuracy"].count() == 0:
                axes.text(0.5, 0.5, "not applicable", transform=axes.transAxes, ha="center")
            axes.set_xlabel(AXES[kind])
            axes.grid(axis="y", lw=0.5, alpha=0.5)
        panels[0].set_ylabel("accuracy, %")
        panels[0].set_ylim(0, 101)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, frameon=False, loc="outside upper left", ncols=6)
        return to_svg(figure)
