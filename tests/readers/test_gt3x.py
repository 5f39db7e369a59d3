import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse import readers
from kinefuse.errors import ConfigError, FormatError

from .wearable_files import GT3X_INFO, pack_counts, pack_record, whole_counts, write_gt3x

RNG = np.random.default_rng(6)
START = 1_598_436_540


def read(path, **options):
    reader = readers.get("gt3x", **options)
    return [reader.read(source) for source in reader.discover(path)]


def joined(stream):
    chunks = list(stream.read())
    return np.concatenate([c.data for c in chunks]), np.concatenate([c.time_s for c in chunks])


def draw_counts(n):
    return RNG.integers(-2048, 2048, (n, 3))


def test_both_kinds_of_records(tmp_path):
    first, second, third = draw_counts(30), draw_counts(31), draw_counts(30)
    log = pack_record(6, START, b'{"MetadataType":"Bio"}')
    log += pack_counts(START, first) + pack_counts(START + 1, second)
    log += pack_record(26, START + 2, b"\1") + whole_counts(START + 9, third)
    write_gt3x(tmp_path / "a.gt3x", log)
    (recording,) = read(tmp_path)
    assert (recording.id, recording.subject) == ("a.gt3x", "s09")
    (stream,) = recording.streams
    assert (stream.name, stream.rate_hz, stream.units) == ("right_waist", 30.0, ("g",) * 3)
    data, time_s = joined(stream)
    expected = np.concatenate([first, second, third]) / 256
    np.testing.assert_array_equal(data, expected.astype(np.float32))
    seconds = [START + np.arange(30) / 30, START + 1 + np.arange(31) / 30]
    np.testing.assert_allclose(time_s[:61], np.concatenate(seconds), rtol=0, atol=1e-6)
    assert time_s[61] == START + 9
    assert not stream.counts


def test_what_is_damaged_is_a_gap_and_counted(tmp_path):
    seconds = [whole_counts(START + k, draw_counts(30)) for k in range(5)]
    seconds[2] = seconds[2][:40] + b"\0\1" + seconds[2][42:]
    file = write_gt3x(tmp_path / "a.gt3x", b"".join(seconds) + seconds[0][:50])
    (recording,) = read(file)
    _, time_s = joined(recording.streams[0])
    assert len(time_s) == 120
    assert dict(recording.streams[0].counts) == {"corrupt_blocks": 2, "truncated_bytes": 50}
    found = readers.get("gt3x").scan(file)
    assert found.faults == ((2, 1, "checksum"), (5, 1, "cut off"))
    assert (found.device, found.counts["blocks"]) == ("wGT3XBT", 4)
    assert found.metadata["Start Date"] == "2020-08-26T10:09:00"


def test_the_scale_is_the_files_or_the_devices(tmp_path):
    counts = RNG.integers(1, 2048, (30, 3))
    log = whole_counts(START, counts)

    def per_g(info, log=log):
        (recording,) = read(write_gt3x(tmp_path / "a.gt3x", log, info))
        return (counts / joined(recording.streams[0])[0]).mean()

    without = GT3X_INFO.replace("Acceleration Scale: 256.0\n", "")
    assert per_g(without) == pytest.approx(256, rel=1e-6)
    assert per_g(without.replace("MOS2", "NEO1")) == pytest.approx(341, rel=1e-6)
    assert per_g(GT3X_INFO.replace("256.0", "1000,5")) == pytest.approx(1000.5, rel=1e-6)
    # 2048 counts a g, as ActiGraph's example of IMU_ACCEL_SCALE has it.
    parameters = pack_record(21, START, bytes([0, 0, 55, 0, 0, 0, 0x40, 12]))
    assert per_g(GT3X_INFO, parameters + log) == pytest.approx(2048, rel=1e-6)
    with pytest.raises(FormatError, match="expected an acceleration scale"):
        per_g(without.replace("MOS2", "TAS1"))


@pytest.mark.parametrize(
    ("log", "info", "message"),
    [
        (None, GT3X_INFO, r"expected log\.bin in the archive, got info\.txt"),
        (b"", None, r"expected info\.txt in the archive, got log\.bin"),
        (b"", GT3X_INFO, "none among 0"),
        (b"noise", GT3X_INFO, "record 0: no record where one should begin"),
        (b"", GT3X_INFO.replace("30", "none"), "expected a Sample Rate in Hz, got 'none'"),
    ],
)
def test_other_archives_are_refused(log, info, message, tmp_path):
    file = write_gt3x(tmp_path / "a.gt3x", log, info)
    with pytest.raises(FormatError, match=message):
        read(file)


def test_other_files_are_refused(tmp_path):
    file = write_gt3x(tmp_path / "a.gt3x", whole_counts(START, draw_counts(3000)))
    content = file.read_bytes()
    file.write_bytes(content[:-30])
    with pytest.raises(FormatError, match=r"a\.gt3x: not a whole \.gt3x archive"):
        read(file)
    file.write_bytes(content[1:])
    with pytest.raises(FormatError, match=r"a\.gt3x: not a whole \.gt3x archive"):
        read(file)
    file.write_bytes(content[:2000] + b"x" * 500 + content[2500:])
    with pytest.raises(FormatError, match=r"a\.gt3x: not a whole .gt3x archive"):
        joined(read(file)[0].streams[0])
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("activity.bin", b"")
        archive.writestr("info.txt", GT3X_INFO)
    with pytest.raises(FormatError, match="first generation"):
        read(file)
    with pytest.raises(ConfigError, match="only acceleration"):
        readers.get("gt3x", auxiliary=True)


@settings(max_examples=50, deadline=None)
@given(
    lengths=st.lists(st.tuples(st.integers(1, 100), st.booleans()), min_size=1, max_size=6),
    junk=st.binary(max_size=60),
)
def test_any_log_comes_back_whatever_follows_it(tmp_path_factory, lengths, junk):
    counts = [draw_counts(n) for n, _ in lengths]
    log = b"".join(
        (pack_counts if packed else whole_counts)(START + k, counts[k])
        for k, (_, packed) in enumerate(lengths)
    )
    file = write_gt3x(tmp_path_factory.getbasetemp() / "any.gt3x", log + junk)
    (recording,) = read(file)
    data, _ = joined(recording.streams[0])
    expected = np.concatenate(counts) / 256
    np.testing.assert_array_equal(data[: len(expected)], expected.astype(np.float32))
