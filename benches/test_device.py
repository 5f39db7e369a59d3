"""Decoding what wearables wrote, beside actipy's readers, most of them in Java."""

import os
import struct
import zipfile
import zlib
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


def lengthen_gt3x(file, out, n):
    """Write ``n`` seconds of samples: those of a short recording over and over."""
    with zipfile.ZipFile(file) as archive:
        info, log = archive.read("info.txt"), archive.read("log.bin")
    seconds, at = [], 0
    while at < len(log):
        _, kind, _, size = struct.unpack_from("<BBIH", log, at)
        if kind == 0 and size > 1:
            seconds.append(np.frombuffer(log, np.uint8, 9 + size, at))
        at += 9 + size
    records = np.stack(seconds)[np.arange(n) % len(seconds)]
    (first,) = struct.unpack_from("<I", log, 2)
    records[:, 2:6] = (first + np.arange(n, dtype="<u4")).view(np.uint8).reshape(-1, 4)
    records[:, -1] = ~np.bitwise_xor.reduce(records[:, :-1], axis=1)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("info.txt", info)
        archive.writestr("log.bin", records.tobytes())
    return out


def lengthen_matrix(file, out, n):
    """Write ``n`` packets: those of a short recording over and over, one after the other."""
    head, *packets = file.read_bytes().split(b"MDTCPACK")
    (end,) = struct.unpack_from("<I", packets[0], 4)
    with out.open("wb") as content:
        content.write(head[:516] + struct.pack("<I", n) + head[520:])
        for k in range(n):
            packet = packets[k % len(packets)]
            begin, old_end = struct.unpack_from("<2I", packet, 4)
            begin, end = end, end + old_end - begin
            body = struct.pack("<2I", begin, end) + packet[12:]
            content.write(b"MDTCPACK" + struct.pack("<I", zlib.crc32(body)) + body)
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
        "ActiGraph": lengthen_gt3x(
            recordings / "actigraph_testfile.gt3x", folder / "actigraph.gt3x", size(400_000)
        ),
        "Matrix": lengthen_matrix(
            recordings / "mtx_25Hz_acc_HR.BIN", folder / "matrix.bin", size(200)
        ),
    }
    yield made
    for file in made.values():
        file.unlink()


READERS = {
    "AX3": "axivity",
    "AX6": "axivity",
    "GENEActiv": "geneactiv",
    "ActiGraph": "gt3x",
    "Matrix": "parmay-matrix",
}
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
    benchmark.extra_info["by"] = (
        f"actipy's reader ({'Python' if device == 'Matrix' else 'Java'}, and into pandas)"
    )
    actipy = peer("actipy.reader")
    theirs, info = actipy._read_device(str(file), verbose=False)
    assert info["ReadErrors"] == 0
    (chunk, *_) = streams_of(device, file)[0].read()
    n = min(len(chunk.data), len(theirs))
    kept = 5.1e-4 if device == "ActiGraph" else 1e-6  # it keeps three decimals there
    np.testing.assert_allclose(
        chunk.data[:n, :3], theirs[["x", "y", "z"]].to_numpy()[:n], atol=kept
    )
    stamps = theirs.index.to_numpy()[:n].astype("datetime64[ns]").astype(np.int64) / 1e9
    np.testing.assert_allclose(chunk.time_s[:n], stamps, atol=0.02)
    benchmark.pedantic(lambda: actipy._read_device(str(file), verbose=False), rounds=1)
