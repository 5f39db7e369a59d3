"""A run of the ingest as a file."""

import inspect
import tomllib
from pathlib import Path

import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import ConfigError
from kinefuse.recipe import IngestRecipe

TEN_LINES = """\
reader = "csv"
path = "raw"
rate_hz = { inertial = 50 }

[settings]
channels = { acc_x = "x", acc_y = "y", acc_z = "z" }
units = "m/s2"
time = "t"
pattern = "{subject}/{activity}.csv"
"""


@pytest.fixture
def recipe(tmp_path):
    for subject in ("ann", "bob"):
        folder = tmp_path / "here" / "raw" / subject
        folder.mkdir(parents=True)
        for activity in ("walk", "sit"):
            rows = "\n".join(f"{i / 100},0,0,9.80665" for i in range(200))
            (folder / f"{activity}.csv").write_text(f"t,x,y,z\n{rows}\n")
    file = tmp_path / "here" / "mine.toml"
    file.write_text(TEN_LINES)
    return file


def test_ten_lines_are_enough_for_a_folder_of_tables(kinefuse, recipe, tmp_path):
    out = tmp_path / "store"
    status, said, err = kinefuse("ingest", "--recipe", recipe, "-o", out)
    assert status == 0, err
    assert "4 of 4 recordings, 2 subjects, 2 activities" in said
    store = MotionStore(out)
    assert store.schema["inertial"].rate_hz == 50
    assert store.read(store.recordings["id"][0], "inertial")[20, 2] == pytest.approx(1, abs=1e-3)


def test_the_command_line_goes_before_the_recipe(kinefuse, recipe, tmp_path):
    out = tmp_path / "store"
    words = ("--rate", "inertial=25", "--max-gap", "2", "--calibrate")
    status, _, err = kinefuse("ingest", "--recipe", recipe, "-o", out, *words)
    assert status == 0, err
    made = MotionStore(out).made
    assert (made["rate_hz"], made["max_gap_s"], made["calibrate"]) == (
        {"inertial": 25.0},
        2.0,
        True,
    )


def test_streams_of_a_recipe_reach_the_ingest(kinefuse, recipe, tmp_path):
    recipe.write_text(TEN_LINES + "\n[streams.inertial]\nunits = 'mg'\nmax_gap_s = 3.0\n")
    out = tmp_path / "store"
    status, _, err = kinefuse("ingest", "--recipe", recipe, "-o", out)
    assert status == 0, err
    assert MotionStore(out).made["streams"] == {"inertial": {"units": "mg", "max_gap_s": 3.0}}


def test_defaults_are_those_of_the_function():
    arguments = IngestRecipe(reader="csv").arguments()
    parameters = inspect.signature(ingest).parameters
    for key, value in arguments.items():
        expected = parameters[key].default
        assert value == ({} if expected is None else expected), key


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("reader = ", "mine.toml: not TOML"),
        ("path = 'x'", "mine.toml: reader: Field required"),
        ("reader = 'csv'\nrates = 3", "unknown key 'rates': did you mean 'rate_hz'"),
        ("reader = 'csv'\nmax_gap_s = -1", "mine.toml: max_gap_s: .*greater than 0"),
        ("reader = 'csv'\n[streams.w]\nunit = 'g'", "streams.w: unknown key 'unit': did you mean"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path, text, message):
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=message):
        IngestRecipe.load(file)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "expected a reader and a path, or --recipe FILE"),
        (["csv"], "expected a path behind 'csv'"),
        (["hapt", ".", "--recipe", "mine.toml"], "is for reader 'csv', not 'hapt'"),
        (["--recipe", "none.toml"], "none.toml"),
    ],
)
def test_a_mistake_on_the_command_line(kinefuse, recipe, monkeypatch, words, message):
    monkeypatch.chdir(recipe.parent)
    status, _, err = kinefuse("ingest", *words, "-o", "store")
    assert status == 2
    assert message in err


def test_the_file_in_the_documentation_is_one():
    page = Path(__file__).parents[2] / "docs" / "how-to" / "ingest.md"
    text = page.read_text(encoding="utf-8").split("```toml\n")[1].partition("```")[0]
    recipe = IngestRecipe.parse(tomllib.loads(text))
    assert recipe.streams["left_wrist"].max_gap_s == 2.0
    readers.get(recipe.reader, **recipe.settings)
