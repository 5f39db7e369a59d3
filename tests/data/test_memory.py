"""Memory that an ingest takes is that of a block, not of a recording."""

import subprocess
import sys

import pytest

CHILD = """
import sys
from pathlib import Path
import numpy as np
from kinefuse.data import Chunk, ChunkedStream, Recording, ingest
from kinefuse.readers import Source

class Endless:
    name, classes = "endless", ()
    def discover(self, path): return [Source("one")]
    def settings(self): return {}
    def read(self, source):
        def chunks():
            rows = np.random.default_rng(0).normal(size=(2**17, 3))
            for k in range(int(sys.argv[1])):
                time_s = (k * 2**17 + np.arange(2**17)) / 64.0
                labels = np.full(2**17, k % 2)
                yield Chunk(data=rows, time_s=time_s, labels=labels, label_names=("a", "b"))
        stream = ChunkedStream(name="w", modality="inertial", channels=("x", "y", "z"), units="g",
                               sample_shape=(3,), timed=True, labelled=True, chunks=chunks)
        return Recording(id="one", dataset="d", subject="1", streams=[stream])

report = ingest(Endless(), ".", sys.argv[2], rate_hz={"inertial": 50.0})
status = Path("/proc/self/status").read_text().splitlines()
peak = next(line for line in status if line.startswith("VmHWM"))
print(report.rows["inertial"], int(peak.split()[1]) // 1024)
"""


def peak_of(chunks, out):
    words = [sys.executable, "-c", CHILD, str(chunks), str(out)]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    rows, megabytes = map(int, told.split())
    assert rows == pytest.approx(chunks * 2**17 * 50 / 64, rel=1e-3)
    return megabytes


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is read from /proc")
def test_a_recording_four_times_as_long_takes_no_more(tmp_path):
    short = peak_of(32, tmp_path / "short")
    long = peak_of(128, tmp_path / "long")  # 210 MB of samples and labels
    assert long - short < 40
