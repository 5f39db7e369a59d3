"""What the proofs share."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def kernels():
    """The module beside this file."""
    path = Path(__file__).with_name("kernels.py")
    spec = importlib.util.spec_from_file_location("kinefuse_kernels", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
