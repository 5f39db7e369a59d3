"""The same bytes whatever instructions the CPU has."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kinefuse import _native
from kinefuse.errors import InputError

ROOT = Path(__file__).parents[2]
CORE = ROOT / "rust" / "kinefuse-core" / "src"


@pytest.fixture
def set_level():
    yield _native.set_cpu_level
    _native.set_cpu_level("avx512")


def test_every_kernel_makes_the_same_bytes_at_every_level(kernels, set_level):
    """Compares as many levels as this CPU has; the first is SSE2 on x86-64."""
    by_level = {}
    for level in ("baseline", "avx2", "avx512"):
        set_level(level)
        if _native.cpu_level() == level:
            by_level[level] = {name: kernels.digest(name) for name in kernels.KERNELS}
    if len(by_level) == 1:
        pytest.skip("this CPU has the baseline only")
    first = by_level.pop("baseline")
    for level, found in by_level.items():
        other = [name for name in first if found[name] != first[name]]
        assert not other, f"{level} differs from the baseline in {other}"


def test_an_unknown_level_is_refused(set_level):
    with pytest.raises(InputError, match="avx3"):
        set_level("avx3")


def test_every_kernel_has_the_switch():
    """A kernel marked with another crate's attribute would escape the comparison above."""
    sources = {path: path.read_text() for path in CORE.rglob("*.rs")}
    assert sum("#[dispatch(" in text for text in sources.values()) >= 8
    other = re.compile(r"#\[(multiversion|target_feature)|is_x86_feature_detected")
    escaped = [path.name for path, text in sources.items() if other.search(text)]
    assert escaped == ["cpu.rs"]


#: The last bit of a sine of the system's library reaches these: taps of float64 filters, and the
#: factors of Fourier transforms.
BY_LIBRARY = ("float64", "resample_to_length", "fourier")


@pytest.mark.skipif(sys.platform != "linux", reason="glibc is told which instructions to use")
def test_the_system_library_has_no_part_in_what_training_sees(kernels):
    """The sines and exponentials of glibc differ by CPU; draws and float32 results must not."""
    off = ",".join(f"-{name}" for name in ("AVX", "AVX2", "FMA", "FMA4", "AVX512F"))
    done = subprocess.run(
        [sys.executable, kernels.__file__],
        env={**os.environ, "GLIBC_TUNABLES": f"glibc.cpu.hwcaps={off}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    names = [n for n in kernels.KERNELS if not any(part in n for part in BY_LIBRARY)]
    assert len(names) > 20
    assert [name for name in names if found[name] != kernels.digest(name)] == []
