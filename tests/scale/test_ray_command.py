import pytest

from kinefuse import cli, data

ray = pytest.importorskip("kinefuse.scale.ray")


def test_the_command_hands_over_what_was_asked(tmp_path, monkeypatch, capsys):
    asked = {}

    def ingest(reader, path, out, *, n_parts, progress, **settings):
        asked.update(reader=reader.name, path=path, n_parts=n_parts, **settings)
        progress(1, 1, "1-of-1")
        return data.ingest(reader, path, out, **settings)

    monkeypatch.setattr(ray, "ingest", ingest)
    words = ["ingest", "synthetic", ".", "--engine", "ray", "--parts", "3", "--max-gap", "0.25"]
    with pytest.raises(SystemExit) as status:
        cli.main([*words, "-o", str(tmp_path / "store")])
    assert not status.value.code, capsys.readouterr().err
    told = {"reader": "synthetic", "path": ".", "n_parts": 3, "max_gap_s": 0.25}
    assert told.items() <= asked.items()
    assert (tmp_path / "store" / "report.html").exists()
