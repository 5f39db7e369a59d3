import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse import readers
from kinefuse.errors import ConfigError, FormatError

from .wearable_files import geneactiv_page, parmay_header, parmay_packet

RNG = np.random.default_rng(9)
START = 1_700_000_000


def draw(n):
    return RNG.integers(-32768, 32768, (n, 3))


def scaled(counts, full):
    return counts * (full / np.where(counts < 0, 32768, 32767))


def write(path, packets, **header):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(parmay_header(len(packets), **header) + bytes(500) + b"".join(packets))
    return path


def read(path, **options):
    reader = readers.get("parmay-matrix", **options)
    return [reader.read(source) for source in reader.discover(path)]


def joined(stream):
    chunks = list(stream.read())
    return np.concatenate([c.data for c in chunks]), np.concatenate([c.time_s for c in chunks])


def test_acceleration_and_stamps(tmp_path):
    first, second = draw(1000), draw(501)
    packets = [
        parmay_packet(START, START + 20, first, temperature=3, heart=2),
        parmay_packet(START + 20, START + 30, second),
    ]
    file = write(tmp_path / "s1/a.bin", packets)
    (recording,) = read(tmp_path, pattern="{subject}/{_}.bin")
    (stream,) = recording.streams
    assert (recording.subject, stream.name, stream.rate_hz) == ("s1", "matrix", 50.0)
    data, time_s = joined(stream)
    expected = scaled(np.concatenate([first, second]), 8.0)
    np.testing.assert_allclose(data, expected, rtol=2e-7)
    times = [START + np.arange(1000) / 50, START + 20 + np.arange(501) * 10 / 501]
    np.testing.assert_allclose(time_s, np.concatenate(times), rtol=0, atol=1e-6)
    assert not stream.counts
    found = readers.get("parmay-matrix").scan(file)
    assert (found.device, found.rate_hz, found.metadata["remarks"]) == ("Matrix", 50.0, "wrist")
    assert (found.counts["blocks"], found.counts["rows"]) == (2, 1501)


def test_a_gyroscope_has_samples_of_its_own(tmp_path):
    acc, gyro = draw(250), draw(240)
    file = write(tmp_path / "a.bin", [parmay_packet(START, START + 20, acc, gyro)])
    packed = tmp_path / "packed/a.bin.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(file.read_bytes()))
    for path in (file, packed):
        motion, turning = read(path)[0].streams
        assert (motion.rate_hz, turning.units) == (12.5, ("rad/s",) * 3)
        assert turning.channels == ("gyro_x", "gyro_y", "gyro_z")
        data, time_s = joined(turning)
        np.testing.assert_allclose(data, np.radians(scaled(gyro, 2000.0)), rtol=2e-7)
        np.testing.assert_allclose(time_s, START + np.arange(240) / 12, rtol=0, atol=1e-6)
        assert len(joined(motion)[0]) == 250


def test_what_is_damaged_is_a_gap_and_counted(tmp_path):
    packets = [parmay_packet(START + 10 * k, START + 10 * k + 10, draw(1000)) for k in range(5)]
    packets[1] = packets[1][:500] + bytes([packets[1][500] ^ 1]) + packets[1][501:]
    packets[4] = packets[4][:900]
    file = write(tmp_path / "a.bin", packets)
    (stream,) = read(file)[0].streams
    _, time_s = joined(stream)
    assert len(time_s) == 3000
    assert np.flatnonzero(np.diff(time_s) > 1).tolist() == [999]
    assert dict(stream.counts) == {"corrupt_blocks": 2, "truncated_bytes": 900}
    faults = readers.get("parmay-matrix").scan(file).faults
    assert faults == ((1, 1, "checksum"), (4, 1, "cut off"))


def test_two_kinds_of_devices_write_bin(tmp_path):
    write(tmp_path / "a.bin", [parmay_packet(START, START + 10, draw(500))])
    page = geneactiv_page(draw(300) >> 4, draw(100).ravel() >> 8, sequence=0, start_s=START)
    (tmp_path / "b.bin").write_text("Device Identity\n" + page)
    assert readers.recognize(tmp_path) == [
        ("geneactiv", "1 of 2 files begin as GENEActiv writes them"),
        ("parmay-matrix", "1 of 2 files have the mark of a Matrix"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file ends within"),
        (b"x" * 2000, "byte 512: expected MDTC"),
        (parmay_header(3), "got none among 0"),
        (parmay_header(3, range_g=0), "byte 520: expected a range in g, got 0"),
        (parmay_header(1) + parmay_packet(START, START, draw(9)), "packet 0: time"),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    (tmp_path / "a.bin").write_bytes(content)
    with pytest.raises(FormatError, match=rf"a\.bin: .*{message}"):
        read(tmp_path / "a.bin")
    with pytest.raises(ConfigError, match="only motion"):
        readers.get("parmay-matrix", auxiliary=True)


@settings(max_examples=50, deadline=None)
@given(lengths=st.lists(st.integers(1, 400), min_size=1, max_size=6), junk=st.binary(max_size=60))
def test_any_packets_come_back_whatever_follows(tmp_path_factory, lengths, junk):
    counts = [draw(n) for n in lengths]
    packets = [
        parmay_packet(START + 10 * k, START + 10 * k + 10, one) for k, one in enumerate(counts)
    ]
    file = write(tmp_path_factory.getbasetemp() / "any.bin", [*packets, junk])
    data, time_s = joined(read(file)[0].streams[0])
    np.testing.assert_allclose(data, scaled(np.concatenate(counts), 8.0), rtol=2e-7)
    assert (np.diff(time_s) > 0).all()
