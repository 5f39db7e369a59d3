import xml.etree.ElementTree as ET

import pytest


def test_a_map_of_test_subjects_or_of_all(kinefuse, pretrained, store, tmp_path):
    status, said, err = kinefuse("picture", pretrained, store, "-o", tmp_path / "map.svg")
    assert status == 0, err
    assert f"picture: {tmp_path / 'map.svg'}" in said
    ET.fromstring((tmp_path / "map.svg").read_text())
    words = ("--subjects", "all", "--space", "embeddings", "-o", tmp_path / "map.html")
    status, _, err = kinefuse("picture", pretrained, store, *words)
    assert status == 0, err
    page = (tmp_path / "map.html").read_text()
    assert "embeddings of 12 windows" in page
    assert "subjects 1, 2 of the store tiny; colour: activity, shape: subject" in page


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("-o", "map.png"), 2, ".svg or .html"),
        (("-o", "map.svg", "--subjects", "9"), 1, "no subject 9"),
        (("-o", "map.svg", "--shape", "colour"), 2, "colour"),
    ],
)
def test_a_mistake_is_named(words, status, message, kinefuse, pretrained, store):
    told = kinefuse("picture", pretrained, store, *words)
    assert told[0] == status
    assert message in told[2]
