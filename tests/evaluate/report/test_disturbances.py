import xml.etree.ElementTree as ET

import polars as pl
import pytest

from kinefuse.errors import InputError
from kinefuse.evaluate.report.disturbances import accuracy_when_disturbed


def table(**changes):
    rows = [
        {"disturbance": kind, "modality": m, "level": level, "accuracy": 0.9 - 0.1 * level}
        for kind in ("missing", "noise")
        for m in ("inertial", "skeleton")
        for level in (0.0, 0.5, 1.0)
    ]
    return pl.DataFrame(rows).with_columns(**changes)


def lines(svg):
    """How many lines with markers there are, and the words."""
    root = ET.fromstring(svg)
    name = "{http://www.w3.org/2000/svg}"
    groups = [g.get("id", "") for g in root.iter(f"{name}g")]
    return sum(g.startswith("axes_") for g in groups), svg


def test_a_panel_for_each_disturbance_and_the_same_each_time():
    svg = accuracy_when_disturbed(table())
    panels, text = lines(svg)
    assert panels == 2
    assert svg == accuracy_when_disturbed(table())
    one, _ = lines(accuracy_when_disturbed(table().filter(disturbance="noise")))
    assert one == 1
    assert "not applicable" not in text


def test_what_was_not_measured_is_said():
    measured = pl.when((pl.col("disturbance") == "noise") | (pl.col("level") == 0))
    svg = accuracy_when_disturbed(table(accuracy=measured.then(pl.col("accuracy"))))
    assert svg.count("<!-- not applicable -->") == 1


def test_unknown_disturbances_are_refused():
    with pytest.raises(InputError, match=r"missing, noise, shift, got \['dust'\]"):
        accuracy_when_disturbed(table(disturbance=pl.lit("dust")))
    with pytest.raises(InputError, match=r"got \[\]"):
        accuracy_when_disturbed(table().clear())
