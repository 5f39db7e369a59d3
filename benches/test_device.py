"""Decoding what wearables wrote, beside actipy's readers in Java."""

import os
from pathlib import Path

import numpy as np
import pytest

from kinefuse import readers

SECTOR = 512


@pytest.fixture(scope="module")
def recordings():
    root = os.environ.get("KINEFUSE_DATA")
    folder = Path(root or "") / "actigraphy-raw"
    if not root or not folder.is_dir():
        pytest.skip("KINEFUSE_DATA does not lead to actigraphy-raw")
    return folder


def pack_time(seconds):
    days, of_day = np.divmod(seconds, 86_400)
    date = days.astype("datetime64[D]")
    year = date.astype("datetime64[Y]").astype(int) - 30
    month = date.astype("datetime64[M]").astype(int) % 12 + 1
    day = (date - date.astype("datetime64[M]")).astype(int) + 1
    hour, minute, second = of_day // 3600, of_day // 60 % 60, of_day % 60
    return year << 26 | month << 22 | day << 17 | hour << 12 | minute << 6 | second


def lengthen_cwa(file, out, n):
    """Write ``n`` blocks: the samples of a short recording over and over, each block anew."""
    content = file.read_bytes()
    short = np.frombuffer(content[2 * SECTOR :], "<u2").reshape(-1, SECTOR // 2)[:-1]
    blocks = np.tile(short, (-(-n // len(short)), 1))[:n].copy()
    rows, rate = int(short[0, 14]), 3200 / (1 << (15 - (int(short[0, 12]) & 15)))
    start_s = 1_581_498_217 + np.arange(n) * rows / rate
    whole = np.ceil(start_s).astype(int)
    packed = pack_time(whole)
    blocks[:, 2] = 0x8000
    blocks[:, 5], blocks[:, 6] = np.arange(n) & 0xFFFF, np.arange(n) >> 16
    blocks[:, 7], blocks[:, 8] = packed & 0xFFFF, packed >> 16
    blocks[:, 13] = np.round((whole - start_s) * rate).astype(int)
    blocks[:, -1] = 0
    blocks[:, -1] = -blocks.sum(axis=1, dtype=np.uint16)
    out.write_bytes(content[: 2 * SECTOR] + blocks.tobytes())
    return out


def lengthen_geneactiv(file, out, n):
    """Write ``n`` pages: those of a short recording over and over, each with its own time."""
    head, *pages = file.read_text("latin-1").split("Recorded Data\n")
    head = head.replace("Number of Pages:3", f"Number of Pages:{n}")
    with out.open("w", encoding="latin-1", newline="\r\n") as content:
        content.write(head)
        for k in range(n):
            when = np.datetime64(1_558_455_403_500 + 6000 * k, "ms").item()
            lines = pages[k % len(pages)].splitlines()
            lines[1] = f"Sequence Number:{k}"
            lines[2] = f"Page Time:{when:%Y-%m-%d %H:%M:%S}:{when.microsecond // 1000:03}"
            content.write("Recorded Data\n" + "\n".join(lines) + "\n")
    return out


@pytest.fixture(scope="module")
def long_files(recordings, tmp_path_factory, size):
    folder = tmp_path_factory.mktemp("device")
    skdh = recordings / "skdh"
    made = {
        "AX3": lengthen_cwa(skdh / "ax3_sample.cwa", folder / "ax3.cwa", size(200_000)),
        "AX6": lengthen_cwa(skdh / "ax6_sample.cwa", folder / "ax6.cwa", size(200_000)),
        "GENEActiv": lengthen_geneactiv(
            skdh / "gnactv_sample.bin", folder / "geneactiv.bin", size(10_000)
        ),
    }
    yield made
    for file in made.values():
        file.unlink()


READERS = {"AX3": "axivity", "AX6": "axivity", "GENEActiv": "geneactiv"}
DEVICES = pytest.mark.parametrize("device", READERS)


def streams_of(device, file):
    reader = readers.get(READERS[device])
    (source,) = reader.discover(file)
    return reader.read(source).streams


def name_group(benchmark, device, file):
    rows = sum(len(chunk.data) for chunk in streams_of(device, file)[0].read())
    benchmark.group = f"read {device}, {file.stat().st_size / 1e6:.0f} MB, {rows:,} samples"


@DEVICES
def test_read_kinefuse(benchmark, one_thread, long_files, device):
    file = long_files[device]
    name_group(benchmark, device, file)

    def run():
        return sum(len(chunk.data) for chunk in streams_of(device, file)[0].read())

    assert benchmark.pedantic(run, rounds=3) > 0


@DEVICES
@pytest.mark.filterwarnings("ignore")
def test_read_actipy(benchmark, long_files, device, peer):
    file = long_files[device]
    name_group(benchmark, device, file)
    benchmark.extra_info["by"] = "actipy's reader (Java, and into pandas)"
    actipy = peer("actipy.reader")
    theirs, info = actipy._read_device(str(file), verbose=False)
    assert info["ReadErrors"] == 0
    (chunk, *_) = streams_of(device, file)[0].read()
    n = min(len(chunk.data), len(theirs))
    np.testing.assert_allclose(
        chunk.data[:n, :3], theirs[["x", "y", "z"]].to_numpy()[:n], atol=1e-6
    )
    stamps = theirs.index.to_numpy()[:n].astype("datetime64[ns]").astype(np.int64) / 1e9
    np.testing.assert_allclose(chunk.time_s[:n], stamps, atol=0.02)
    benchmark.pedantic(lambda: actipy._read_device(str(file), verbose=False), rounds=1)
