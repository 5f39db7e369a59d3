"""How all figures look."""

import io
from typing import Any

from matplotlib.figure import Figure

__all__ = ["COLORS", "MARKERS", "STYLE", "to_svg"]

# Okabe and Ito's colours, told apart by colour-blind eyes too.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*", "p", "h")
STYLE: dict[Any, Any] = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 9,
    # A salt makes the ids, and with them the file, the same for the same figure.
    "svg.hashsalt": "kinefuse",
}


def to_svg(figure: Figure) -> str:
    """Return a figure as the text of an SVG picture, without the date."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
