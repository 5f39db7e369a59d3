"""Recordings of wearable devices against what others decoded of them."""

import struct
import zipfile
import zlib

import numpy as np
import pytest
from tests.readers.wearable_files import decode_cwa

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import FormatError

from .recordings import folder

pytestmark = pytest.mark.real

CORRUPT = "ax3_testfile_corrupt_blocks_0_13_14_142_143_144.cwa"


def load(reader, file, **options):
    """Return what the streams of a file hold, by modality."""
    reader = readers.get(reader, **options)
    (source,) = reader.discover(file)
    found = {}
    for stream in reader.read(source).streams:
        chunks = list(stream.read())
        data = np.concatenate([chunk.data for chunk in chunks])
        found[stream.modality] = data, np.concatenate([chunk.time_s for chunk in chunks])
    return found


@pytest.mark.parametrize("device", ["ax3", "ax6"])
def test_axivity_is_what_scikit_digital_health_decodes(device):
    """Values to the six decimals that it keeps, stamps to its four by its own rule, near by ours.

    It leaves out the fraction of a second, less than a sample, and takes the nominal rate within
    a block, which adds what the device is off it.
    """
    path = folder("actigraphy-raw") / "skdh"
    file = path / f"{device}_sample.cwa"
    truth = np.load(path / f"{device}_data.npz", allow_pickle=False)
    found = load("axivity", file, auxiliary=True)
    data, time_s = found["inertial"]
    np.testing.assert_allclose(data[:, :3], truth["accel"], rtol=0, atol=5.2e-7)
    if device == "ax6":
        degrees = np.degrees(data[:, 3:].astype(float))
        # Its scale is a number of single precision.
        np.testing.assert_allclose(degrees, truth["gyro"], rtol=2e-7, atol=5.2e-7)
    slow, whole_s, counts = decode_cwa(file.read_bytes(), stamps="whole")
    np.testing.assert_allclose(truth["time"], whole_s, rtol=0, atol=5.1e-5)
    _, fraction_s, _ = decode_cwa(file.read_bytes(), stamps="fraction")
    np.testing.assert_allclose(time_s, fraction_s, rtol=0, atol=1e-6)
    rate = truth["fs"][0]
    off = (time_s - truth["time"]) * rate
    assert off.min() > -1
    assert off.max() < 3
    assert len(slow) == len(data)
    # Three formulas for one sensor's counts are about: the maker's is ours.
    celsius = found["auxiliary"][0][:, 0]
    np.testing.assert_allclose((celsius + 50) * 256 / 75, counts, atol=1e-4)
    per_block = truth["temperature"].reshape(len(counts), -1)[:, 0]
    np.testing.assert_allclose(per_block * 3.142 + 171, counts, atol=1e-3)


def test_axivity_stamps_are_even_though_blocks_begin_anywhere():
    for name, hz in (("ax3_testfile.cwa", 98.86), ("ax6_testfile.cwa", 99.03)):
        _, time_s = load("axivity", folder("actigraphy-raw") / name)["inertial"]
        steps = np.diff(time_s)
        assert (len(steps) / (time_s[-1] - time_s[0])) == pytest.approx(hz, abs=0.02)
        assert steps.min() > 0.95 / hz
        assert steps.max() < 1.05 / hz


def test_axivity_corrupt_blocks_are_located_and_leave_gaps():
    path = folder("actigraphy-raw")
    found = readers.get("axivity").scan(path / CORRUPT)
    assert [(fault.block, fault.blocks) for fault in found.faults] == [(0, 1), (13, 2), (142, 3)]
    assert found.counts["missing_blocks"] == 0
    whole, whole_s = load("axivity", path / "ax3_testfile.cwa")["inertial"]
    data, time_s = load("axivity", path / CORRUPT)["inertial"]
    kept = np.ones(145, dtype=bool)
    kept[[0, 13, 14, 142, 143, 144]] = False
    rows = np.repeat(kept, 120)
    np.testing.assert_array_equal(data, whole[rows])
    # The block before a gap is spread as the one before it.
    np.testing.assert_allclose(time_s, whole_s[rows], atol=2e-3)


def test_geneactiv_is_what_scikit_digital_health_decodes():
    path = folder("actigraphy-raw") / "skdh"
    truth = np.load(path / "gnactv_data.npz", allow_pickle=False)
    found = load("geneactiv", path / "gnactv_sample.bin", auxiliary=True)
    data, time_s = found["inertial"]
    # It keeps four decimals.
    np.testing.assert_allclose(data, truth["accel"], rtol=0, atol=5.01e-5)
    np.testing.assert_allclose(time_s, truth["time"], rtol=0, atol=1e-6)
    light = found["light"][0][:, 0]
    np.testing.assert_array_equal(np.floor(light + 1e-3), truth["light"])
    celsius = np.repeat(found["auxiliary"][0][:, 0], 300)
    np.testing.assert_allclose(celsius, truth["temperature"], rtol=1e-6)


def test_geneactiv_file_that_was_cut():
    found = readers.get("geneactiv").scan(folder("actigraphy-raw") / "GENEActiv_testfile.bin")
    assert found.rate_hz == 85.7
    assert found.counts["blocks"] == 16
    assert found.counts["missing_blocks"] == 222_048 - 17
    assert found.counts["truncated_bytes"] > 0


