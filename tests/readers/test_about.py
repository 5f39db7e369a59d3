import warnings
from pathlib import Path

import polars as pl
import pytest

import kinefuse
from kinefuse import readers
from kinefuse.data import splits
from kinefuse.errors import LeakageWarning
from kinefuse.readers import registry

BUILT_IN = sorted(registry._BUILT_IN)
DATA_SETS = [name for name in BUILT_IN if readers.about(name).kind == "data set"]


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_reader_says_what_it_reads(name):
    about = readers.about(name)
    assert about.title
    assert about.source
    assert about.licence
    assert readers.find(name).name == name


@pytest.mark.parametrize("name", DATA_SETS)
def test_a_data_set_has_people_rates_units_and_a_place(name):
    about = readers.about(name)
    assert about.subjects > 0
    assert about.units
    assert about.placements
    assert about.url.startswith("http")
    assert all(rate > 0 for rate in about.rates_hz.values())


@pytest.mark.parametrize("name", DATA_SETS)
def test_published_splits_are_taken_by_by_condition_and_are_apart(name):
    for split in readers.about(name).splits.values():
        values = {}
        for part in split.values():
            for what, chosen in part.items():
                values.setdefault(what, []).extend(chosen)
        columns = ("subject", "scene", "session", "view")
        rows = [{}]
        for what in columns:
            chosen = dict.fromkeys(values.get(what, ["1"]))
            rows = [row | {what: value} for row in rows for value in chosen]
        index = pl.DataFrame(rows).with_row_index("window")
        with warnings.catch_warnings():  # the authors let people be in two parts
            warnings.simplefilter("ignore", LeakageWarning)
            done = splits.by_condition(index, **split)
        assert set(done.train["window"]).isdisjoint(done.test["window"])
        assert len(done.train) + len(done.validation) + len(done.test) == len(index)


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_reader_has_its_place_in_the_documentation(name):
    page = Path(kinefuse.__file__).parents[2] / "docs/reference/readers.md"
    if not page.is_file():
        pytest.skip("the documentation is not beside the package")
    assert f".. automodule:: {readers.find(name).__module__}\n" in page.read_text()
