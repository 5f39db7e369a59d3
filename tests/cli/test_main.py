import subprocess
import sys
import warnings

import pytest

import kinefuse
from kinefuse import cli
from kinefuse.errors import ConfigError, LeakageWarning, MissingExtraError, StoreError

COMMANDS = ("ingest", "datasets", "info", "pretrain", "finetune", "evaluate", "predict", "demo")


def run(*words):
    with pytest.raises(SystemExit) as exit_:
        cli.main(words)
    return exit_.value.code or 0


def test_the_version_is_that_of_the_package(capsys):
    assert run("--version") == 0
    assert capsys.readouterr().out.strip() == kinefuse.__version__


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_what_it_does_and_how_it_is_called(command, capsys):
    assert run(command, "--help") == 0
    text = capsys.readouterr().out
    assert f"kinefuse {command}" in text
    assert "For example:" in text or command == "demo"


def test_help_lists_every_command(capsys):
    assert run("--help") == 0
    text = capsys.readouterr().out
    assert all(command in text for command in COMMANDS)


def test_an_unknown_command_is_refused(capsys):
    assert run("inform") == 2
    assert "No such command" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (ConfigError("recipe: unknown key 'x'"), 2, "error: recipe: unknown key 'x'"),
        (FileNotFoundError(2, "No such file or directory", "s"), 2, "error: s: No such file"),
        (StoreError("s: not whole"), 1, "error: s: not whole"),
        (MissingExtraError("pip install 'kinefuse[io]'"), 1, "error: pip install 'kinefuse[io]'"),
        (OSError(28, "No space left on device", "out"), 1, "error: out: No space left on device"),
    ],
)
def test_an_error_is_one_line_and_a_status(error, status, line, monkeypatch, capsys):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr("kinefuse.machine.describe_run", fails)
    assert run("info") == status
    told = capsys.readouterr().err
    assert told.startswith(line)
    assert told.count("\n") == 1
    assert run("info", "--debug") == status
    assert "Traceback" in capsys.readouterr().err


def test_what_is_not_ours_is_not_hidden(monkeypatch):
    def fails(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("kinefuse.machine.describe_run", fails)
    with pytest.raises(ZeroDivisionError):
        cli.main(["info"])


def test_our_warnings_are_one_line_and_others_tell_their_place(monkeypatch, capsys):
    from kinefuse.machine import describe_run

    def warns():
        warnings.simplefilter("always")
        warnings.warn("leak", LeakageWarning, stacklevel=1)
        warnings.warn("other", UserWarning, stacklevel=1)
        return describe_run()

    monkeypatch.setattr("kinefuse.machine.describe_run", warns)
    cli_status = run("info")
    told = capsys.readouterr().err
    assert cli_status == 0
    assert "warning: leak\n" in told
    assert "test_main.py" in told.replace("warning: leak\n", "")


def test_help_needs_no_torch():
    code = (
        "import sys\nfrom kinefuse.cli import main\n"
        "try:\n    main(['pretrain', '--help'])\n"
        "finally:\n    assert not {'torch', 'scipy', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
from kinefuse.cli import main
main({words!r})
"""


@pytest.mark.parametrize(
    ("missing", "extra", "words"),
    [("typer", "cli", ["info"]), ("rich", "cli", ["info"]), ("pydantic", "cli", ["info"])],
)
def test_a_missing_extra_is_named(missing, extra, words):
    code = WITHOUT.format(missing=missing, words=words)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert f"pip install 'kinefuse[{extra}]'" in done.stderr
