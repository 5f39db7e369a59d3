"""Whatever stands in a file of a device: its rows, or an error of ours, and memory as for any."""

import gzip
import io
import subprocess
import sys
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kinefuse import readers
from kinefuse.errors import KinefuseError

from .wearable_files import (
    GENEACTIV_HEADER,
    GT3X_INFO,
    cwa_block,
    cwa_header,
    geneactiv_page,
    pack_counts,
    pack_record,
    parmay_header,
    parmay_packet,
    whole_counts,
)

RNG = np.random.default_rng(8)
START = 1_598_436_540


def cwa():
    counts = RNG.integers(-512, 512, (4, 120, 3))
    packed = [
        cwa_block(c, sequence=k, start_s=START + 1.2 * k, exponent=np.zeros(120, int))
        for k, c in enumerate(counts)
    ]
    six = [
        cwa_block(RNG.integers(-99, 99, (40, 6)), sequence=k, start_s=START + 0.4 * k)
        for k in range(3)
    ]
    return cwa_header() + b"".join(packed), cwa_header(gyroscope=True) + b"".join(six)


def geneactiv():
    counts, light = RNG.integers(-2048, 2048, (3, 300, 3)), RNG.integers(0, 4096, (3, 300))
    pages = [
        geneactiv_page(counts[k], light[k], sequence=k, start_s=START + 6 * k) for k in range(3)
    ]
    return ((GENEACTIV_HEADER.format(pages=3) + "".join(pages)).replace("\n", "\r\n").encode(),)


def log():
    return b"".join(
        [
            pack_record(21, START, bytes([0, 0, 55, 0, 0, 0, 0x40, 12])),
            *(pack_counts(START + k, RNG.integers(-2048, 2048, (30, 3))) for k in range(3)),
            *(whole_counts(START + 3 + k, RNG.integers(-2048, 2048, (31, 3))) for k in range(3)),
        ]
    )


def csv():
    header = (
        "------------ Data File Created By ActiGraph GT3X+ ActiLife v6.13.3 Firmware v2.5.0 date "
        "format M/d/yyyy at 30 Hz  Filter Normal -----------\nSerial Number: NEO1B41100262\nStart "
        "Time 14:00:00\nStart Date 5/9/2017\nEpoch Period (hh:mm:ss) 00:00:00\nDownload Time "
        "12:05:23\nDownload Date 5/17/2017\nCurrent Memory Address: 0\nCurrent Battery Voltage: "
        "4.21     Mode = 12\n--------------------------------------------------\n"
    )
    names = "Accelerometer X,Accelerometer Y,Accelerometer Z\n"
    rows = [",".join(map(str, row)) + "\n" for row in RNG.integers(-999, 999, (60, 3)) / 1000]
    stamped = [f"5/9/2017 14:00:00.{k:03},{row}" for k, row in enumerate(rows)]
    return (
        (header + names + "".join(rows)).encode(),
        (header + "".join(stamped)).replace("\n", "\r\n").encode(),
    )


def parmay():
    counts = RNG.integers(-32768, 32768, (3, 60, 3))
    packets = [
        parmay_packet(START + 5 * k, START + 5 * k + 5, c, c[:30], 2, 1)
        for k, c in enumerate(counts)
    ]
    return (parmay_header(3) + bytes(40) + b"".join(packets),)


def archive(info, content):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("info.txt", info)
        members.writestr("log.bin", content)
    return made.getvalue()


WHOLE = {
    "a.cwa": ("axivity", cwa()),
    "a.bin": ("geneactiv", geneactiv()),
    "m.bin": ("parmay-matrix", parmay()),
    "a.gt3x": ("gt3x", (archive(GT3X_INFO, log()),)),
    "a.csv": ("actigraph-csv", csv()),
}
PIECES = (
    b"", b"\0" * 600, b"\xff" * 600, b"MD", b"AX", b"AX\xfc\x01" + b"\xff" * 508, b"PK\x03\x04",
    b"Recorded Data\r\n", b"Measurement Frequency:0\r\n", b"Measurement Frequency:1e9\r\n", b"\n",
    b"Number of Pages:1000000000\r\n", b"\x1e\x00" + b"\xff" * 6, b"\x1e\x1a", b",", b"nan", b'"',
    b"MDTCPACK", b"MDTCPACK" + b"\xff" * 28, b"\0\xca\x9a\x3b",
    b"at 1000000000 Hz ", b"at 0.000001 Hz ", b"-" * 50 + b"\n", b"9" * 400, b"-9e999",
)  # fmt: skip


def read(name, file):
    """Read all that a file gives; return how many rows."""
    rows = 0
    for auxiliary in (False, True):
        with suppress(KinefuseError):
            reader = readers.get(name, auxiliary=auxiliary)
            for source in reader.discover(file):
                for stream in reader.read(source).streams:
                    for chunk in stream.read():
                        assert chunk.data.shape[1:] == stream.sample_shape
                        rows += len(chunk.data)
    with suppress(KinefuseError):
        scan = getattr(readers.get(name), "scan", None)
        if scan is not None:
            scan(file)
    return rows


