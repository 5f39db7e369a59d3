"""How the documentation is built: `make docs`."""

import os

from docutils import nodes
from docutils.parsers.rst import Directive

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

    def run(self):
        from typer.main import get_command
        from typer.testing import CliRunner

        from kinefuse.cli.app import app

        name = self.arguments[0]
        if name not in get_command(app).commands:
            raise self.error(f"there is no command {name!r}")
        plain = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "88", "TERMINAL_WIDTH": "88"}
        shown = CliRunner().invoke(app, [name, "--help"], prog_name="kinefuse", env=plain)
        if shown.exit_code:
            raise self.error(f"kinefuse {name} --help: {shown.output}")
        lines = [line.rstrip() for line in shown.output.strip("\n").splitlines()]
        return [nodes.literal_block(text="\n".join(lines), language="text")]


def setup(app):
    app.add_directive("command-help", CommandHelp)
