"""A stage's peak is its output and a bounded scratch."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="reads the peak from Linux's /proc"
)

#: What a call may take besides its output: tiles, plans, stacks of threads.
SCRATCH = 4 * 2**20

#: The input, the call that warms up plans and threads, the call that is measured. `n` is 1 for the
#: former and 1,000 for the latter, so that what is measured is large against everything else.
CASES = {
    "resample 1/2": ("signal(n)", "kinefuse.resample(x, from_hz=2, to_hz=1)"),
    "resample 2/1": ("signal(n)", "kinefuse.resample(x, from_hz=1, to_hz=2)"),
    "resample 20/41": ("signal(n)", "kinefuse.resample(x, from_hz=41, to_hz=20)"),
    "resample 1/2, float64": (
        "signal(n).astype(float)",
        "kinefuse.resample(x, from_hz=2, to_hz=1)",
    ),
    "resample_to_length": (
        "signal(n).reshape(-1, 100, 6)",
        "kinefuse.resample_to_length(x, 50)",
    ),
    "regrid": ("signal(n)", "kinefuse.regrid(STAMPS[: len(x)], x, rate_hz=50, max_gap_s=1).data"),
    "windows": ("signal(n)", "kinefuse.windows(x, length=128, stride=64)"),
    "normalize": ("body(n)", "skeleton.normalize(x, 'kinect_v1')"),
    "normalize, aligned": ("body(n)", "skeleton.normalize(x, 'kinect_v1', align='yaw')"),
    "augment": (
        "signal(n).reshape(-1, 100, 6)",
        "(inertial.Rotation(30) | inertial.TimeWarp(0.2) | inertial.Jitter(0.1))(x, seed=0)",
    ),
}

PROGRAM = """
import re, sys
from pathlib import Path
import numpy as np
import kinefuse
from kinefuse import skeleton
from kinefuse.augment import inertial

def kib(what):
    return int(re.search(what + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

def signal(n):
    return np.random.default_rng(0).standard_normal((1000 * n, 6), dtype=np.float32)

STAMPS = np.arange(1_000_000) / 100.0

def body(n):
    return np.random.default_rng(0).standard_normal((100 * n, 20, 3), dtype=np.float32)

make, call = sys.argv[1:]
x = eval(make, globals() | {"n": 1})
eval(call)
x = eval(make, globals() | {"n": 1000})
Path("/proc/self/clear_refs").write_text("5")
before = kib("VmRSS")
out = eval(call)
print([1024 * (kib("VmHWM") - before), out.nbytes])
"""


@pytest.mark.parametrize("case", CASES)
def test_peak_is_the_output_and_little_more(case):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *CASES[case]], capture_output=True, text=True, check=True
    )
    peak, output = json.loads(done.stdout)
    assert output > 2 * SCRATCH
    # The repaired clock is as long as the stamps that came in.
    clock = 8 * 1_000_000 if case == "regrid" else 0
    assert output - SCRATCH < peak < output + clock + SCRATCH
