"""How the documentation is built: `make docs`."""

import os
import subprocess
import sys
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList

import kinefuse

# Before autodoc does, which sets TYPE_CHECKING meanwhile: pydantic cannot build models then.
import kinefuse.checkpoint
import kinefuse.recipe

project = "kinefuse"
author = "the kinefuse developers"
copyright = author
version = release = kinefuse.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"kinefuse {release}"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_preprocess_types = False

# Nothing is fetched unless asked for, so that the build is the same without a network.
intersphinx_mapping = (
    {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "polars": ("https://docs.pola.rs/api/python/stable", None),
    }
    if os.environ.get("KINEFUSE_DOCS_INTERSPHINX")
    else {}
)


class CommandHelp(Directive):
    """Shows what a command of kinefuse says when it is called with ``--help``."""

    required_arguments = 1
    optional_arguments = 1

    def run(self):
        from typer.main import get_command
        from typer.testing import CliRunner

        from kinefuse.cli.app import app

        command = get_command(app)
        for name in self.arguments:
            if name not in command.commands:
                raise self.error(f"there is no command {name!r}")
            command = command.commands[name]
        plain = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "88", "TERMINAL_WIDTH": "88"}
        shown = CliRunner().invoke(
            app, [*self.arguments, "--help"], prog_name="kinefuse", env=plain
        )
        if shown.exit_code:
            raise self.error(f"kinefuse {' '.join(self.arguments)} --help: {shown.output}")
        lines = [line.rstrip() for line in shown.output.strip("\n").splitlines()]
        return [nodes.literal_block(text="\n".join(lines), language="text")]


class Augmentations(Directive):
    """Shows every registered augmentation of a kind, each drawn on a window."""

    required_arguments = 1

    def run(self):
        from kinefuse.augment import steps

        kind = self.arguments[0]
        lines = []
        for name, step in steps(kind).items():
            lines += [
                f".. autoclass:: kinefuse.augment.{kind}.{step.__name__}",
                "   :no-members:",
                "",
                f"   .. image:: /_figures/augment/{kind}-{name}.svg",
                f"      :alt: {kind} windows before and after {name}",
                "",
            ]
        node = nodes.container()
        self.state.nested_parse(StringList(lines, source=kind), self.content_offset, node)
        return node.children


class Readers(Directive):
    """Shows the built-in readers in a table, from what each says of its data."""

    def run(self):
        from kinefuse import readers

        lines = [
            ".. list-table::",
            "   :header-rows: 1",
            "",
            "   * - name",
            "     - what",
            "     - rates, Hz",
            "     - people, activities",
        ]
        for name in readers.names():
            about, classes = readers.about(name), getattr(readers.find(name), "classes", ())
            rates = [f"``{modality}`` {rate:g}" for modality, rate in about.rates_hz.items()]
            known = isinstance(classes, tuple) and len(classes)
            lines += [
                f"   * - ``{name}``",
                f"     - {about.title}",
                f"     - {', '.join(rates)}",
                f"     - {', '.join(str(n) for n in (about.subjects, known) if n)}",
            ]
        node = nodes.container()
        self.state.nested_parse(StringList(lines, source="readers"), self.content_offset, node)
        return node.children


def draw_figures(app):
    """Run the scripts that draw: each writes its figures into _figures."""
    for script in sorted((Path(app.confdir) / "figures").glob("draw_*.py")):
        subprocess.run([sys.executable, script], check=True)


def setup(app):
    app.connect("builder-inited", draw_figures)
    app.add_directive("augmentations", Augmentations)
    app.add_directive("command-help", CommandHelp)
    app.add_directive("readers", Readers)
