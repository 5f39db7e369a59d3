import pytest

from kinefuse import cli, readers


def run(*words):
    with pytest.raises(SystemExit) as exit_:
        cli.main(words)
    return exit_.value.code or 0


def test_all_readers_are_listed(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    assert run("datasets") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(readers.names())
    (hapt,) = (line for line in lines if line.startswith("hapt "))
    assert hapt.split()[-6:] == ["30", "12", "accelerometer", "50,", "gyroscope", "50"]


def test_of_one_all_is_said(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    assert run("datasets", "utd-mhad") == 0
    text = capsys.readouterr().out
    for said in ("ICIP 2015", "swipe_left", "right_wrist", "train: subject 1, 3, 5, 7; test"):
        assert said in text


def test_an_unknown_one_is_refused(capsys):
    assert run("datasets", "utd") == 2
    assert "no reader 'utd'" in capsys.readouterr().err
