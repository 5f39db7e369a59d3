import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import ConfigError, FormatError

from .wearable_files import cwa_block, cwa_header, decode_cwa

RNG = np.random.default_rng(3)
START_S = 1_551_178_506.3
TRUE_HZ = 98.5


def blocks(n, *, gyroscope=False, skip=()):
    """Blocks that follow on, at a little less than 100 Hz."""
    rows = 40 if gyroscope else 120
    made = []
    for k in range(n):
        start_s = START_S + k * rows / TRUE_HZ
        if gyroscope:
            counts = RNG.integers(-32768, 32768, (rows, 6))
            made.append(cwa_block(counts, sequence=k, start_s=start_s, scales=0x7400))
        else:
            counts = RNG.integers(-512, 512, (rows, 3))
            exponent = RNG.integers(0, 4, rows)
            made.append(cwa_block(counts, sequence=k, start_s=start_s, exponent=exponent))
    return [block for k, block in enumerate(made) if k not in skip]


def write(path, made, **header):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cwa_header(**header) + b"".join(made))
    return path


def read(path, **options):
    reader = readers.get("axivity", **options)
    return [reader.read(source) for source in reader.discover(path)]


def joined(stream):
    chunks = list(stream.read())
    return np.concatenate([c.data for c in chunks]), np.concatenate([c.time_s for c in chunks])


def test_acceleration_stamps_and_notes(tmp_path):
    file = write(tmp_path / "a.cwa", blocks(5))
    (recording,) = read(tmp_path)
    assert (recording.id, recording.subject, recording.dataset) == ("a.cwa", "s07", "axivity")
    (stream,) = recording.streams
    assert (stream.name, stream.modality, stream.rate_hz) == ("right_wrist", "inertial", 100.0)
    assert (stream.channels, stream.units) == (("acc_x", "acc_y", "acc_z"), ("g",) * 3)
    data, time_s = joined(stream)
    expected, times, _ = decode_cwa(file.read_bytes(), stamps="fraction")
    np.testing.assert_array_equal(data, expected.astype(np.float32))
    np.testing.assert_allclose(time_s, times, rtol=0, atol=1e-6)
    assert np.diff(time_s).max() < 1.001 / TRUE_HZ
    assert not stream.counts


def test_a_gyroscope_is_in_rad_per_s(tmp_path):
    file = write(tmp_path / "a.cwa", blocks(4, gyroscope=True), gyroscope=True)
    (recording,) = read(file)
    (stream,) = recording.streams
    assert stream.channels[3:] == ("gyro_x", "gyro_y", "gyro_z")
    assert stream.units[2:4] == ("g", "rad/s")
    data, _ = joined(stream)
    expected, _, _ = decode_cwa(file.read_bytes(), stamps="fraction")
    np.testing.assert_array_equal(data[:, :3], expected[:, :3].astype(np.float32))
    np.testing.assert_allclose(data[:, 3:], np.radians(expected[:, 3:]), rtol=2e-7)


def test_auxiliary_has_a_row_a_block(tmp_path):
    file = write(tmp_path / "a.cwa", blocks(5))
    (recording,) = read(file, auxiliary=True)
    _, stream = recording.streams
    assert (stream.modality, stream.channels) == ("auxiliary", ("temperature", "light", "battery"))
    data, time_s = joined(stream)
    expected = [258 * 75 / 256 - 50, 0x11B, (190 + 512) * 6 / 1024]
    np.testing.assert_allclose(data, [expected] * 5, rtol=1e-6)
    np.testing.assert_allclose(np.diff(time_s), 120 / TRUE_HZ, atol=1e-4)
    assert not stream.counts


def test_what_is_missing_is_a_gap_and_counted(tmp_path):
    made = blocks(9, skip=(4,))
    made[1] = made[1][:100] + b"?" + made[1][101:]
    made[2] = bytes(512)
    file = write(tmp_path / "a.cwa", [*made, b"AX and no more"])
    (recording,) = read(file)
    (stream,) = recording.streams
    _, time_s = joined(stream)
    assert len(time_s) == 6 * 120
    assert dict(stream.counts) == {
        "corrupt_blocks": 2,
        "missing_blocks": 1,
        "truncated_bytes": 14,
    }
    steps = np.diff(time_s)
    assert (steps > 0.1).sum() == 2
    # No two blocks follow on by then: their samples are spread at the nominal rate.
    lasts = 119 * TRUE_HZ / 100
    np.testing.assert_allclose(steps[[119, 239]] * TRUE_HZ, [360 - lasts, 240 - lasts], atol=0.01)
    found = readers.get("axivity").scan(file)
    assert (found.device, found.rate_hz, found.counts["blocks"]) == ("AX3", 100.0, 6)
    assert found.faults == ((1, 1, "checksum"), (2, 1, "no known kind of block"))
    assert found.metadata["device_id"] == 39434
    assert found.metadata["notes"] == {"placement": "right wrist", "subject_code": "s07"}
    assert found.metadata["start_time"] == "2019-02-26T10:55:07"


