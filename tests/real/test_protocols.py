"""Protocols on UTD-MHAD: who trains and tests, and with which labels, by the names of its files."""

import pytest
from tests.real.recordings import folder

from kinefuse import readers
from kinefuse.readers.cosmo_labels import PERCENT, cosmo_labels
from kinefuse.recipe import Recipe

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def takes():
    """Subject and action of each recording, by its name."""
    found = readers.get("utd-mhad").discover(folder("utd-mhad"))
    return {one.name: (str(one.info["subject"]), one.info["action"]) for one in found}


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("utd-mhad-clmm", (323, 108, 430)),
        ("utd-mhad-clmm-p1b", (431, 0, 430)),
        ("utd-mhad-clmm-p2", (646, 0, 215)),
        ("utd-mhad-cosmo-p2", (646, 0, 215)),
        ("utd-mhad-supervised-p2", (646, 0, 215)),
    ],
)
def test_each_part_has_the_recordings_of_its_protocol(name, sizes, takes):
    split = Recipe.load(name).split
    parts = [split.part(part) for part in ("train", "validation", "test")]
    subjects = [set(part.subjects) if part else set() for part in parts]
    found = [sum(subject in those for subject, _ in takes.values()) for those in subjects]
    assert tuple(found) == sizes


@pytest.mark.parametrize("percent", PERCENT)
def test_cosmo_s_lists_are_of_training_recordings(percent, takes):
    names = cosmo_labels(percent)
    assert set(names) <= set(takes)
    train = Recipe.load("utd-mhad-clmm-p2").split.part("train").subjects
    assert {takes[name][0] for name in names} <= set(train)
    assert {takes[name][1] for name in names} == set(range(1, 28))
