"""The command ``kinefuse``: one file for each of its commands."""

import sys
import traceback
import warnings
from collections.abc import Sequence

from kinefuse._extras import needs_extra
from kinefuse.errors import InputError, KinefuseError, KinefuseWarning

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, and exit with its status.

    0 is done; 1 is done in part, or failed; 2 is a mistake in what was asked: an option, a
    setting, a file that is not there. Errors that say what to do are printed in one line;
    ``--debug``, anywhere on the line, shows where they came from.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those that the process was started with.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    with warnings.catch_warnings():
        warnings.simplefilter("always", KinefuseWarning)
        warnings.showwarning = _show_warning
        try:
            with needs_extra("cli", "the command kinefuse"):
                from kinefuse.cli.app import app

                app(words, prog_name="kinefuse")
        except (KinefuseError, OSError) as error:
            if debug:
                traceback.print_exc()
            else:
                print(f"error: {_one_line(error)}", file=sys.stderr)
            asked_wrongly = isinstance(error, InputError | FileNotFoundError)
            sys.exit(2 if asked_wrongly else 1)


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error) or type(error).__name__


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,
    line: str | None = None,
) -> None:
    # Of ours the text is enough; of others' a user must see where they come from.
    if issubclass(category, KinefuseWarning):
        text = f"warning: {message}\n"
    else:
        text = warnings.formatwarning(message, category, filename, lineno, line)
    sys.stderr.write(text)
