import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse import readers
from kinefuse.errors import FormatError

from .wearable_files import GENEACTIV_HEADER, geneactiv_page

RNG = np.random.default_rng(4)
START_S = 1_558_455_403.5
GAIN, OFFSET = np.array([25522, 25457, 24829]), np.array([272, -1129, 101])


def draw_pages(n):
    counts = RNG.integers(-2048, 2048, (n, 300, 3))
    light = RNG.integers(0, 4096, (n, 300))
    pages = [
        geneactiv_page(counts[k], light[k], sequence=k, start_s=START_S + 6 * k) for k in range(n)
    ]
    return counts.reshape(-1, 3), light.ravel(), pages


def write(path, pages, promised=None):
    header = GENEACTIV_HEADER.format(pages=len(pages) if promised is None else promised)
    path.write_text(header + "".join(pages), newline="\r\n")
    return path


def read(path, **options):
    reader = readers.get("geneactiv", **options)
    return [reader.read(source) for source in reader.discover(path)]


def joined(stream):
    chunks = list(stream.read())
    return np.concatenate([c.data for c in chunks]), np.concatenate([c.time_s for c in chunks])


def test_acceleration_light_and_auxiliary(tmp_path):
    counts, light, pages = draw_pages(4)
    write(tmp_path / "a.bin", pages)
    (recording,) = read(tmp_path, auxiliary=True)
    assert (recording.id, recording.subject) == ("a.bin", "0001")
    acceleration, lux, auxiliary = recording.streams
    assert (acceleration.name, acceleration.rate_hz) == ("left_wrist", 50.0)
    data, time_s = joined(acceleration)
    np.testing.assert_array_equal(data, ((counts * 100 - OFFSET) / GAIN).astype(np.float32))
    np.testing.assert_allclose(time_s, START_S + np.arange(1200) / 50, rtol=0, atol=1e-6)
    data, _ = joined(lux)
    assert lux.channels == ("light", "button")
    np.testing.assert_allclose(data[:, 0], (light >> 2) * (886 / 42), rtol=1e-6)
    np.testing.assert_array_equal(data[:, 1], light >> 1 & 1)
    data, time_s = joined(auxiliary)
    np.testing.assert_allclose(data, [[28.2, 4.1642]] * 4, rtol=1e-6)
    np.testing.assert_allclose(time_s, START_S + 6 * np.arange(4))
    assert not any(stream.counts for stream in recording.streams)


def test_what_is_missing_is_a_gap_and_counted(tmp_path):
    _, _, pages = draw_pages(6)
    pages[1] = pages[1].replace("Page Time:2019", "Page Time:2o19")
    pages[3] = pages[3].replace("0", "?")
    file = write(tmp_path / "a.bin", [*pages[:5], pages[5][:900]], promised=9)
    (recording,) = read(file)
    (stream,) = recording.streams
    _, time_s = joined(stream)
    assert len(time_s) == 900
    assert (np.diff(time_s) > 1).sum() == 2
    counts = dict(stream.counts)
    assert counts.pop("truncated_bytes") > 0
    assert counts == {"corrupt_blocks": 3, "missing_blocks": 3}
    found = readers.get("geneactiv").scan(file)
    assert [fault[:2] for fault in found.faults] == [(1, 1), (3, 1), (5, 1)]
    assert found.faults[2].reason == "no line of samples"
    assert found.metadata["Time Zone"] == "GMT -04:00"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "ends within its header"),
        ("GENEA/1.00\r\nSerial-Number:01275\r\n", "GENEA/1.00"),
        (GENEACTIV_HEADER.format(pages=1).replace("z gain:24829", ""), 'expected "z gain"'),
        (GENEACTIV_HEADER.format(pages=0) + "Recorded Data\nPage Time:x\n", "no line of samples"),
    ],
)
def test_other_files_are_refused(content, message, tmp_path):
    file = tmp_path / "a.bin"
    file.write_text(content + ("Recorded Data\n" if "gain" in message else ""))
    with pytest.raises(FormatError, match=message):
        read(file)


def test_files_are_known_by_their_beginning(tmp_path):
    write(tmp_path / "a.bin", draw_pages(1)[2])
    (tmp_path / "model.bin").write_bytes(bytes(100))
    (match,) = readers.recognize(tmp_path)
    assert match == ("geneactiv", "1 of 2 files begin as GENEActiv writes them")


@settings(max_examples=100, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=30)), max_size=6),
    cut=st.integers(0, 10**5),
)
def test_damaged_files_are_read_or_refused(tmp_path_factory, changes, cut):
    base = tmp_path_factory.getbasetemp()
    content = write(base / "whole.bin", PAGES).read_bytes()
    for at, with_what in changes:
        at %= len(content)
        content = content[:at] + with_what + content[at + len(with_what) :]
    file = base / "damaged.bin"
    file.write_bytes(content[: len(content) - cut] if cut < len(content) else content)
    try:
        counts, refused = readers.get("geneactiv").scan(file).counts, ""
    except FormatError as error:
        counts, refused = None, str(error)
    if counts is None:
        assert str(file) in refused
    else:
        assert 1 <= counts["blocks"] <= 3
        assert counts["rows"] == 300 * counts["blocks"]


PAGES = draw_pages(3)[2]