def test_actigraph_is_what_a_slow_decoder_of_the_description_gives():
    file = folder("actigraphy-raw") / "actigraph_testfile.gt3x"
    with zipfile.ZipFile(file) as archive:
        log = archive.read("log.bin")
    expected, times, at = [], [], 0
    while at < len(log):
        separator, kind, second, size = struct.unpack_from("<BBIH", log, at)
        assert separator == 0x1E
        payload = log[at + 8 : at + 8 + size]
        at += 9 + size
        if kind == 26 and size > 1:
            counts = np.frombuffer(payload, "<i2").reshape(-1, 3)
        elif kind == 0 and size > 1:
            bits = np.unpackbits(np.frombuffer(payload, np.uint8))
            words = bits[: len(bits) // 36 * 36].reshape(-1, 12) @ (1 << np.arange(11, -1, -1))
            counts = ((words ^ 0x800) - 0x800).reshape(-1, 3)[:, [1, 0, 2]]
        else:
            continue
        expected.append(counts / 256)
        times.append(second + np.arange(len(counts)) / 30)
    data, time_s = load("gt3x", file)["inertial"]
    np.testing.assert_array_equal(data, np.concatenate(expected).astype(np.float32))
    np.testing.assert_allclose(time_s, np.concatenate(times), rtol=0, atol=1e-6)
    found = readers.get("gt3x").scan(file)
    assert not found.faults
    assert found.counts["blocks"] == len(expected)
    assert np.median(np.linalg.norm(data, axis=1)) == pytest.approx(1, abs=0.05)


# Rows that GGIRread makes of them, at the nominal rate, by its tests.
@pytest.mark.parametrize(
    ("name", "rate_hz", "packets", "rows"),
    [
        ("mtx_12.5Hz_acc.BIN", 12.5, 2, 12587),
        ("mtx_25Hz_acc_HR.BIN", 25, 4, 24525),
        ("mtx_100Hz_acc_HR_temp.BIN", 100, 4, 39400),
        ("mtx_12.5Hz_acc_gyro.BIN", 12.5, 1, 1425),
    ],
)
def test_matrix_is_what_a_slow_decoder_of_the_description_gives(name, rate_hz, packets, rows):
    file = folder("actigraphy-raw") / name
    found = readers.get("parmay-matrix").scan(file)
    assert (found.rate_hz, found.counts["blocks"], found.faults) == (rate_hz, packets, ())
    (source,) = readers.get("parmay-matrix").discover(file)
    expected = decode_matrix(file.read_bytes())
    streams = readers.get("parmay-matrix").read(source).streams
    assert len(streams) == len(expected)
    for stream, (counts, full) in zip(streams, expected, strict=True):
        chunks = list(stream.read())
        data = np.concatenate([chunk.data for chunk in chunks])
        time_s = np.concatenate([chunk.time_s for chunk in chunks])
        scale = full / np.where(counts < 0, 32768, 32767)
        np.testing.assert_allclose(data, counts * scale, rtol=2e-7)
        step = time_s[-1] - time_s[-2]
        assert int((time_s[-1] + step - time_s[0]) * rate_hz + 1e-3) == rows
        if full == 8:
            assert np.median(np.linalg.norm(data, axis=1)) == pytest.approx(1, abs=0.05)


def decode_matrix(file):
    range_g, range_dps = struct.unpack_from("<HH", file, 520)
    kinds = ([], [])
    for packet in file.split(b"MDTCPACK")[1:]:
        n_acc, n_gyro = struct.unpack_from("<2I", packet, 12)
        assert struct.unpack_from("<I", packet)[0] == zlib.crc32(packet[4:])
        values = np.frombuffer(packet, "<i2", 3 * (n_acc + n_gyro), 28).reshape(-1, 3)
        kinds[0].append(values[:n_acc])
        kinds[1].append(values[n_acc:])
    scales = range_g, np.radians(range_dps)
    found = [np.concatenate(parts).astype(float) for parts in kinds]
    return [(values, full) for values, full in zip(found, scales, strict=True) if len(values)]


def test_matrix_packets_that_are_corrupt_are_located():
    path = folder("actigraphy-raw")
    found = readers.get("parmay-matrix").scan(path / "mtx_corrupted.bin")
    assert [(fault.block, fault.reason) for fault in found.faults] == [(0, "checksum")]
    assert (found.counts["blocks"], found.counts["corrupt_blocks"]) == (3, 1)
    with pytest.raises(FormatError, match=r"mtx_corrupted_full\.bin: byte 512: expected MDTC"):
        readers.get("parmay-matrix").scan(path / "mtx_corrupted_full.bin")


def test_actigraph_tables_of_counts_are_refused():
    with pytest.raises(FormatError, match=r"expected raw acceleration, got counts by epochs"):
        load("actigraph-csv", folder("actigraphy-raw") / "ActiGraph13.csv")


def test_a_store_of_them(tmp_path):
    path = folder("actigraphy-raw")
    report = ingest(
        readers.get("axivity", fixed={"activity": "unknown"}),
        path / CORRUPT,
        tmp_path / "store",
        rate_hz={"inertial": 50},
    )
    assert report.counts["corrupt_blocks"] == 6
    store = MotionStore(tmp_path / "store")
    assert store.schema["inertial"].units == ("g", "g", "g")
    assert report.gaps >= 1