@st.composite
def edited(draw, content):
    """Content with some bytes written over, cut out, moved or put in."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(content)))
        piece = draw(st.binary(max_size=9) | st.sampled_from(PIECES))
        match draw(st.sampled_from(["over", "in", "out", "again", "end", "bit"])):
            case "over":
                content[at : at + len(piece)] = piece
            case "in":
                content[at:at] = piece
            case "out":
                del content[at : at + draw(st.integers(1, 700))]
            case "again":
                content[at:at] = content[at : at + draw(st.integers(1, 1100))]
            case "end":
                del content[at:]
            case "bit" if at < len(content):
                content[at] ^= 1 << draw(st.integers(0, 7))
    return bytes(content)


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_are_read(name, tmp_path):
    reader, contents = WHOLE[name]
    for content in contents:
        (tmp_path / name).write_bytes(content)
        assert read(reader, tmp_path / name) > 50


@pytest.mark.parametrize("name", WHOLE)
@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_what_was_changed_gives_rows_or_an_error(name, data, tmp_path_factory):
    reader, contents = WHOLE[name]
    content = data.draw(edited(data.draw(st.sampled_from(contents))))
    file = tmp_path_factory.getbasetemp() / f"changed-{name}"
    file.write_bytes(content)
    assert read(reader, file) <= 4 * len(content)


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_what_was_changed_within_an_archive(data, tmp_path_factory):
    content = data.draw(edited(log()))
    info = data.draw(st.just(GT3X_INFO.encode()) | edited(GT3X_INFO.encode()))
    file = tmp_path_factory.getbasetemp() / "within.gt3x"
    file.write_bytes(archive(info, content))
    assert read("gt3x", file) <= 4 * len(content)


@pytest.mark.parametrize("name", WHOLE)
@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    st.binary(max_size=1500)
    | st.lists(st.sampled_from(PIECES) | st.binary(max_size=40), max_size=30).map(b"".join)
)
def test_random_bytes_give_rows_or_an_error(name, tmp_path_factory, content):
    file = tmp_path_factory.getbasetemp() / f"random-{name}"
    file.write_bytes(content)
    read(WHOLE[name][0], file)


MEASURED = """
import re, sys
from contextlib import suppress
from pathlib import Path
from kinefuse import readers
from kinefuse.errors import KinefuseError

def read(name, file):
    with suppress(KinefuseError):
        reader = readers.get(name)
        for source in reader.discover(file):
            for stream in reader.read(source).streams:
                for chunk in stream.read():
                    pass

def most_kb():  # of this process alone: getrusage counts what the one before exec had
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

name, small, hostile = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
read(name, small)
before = most_kb()
read(name, hostile)
print(most_kb() - before)
"""


def hostile():
    """Files that claim a billion of something, or unpack to much more than they are."""
    much = 2**28
    zeros = gzip.compress(bytes(much), 1)
    three, plain = cwa()[0], csv()[0]
    claims = bytearray(three)
    claims[1024 + 28 : 1024 + 30] = b"\xff\xff"  # samples of a block
    pages = geneactiv()[0].replace(b"Pages:3", b"Pages:1000000000")
    fast = pages.replace(b"Frequency:50", b"Frequency:1000000000")
    return {
        "samples.cwa": bytes(claims),
        "zeros.cwa.gz": gzip.compress(three) + zeros,
        "pages.bin": pages,
        "rate.bin": fast,
        "m.bin.gz": gzip.compress(parmay()[0] + b"MDTCPACK" + b"\0\xff\0\0" * 7) + zeros,
        "zeros.bin.gz": gzip.compress(geneactiv()[0]) + zeros,
        "rate.gt3x": archive(GT3X_INFO.replace("30\n", "1000000000\n", 1), log()),
        "zeros.gt3x": archive(GT3X_INFO, log() + bytes(much)),
        "info.gt3x": archive(GT3X_INFO + "x" * much, log()),
        "length.gt3x": archive(GT3X_INFO, log() + b"\x1e\x00" + b"\xff" * 6 + bytes(2**20)),
        "rate.csv": plain.replace(b"30 Hz", b"1000000000 Hz"),
        "line.csv.gz": gzip.compress(plain) + gzip.compress(b"1" * much, 1),
    }


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measured by Linux's /proc")
def test_memory_is_bounded_whatever_a_file_claims(tmp_path):
    grown = {}
    for name, content in hostile().items():
        kind = ("m" if name.startswith("m") else "a") + "." + name.split(".")[1]
        small = tmp_path / kind
        small.write_bytes(WHOLE[kind][1][0])
        (tmp_path / name).write_bytes(content)
        command = [sys.executable, "-c", MEASURED, WHOLE[kind][0], small, tmp_path / name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        grown[name] = int(done.stdout) // 1024
    assert max(grown.values()) < 200, grown
