import xml.etree.ElementTree as ET

import pytest

from kinefuse.errors import InputError, ShapeError
from kinefuse.evaluate.report.bands import Point, accuracy_bands, modality_weights

SVG = "{http://www.w3.org/2000/svg}"
LINES = {
    "clmm": {"10/class": Point(0.9, 0.8, 1.0), "2/class": Point(0.5, 0.4, 0.6)},
    "cmc": {"2/class": Point(0.3, 0.3, 0.3)},
}
WEIGHTS = {"walk": [0.3, 0.7], "sit": [0.6, 0.4]}


def texts(svg):
    """What matplotlib writes, which it leaves beside the outlines as comments."""
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))
    root = ET.fromstring(svg, parser=parser)
    return [e.text.strip() for e in root.iter() if e.tag is ET.Comment]


def test_labels_stand_from_few_to_many_and_every_method_is_named():
    svg = accuracy_bands(LINES)
    found = texts(svg)
    assert found.index("2/class") < found.index("10/class")
    assert {"clmm", "cmc", "accuracy, %"} <= set(found)
    assert svg == accuracy_bands(LINES)
    root = ET.fromstring(svg)
    bands = [g for g in root.iter(f"{SVG}g") if g.get("id", "").startswith("FillBetween")]
    assert len(bands) == 2


def test_nothing_is_no_figure():
    for nothing in ({}, {"cmc": {}}):
        with pytest.raises(InputError, match="at least one point"):
            accuracy_bands(nothing)


def test_activities_stand_in_the_order_of_the_first_weight():
    found = texts(modality_weights(WEIGHTS, ["inertial", "skeleton"]))
    assert {"walk", "sit", "inertial", "skeleton"} <= set(found)
    assert found.index("walk") < found.index("sit")


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ({}, InputError, "at least one activity"),
        ({"walk": [1.0]}, ShapeError, "walk: expected 2 weights, got 1"),
        ({"walk": [0.5, 0.6]}, InputError, "walk: expected a sum of 1, got 1.1"),
    ],
)
def test_weights_that_are_none_are_refused(weights, error, message):
    with pytest.raises(error, match=message):
        modality_weights(weights, ["inertial", "skeleton"])
