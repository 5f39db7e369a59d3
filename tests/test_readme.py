"""What the README, CONTRIBUTING and the documentation show works as it is shown."""

import json
import re
import shlex
import warnings
from pathlib import Path

import pytest
from typer.main import get_command

from kinefuse.cli.app import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in PAGES if "_build" not in page.parts]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^```[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def code(text):
    """Lines of all code blocks, fenced or indented."""
    fenced = "".join(FENCED.findall(text))
    indented = "\n".join(re.findall(r"^    (.*\S)$", text, re.MULTILINE))
    joined = re.sub(r"\\\n\s*", " ", f"{fenced}\n{indented}")
    return [line.partition("  #")[0].strip() for line in joined.splitlines()]


def commands():
    for page in PAGES:
        for line in code(page.read_text()):
            if line.startswith("kinefuse "):
                yield pytest.param(line, id=f"{page.stem}: {line}")


@pytest.mark.parametrize("line", list(commands()))
def test_a_shown_command_exists_with_its_options(line):
    _, name, *words = shlex.split(line.partition(" > ")[0])
    command = get_command(app).commands[name]
    options = {option for p in command.params for option in (*p.opts, *p.secondary_opts)}
    for word in words:
        if word.startswith("-"):
            assert word.partition("=")[0] in options, f"{name} has no option {word}"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_shown_make_targets_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in code(page.read_text()):
        if line.startswith("make "):
            assert line.split()[1] in targets, line


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_to_files_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=name, marks=pytest.mark.slow if page.name == "README.md" else ())
        for page, name in zip(PAGES, NAMES, strict=True)
        if PYTHON.search(page.read_text())
    ],
)
def test_shown_python_runs(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    source = "\n".join(PYTHON.findall(page.read_text()))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(source, str(page), "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.strip(), "a shown example prints something"


def test_the_numbers_shown_are_those_of_the_runs():
    kept = [json.loads(path.read_text()) for path in (ROOT / "docs" / "results").glob("*.json")]
    cells = [cell for content in kept if isinstance(content, list) for cell in content]
    measured = {f"{100 * c['mean']:.1f} ± {100 * c['sd']:.1f}" for c in cells if c.get("sd")}
    shown = set(re.findall(r"\d+\.\d ± \d+\.\d", (ROOT / "README.md").read_text()))
    assert shown
    assert shown <= measured
