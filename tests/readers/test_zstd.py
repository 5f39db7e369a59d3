import subprocess
import sys
from importlib import import_module

import numpy as np
import polars as pl
import pytest

from kinefuse import readers
from kinefuse.errors import FormatError
from kinefuse.readers.text_stream import stream_utf8
from kinefuse.readers.zstd import _MODULE

zstd = import_module(_MODULE)
MAGIC = b"\x28\xb5\x2f\xfd"
WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
from kinefuse import readers
from kinefuse.errors import MissingExtraError
reader = readers.get("csv", channels=["x"], units="g", rate_hz=50, fixed={{"subject": "1"}})
(source,) = reader.discover(__import__("pathlib").Path(sys.argv[1]))
try:
    reader.read(source)
except MissingExtraError as error:
    print(error)
"""


def test_a_compressed_table_is_the_table(tmp_path):
    frame = pl.DataFrame({"x": np.random.default_rng(0).normal(size=500)})
    content = frame.write_csv().encode()
    # As pzstd and the tools for logs write them: several frames.
    (tmp_path / "s1.csv.zst").write_bytes(
        zstd.compress(content[:3000]) + zstd.compress(content[3000:])
    )
    reader = readers.get("csv", channels=["x"], units="g", rate_hz=50, pattern="{subject}.csv.zst")
    (source,) = reader.discover(tmp_path)
    recording = reader.read(source)
    assert recording.subject == "s1"
    np.testing.assert_array_equal(recording.streams[0].data[:, 0], frame["x"].to_numpy())


def test_what_is_packed_tightly_is_unpacked_in_blocks(tmp_path):
    file = tmp_path / "x.csv.zst"
    file.write_bytes(zstd.compress(b"1,2,3\n" * 2**20))
    assert file.stat().st_size < 2**10
    blocks = [len(block) for block in stream_utf8(file, size=2**16)]
    assert max(blocks) <= 2**16
    assert sum(blocks) == 6 * 2**20


def test_a_frame_that_asks_for_too_much_memory_is_refused(tmp_path):
    file = tmp_path / "x.csv.zst"
    window = bytes([0, 18 << 3])  # 2**28 bytes
    file.write_bytes(MAGIC + window + bytes([0x21, 0, 0]) + b"1,2\n")
    with pytest.raises(FormatError, match=r"x\.csv\.zst: .*damaged or cut off.*memory"):
        list(stream_utf8(file))


def test_without_the_extra_it_is_named(tmp_path):
    file = tmp_path / "x.csv.zst"
    file.write_bytes(zstd.compress(b"x\n1\n2\n"))
    code = WITHOUT.format(module=_MODULE)
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True
    )
    assert "pip install 'kinefuse[io]'" in done.stdout
    assert "x.csv.zst: text compressed with zstd needs" in done.stdout