def test_pieces_are_put_together(tmp_path, monkeypatch):
    file = write(tmp_path / "a.cwa", blocks(9))
    whole, whole_s = joined(read(file)[0].streams[0])
    monkeypatch.setattr("kinefuse.readers.block_files._MAX_PIECE", 700)
    chunks = list(read(file)[0].streams[0].read())
    assert len(chunks) > 5
    np.testing.assert_array_equal(np.concatenate([chunk.data for chunk in chunks]), whole)
    np.testing.assert_array_equal(np.concatenate([chunk.time_s for chunk in chunks]), whole_s)
    read_so_far = [chunk.bytes_read for chunk in chunks]
    assert read_so_far == sorted(read_so_far)
    assert read_so_far[-1] == file.stat().st_size


def test_compressed_files_are_the_same(tmp_path):
    file = write(tmp_path / "a.cwa", blocks(3))
    packed = tmp_path / "packed/a.cwa.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(file.read_bytes()))
    (plain,), (gz,) = read(file), read(packed.parent)
    for one, other in zip(joined(plain.streams[0]), joined(gz.streams[0]), strict=True):
        np.testing.assert_array_equal(one, other)
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(FormatError, match=r"a\.cwa\.gz: not a whole gzip file"):
        joined(read(packed.parent)[0].streams[0])


def test_devices_worn_together_are_streams_of_one_recording(tmp_path):
    for stream in ("hip", "wrist"):
        write(tmp_path / f"s01/day1_{stream}.cwa", blocks(20))
    write(tmp_path / "other.cwa", blocks(1))
    options = {"pattern": "{subject}/{session}_{stream}.cwa", "fixed": {"activity": "walking"}}
    (recording,) = read(tmp_path, **options)
    assert (recording.id, recording.session, recording.activity) == ("s01_day1", "day1", "walking")
    assert [stream.name for stream in recording.streams] == ["hip", "wrist"]
    reader = readers.get("axivity", **options)
    report = ingest(reader, tmp_path, tmp_path / "store", rate_hz={"inertial": 50})
    assert report.recordings == 1
    assert reader.ignored == ("other.cwa",)
    channels = MotionStore(tmp_path / "store").schema["inertial"].channels
    assert channels[2:4] == ("hip.acc_z", "wrist.acc_x")


def test_the_subject_is_what_the_file_says_or_its_name(tmp_path):
    write(tmp_path / "p12.cwa", blocks(1), notes="")
    (recording,) = read(tmp_path)
    assert recording.subject == "p12"
    assert recording.streams[0].name == "ax3"
    assert read(tmp_path, fixed={"subject": "x"})[0].subject == "x"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"a\.cwa: expected an Axivity file with a header of 1024 bytes, got 0 bytes"),
        (b"RIFF" + bytes(2000), "begins with"),
        (cwa_header(), "none that is sound among 0"),
        (cwa_header() + bytes(512), "block 0: no known kind of block"),
    ],
)
def test_other_files_are_refused(content, message, tmp_path):
    file = tmp_path / "a.cwa"
    file.write_bytes(content)
    with pytest.raises(FormatError, match=message):
        read(file)
    with pytest.raises(FormatError, match=message):
        readers.get("axivity").scan(file)


def test_settings_that_make_no_sense_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="fixed: expected some of"):
        readers.get("axivity", fixed={"person": "1"})
    with pytest.raises(FileNotFoundError, match="axivity: no such"):
        read(tmp_path / "none")
    with pytest.raises(FormatError, match=r"expected \.cwa"):
        read(tmp_path)


def test_files_are_known_by_their_beginning(tmp_path):
    write(tmp_path / "a.cwa", blocks(1))
    (tmp_path / "b.cwa").write_bytes(b"something else")
    (match,) = readers.recognize(tmp_path)
    assert match == ("axivity", "1 of 2 files begin as Axivity writes them")


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_recording_comes_back(tmp_path_factory, data):
    draw = data.draw
    packed = draw(st.booleans())
    axes = 3 if packed else draw(st.sampled_from([3, 6]))
    rate_code = draw(st.integers(6, 12)) | draw(st.integers(0, 3)) << 6
    scales = draw(st.integers(0, 7)) << 13 | draw(st.integers(1, 5)) << 10
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    made, sequence, start_s = [], 0, START_S
    for _ in range(draw(st.integers(1, 8))):
        n = draw(st.integers(1, 120 if packed else 240 // axes))
        counts = (
            rng.integers(-512, 512, (n, 3)) if packed else rng.integers(-32768, 32768, (n, axes))
        )
        exponent = rng.integers(0, 4, n) if packed else None
        made.append(
            cwa_block(counts, sequence=sequence, start_s=start_s, rate_code=rate_code,
                      scales=scales, exponent=exponent)
        )  # fmt: skip
        sequence += draw(st.integers(2, 5))
        start_s += draw(st.floats(30, 500))
    file = write(tmp_path_factory.mktemp("cwa") / "a.cwa", made)
    (recording,) = read(file)
    samples, time_s = joined(recording.streams[0])
    expected, times, _ = decode_cwa(file.read_bytes(), stamps="fraction")
    np.testing.assert_array_equal(samples[:, :3], expected[:, :3].astype(np.float32))
    np.testing.assert_allclose(samples[:, 3:], np.radians(expected[:, 3:]), rtol=2e-7)
    np.testing.assert_allclose(time_s, times, rtol=0, atol=2e-6)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=3000), header=st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path_factory, content, header):
    file = tmp_path_factory.getbasetemp() / "any.cwa"
    file.write_bytes((cwa_header() if header else b"") + content)
    with pytest.raises(FormatError, match=r"any\.cwa"):
        readers.get("axivity").scan(file)
