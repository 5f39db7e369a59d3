import os
import subprocess
import sys

import pytest

from kinefuse import cli, data, readers

ray = pytest.importorskip("kinefuse.scale.ray")


def test_the_command_hands_over_what_was_asked(tmp_path, monkeypatch, capsys):
    asked = {}

    def ingest(reader, path, out, *, n_parts, progress, **settings):
        asked.update(reader=reader.name, path=path, n_parts=n_parts, **settings)
        progress(1, 1, "1-of-1")
        small = readers.get("synthetic", subjects=1, trials=1)
        return data.ingest(small, path, out, **settings)

    monkeypatch.setattr(ray, "ingest", ingest)
    words = ["ingest", "synthetic", ".", "--engine", "ray", "--parts", "3", "--max-gap", "0.25"]
    with pytest.raises(SystemExit) as status:
        cli.main([*words, "-o", str(tmp_path / "store")])
    assert not status.value.code, capsys.readouterr().err
    told = {"reader": "synthetic", "path": ".", "n_parts": 3, "max_gap_s": 0.25}
    assert told.items() <= asked.items()
    assert (tmp_path / "store" / "report.html").exists()


@pytest.mark.slow
def test_the_command_starts_ray_by_itself(tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('reader = "synthetic"\npath = "."\n[settings]\nsubjects = 2\ntrials = 1\n')
    words = [sys.executable, "-m", "kinefuse", "ingest", "--recipe", str(recipe), "--parts", "2"]
    environment = {key: value for key, value in os.environ.items() if key != "RAY_ADDRESS"}
    done = subprocess.run(
        [*words, "--engine", "ray", "-o", str(tmp_path / "ray")],
        env=environment, capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"store: {tmp_path / 'ray'}" in done.stdout
    data.ingest(readers.get("synthetic", subjects=2, trials=1), ".", tmp_path / "local")
    for file in (tmp_path / "local").iterdir():
        assert (tmp_path / "ray" / file.name).read_bytes() == file.read_bytes(), file.name
