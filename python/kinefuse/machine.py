"""The machine and the versions that a number was measured with."""

import os
import platform
import re
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kinefuse._native import __version__, cpu_level
from kinefuse.threads import num_threads

__all__ = ["describe_run", "installed_versions"]

_DISTRIBUTIONS = ("numpy", "polars", "scipy", "torch", "lightning", "scikit-learn")


def installed_versions(distributions: Sequence[str] = _DISTRIBUTIONS) -> dict[str, str]:
    """Return the versions of those distributions that are installed, without importing them.

    Examples
    --------
    >>> list(installed_versions(["numpy", "no-such-distribution"]))
    ['numpy']
    """
    found = {}
    for name in distributions:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def describe_run(command: Sequence[str] | None = None) -> dict[str, str]:
    """Return what a reader of a number must know to trust it: command, machine, versions, time.

    Parameters
    ----------
    command : sequence of str, optional
        The command's words. By default those that this process was started with.

    Returns
    -------
    dict of str to str
        ``command``, ``date`` (UTC), ``cpu``, ``cores`` that this process may use, ``threads`` of
        the kernels, ``instructions`` that they choose (``baseline``, ``avx2`` or ``avx512``),
        ``memory``, ``system``, ``python``, ``kinefuse``, and the versions of installed libraries.

    Examples
    --------
    >>> describe_run(["kinefuse", "demo"])["command"]
    'kinefuse demo'
    """
    words = list(command) if command is not None else [Path(sys.argv[0]).name, *sys.argv[1:]]
    return {
        "command": shlex.join(words),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": _cpu(),
        "cores": str(len(os.sched_getaffinity(0))),
        "threads": str(num_threads()),
        "instructions": cpu_level(),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "kinefuse": __version__,
        **installed_versions(),
    }


def _cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.processor() or "unknown"


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return "unknown"
    return f"{size / 2**30:.0f} GiB"
