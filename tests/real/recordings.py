"""Where the real recordings lie, or why the test is skipped."""

import os
from pathlib import Path

import pytest


def folder(name):
    root = os.environ.get("KINEFUSE_DATA")
    if not root:
        pytest.skip("KINEFUSE_DATA is not set: no real recordings")
    found = Path(root) / name
    if not found.is_dir():
        pytest.skip(f"no {name} under {root}")
    return found
