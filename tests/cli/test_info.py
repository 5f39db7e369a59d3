import tomllib

import pytest

import kinefuse
from kinefuse import cli, readers, recipe


def run(*words):
    with pytest.raises(SystemExit) as exit_:
        cli.main(words)
    return exit_.value.code or 0


def test_the_installation_names_versions_extras_readers_and_recipes(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert run("info") == 0
    text = capsys.readouterr().out
    for name in (kinefuse.__version__, "kinefuse[train]", *readers.names(), *recipe.names()):
        assert name in text


@pytest.mark.parametrize("name", recipe.names())
def test_a_recipe_is_printed_as_toml_that_loads_to_the_same(name, capsys, tmp_path):
    assert run("info", name) == 0
    file = tmp_path / "printed.toml"
    file.write_text(capsys.readouterr().out)
    assert recipe.Recipe.load(file) == recipe.Recipe.load(name)


def test_what_is_nothing_of_ours_is_refused(capsys, tmp_path):
    assert run("info", str(tmp_path)) == 2
    assert "neither a store, a checkpoint nor a recipe" in capsys.readouterr().err
    assert run("info", "utd-mhad-cmd") == 2
    assert "did you mean 'utd-mhad-cmc'?" in capsys.readouterr().err


def test_raw_recordings_are_recognized_with_the_reason(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "acc_exp01_user01.txt").write_text("0 0 1\n")
    assert run("info", str(tmp_path)) == 0
    text = capsys.readouterr().out
    assert "1 of 1 files named like acc_exp01_user01.txt" in text
    assert f"kinefuse ingest hapt {tmp_path} --out stores/hapt" in text


def test_a_table_is_described_with_settings_to_begin_with(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    rows = "\n".join(f"{20 * i};0,1;0,2;9,8;walk" for i in range(50))
    (tmp_path / "s1.csv").write_text(f"time;acc_x;acc_y;acc_z;label\n{rows}\n")
    assert run("info", str(tmp_path / "s1.csv")) == 0
    text = capsys.readouterr().out
    assert "separator semicolon, decimal comma, 1 header line" in text
    assert "about 50 Hz" in text
    settings = tomllib.loads(text.partition("columns.toml:\n")[2].partition("Then:")[0])
    reader = readers.get("csv", **settings)
    (stream,) = reader.read(reader.discover(tmp_path)[0]).streams
    assert stream.channels == ("acc_x", "acc_y", "acc_z")
    assert stream.data[:, 2] == pytest.approx(9.8 / 9.80665)
    assert stream.time_s[-1] == pytest.approx(0.98)
    assert set(stream.labels) == {"walk"}
