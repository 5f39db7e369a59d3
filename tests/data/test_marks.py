"""What was repaired, filled and clipped is placed where it was, in few stretches."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse import readers
from kinefuse.data import MotionStore, Recording, Stream, ingest, merge
from kinefuse.data.chunked import Chunk, ChunkedStream
from kinefuse.data.marks import MOST, Marks, join_spans
from kinefuse.data.sources import SOURCES, read_sources
from kinefuse.data.timeline import build_timeline
from kinefuse.readers import Source

RATE = 50.0
STAMPS = ("not_a_number", "repeated", "spread", "backward")

spans = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(0, 50)).map(lambda s: (s[0], s[0] + s[1])),
    min_size=1, max_size=60,
)  # fmt: skip


@settings(deadline=None)
@given(spans, st.integers(1, 30))
def test_joined_spans_cover_what_they_covered_and_the_widest_spaces_stay(given, most):
    joined = join_spans(np.array(given, dtype=float), most)
    assert 1 <= len(joined) <= most
    assert (joined[1:, 0] > joined[:-1, 1]).all()
    for begin, end in given:
        assert any(b <= begin and end <= e for b, e in joined)
    # Naively: every second that is covered; the spaces between runs, the widest first.
    covered = np.zeros(2200, dtype=bool)
    for begin, end in given:
        covered[2 * begin : 2 * end + 1] = True
    edges = np.flatnonzero(np.diff(covered, prepend=False, append=False))
    spaces = sorted((edges[2::2] - edges[1:-1:2]).tolist(), reverse=True)
    left = sorted((2 * (joined[1:, 0] - joined[:-1, 1]) - 1).astype(int).tolist(), reverse=True)
    assert left == spaces[: most - 1]


def test_there_are_never_more_than_so_many():
    marks = Marks()
    for at in range(0, 100_000, 10):
        marks.add("filled", [[at, at + 1.0 + at / 1e5]])
    (found,) = marks.to_dict().values()
    assert len(found) == MOST
    assert (found[0][0], found[-1][1]) == (0, pytest.approx(99_991, abs=1))


class Worn:
    """A sensor that hits its end, whose clock jumps, stands still, and leaves holes and gaps."""

    name = "worn"
    classes = ()

    def __init__(self, change=lambda stream: stream, n=1):
        self.change, self.n = change, n

    def settings(self):
        return {}

    def discover(self, path):
        return [Source(f"take{number}") for number in range(self.n)]

    def read(self, source):
        rows = 6000
        time_s = 100 + np.arange(rows) / RATE
        data = np.random.default_rng(3).normal(size=(rows, 3))
        data[1000:1100, 0] = 8.0  # 120 s to 122 s
        time_s[2000] = np.nan  # 140 s
        time_s[2500] += 1000.0  # 150 s
        time_s[3001] = time_s[3000]  # 160 s
        keep = np.ones(rows, dtype=bool)
        keep[3500:3515] = False  # 170 s, 0.3 s: filled
        keep[4000:4200] = False  # 180 s, 4 s: a gap
        stream = Stream(
            name="wrist",
            modality="inertial",
            data=data[keep],
            channels=("acc_x", "acc_y", "acc_z"),
            units="g",
            rate_hz=RATE,
            time_s=time_s[keep],
        )
        return Recording(id=source.name, dataset="worn", subject="1", streams=[self.change(stream)])


def chunked(stream, size=700):
    def chunks():
        for begin in range(0, len(stream.data), size):
            rows = slice(begin, begin + size)
            yield Chunk(data=stream.data[rows], time_s=stream.time_s[rows])

    return ChunkedStream(
        name=stream.name, modality=stream.modality, channels=stream.channels, units=stream.units,
        rate_hz=stream.rate_hz, sample_shape=(3,), chunks=chunks, timed=True,
    )  # fmt: skip


def note_of(path):
    (note,) = read_sources(path)
    return note


def near(spans, *expected):
    assert len(spans) == len(expected), spans
    for (begin, end), (first, last) in zip(spans, expected, strict=True):
        assert begin == pytest.approx(first, abs=0.05)
        assert end == pytest.approx(last, abs=0.05)


def check_worn(marks):
    assert set(marks) == {"clipped", "repaired", "filled"}
    near(marks["clipped"], (120, 122))
    near(marks["repaired"], (140, 140), (150, 150), (160, 160))
    # A row without a stamp to be trusted leaves a hole of one row, which is filled as well.
    near(marks["filled"], (140, 140.02), (150, 150.02), (170, 170.3))


def test_marks_are_where_it_was(tmp_path):
    ingest(Worn(), tmp_path, tmp_path / "store")
    note = note_of(tmp_path / "store")
    check_worn(note["marks"]["inertial"])
    counts = note["counts"]
    assert counts["short_holes_filled"] == len(note["marks"]["inertial"]["filled"])


def test_chunks_have_the_same_marks_whatever_their_size(tmp_path):
    found = []
    for size in (400, 701):
        out = tmp_path / str(size)
        ingest(Worn(lambda s, size=size: chunked(s, size)), tmp_path, out, block_rows=1000)
        found.append(note_of(out)["marks"])
    assert found[0] == found[1]
    check_worn(found[0]["inertial"])


def test_more_than_the_clock_s_report_names(tmp_path):
    """Forty stamps that are no numbers and eighty holes: of each the report names twenty."""

    def holed(stream):
        keep = np.ones(len(stream.data), dtype=bool)
        time_s = 100 + np.arange(len(stream.data)) / RATE
        for at in range(100, 5100, 125):
            keep[at : at + 5] = False
            time_s[at + 20] = np.nan
        return replace(stream, data=stream.data[keep], time_s=time_s[keep])

    ingest(Worn(holed), tmp_path, tmp_path / "store")
    note = note_of(tmp_path / "store")
    marks = note["marks"]["inertial"]
    assert note["counts"]["stamps_not_a_number"] == len(marks["repaired"]) == 40
    assert note["counts"]["short_holes_filled"] == len(marks["filled"]) == 80
    for number, (begin, end) in enumerate(marks["repaired"]):
        assert begin < 100 + (120 + 125 * number) / RATE < end + 1 / RATE


def test_the_time_line_and_the_page_have_them(tmp_path):
    report_page = pytest.importorskip("kinefuse.data.report_page")
    ingest(Worn(), tmp_path, tmp_path / "store")
    store = MotionStore(tmp_path / "store")
    row = store.recordings.row(0, named=True)
    line = build_timeline(store, row, note_of(store.path))
    near(line.marks["inertial"]["clipped"], (20, 22))
    near(line.lanes["inertial"].gaps, (80, 84))
    assert build_timeline(store, row).marks == {}
    page = report_page.write_page(store, tmp_path / "page.html").read_text()
    for kind in ("clipped", "repaired", "filled"):
        assert f'<path class="{kind}"' in page
    # A store of before, whose notes do not say it.
    old = {key: value for key, value in note_of(store.path).items() if key != "marks"}
    (store.path / SOURCES).write_text(json.dumps(old) + "\n")
    page = report_page.write_page(store, tmp_path / "page.html").read_text()
    assert '<path class="clipped"' not in page
    assert '<path class="gap"' in page


def test_parts_keep_them(tmp_path):
    for number in (1, 2):
        ingest(Worn(n=2), Path(tmp_path), tmp_path / str(number), shard=(number, 2))
    merge(tmp_path / "merged", [tmp_path / "1", tmp_path / "2"])
    ingest(Worn(n=2), tmp_path, tmp_path / "single")
    notes = read_sources(tmp_path / "merged")
    assert notes == read_sources(tmp_path / "single")
    for note in notes:
        check_worn(note["marks"]["inertial"])


def test_marks_are_there_where_something_was_counted_and_nowhere_else(tmp_path):
    ingest(readers.get("synthetic", subjects=4, trials=1), ".", tmp_path / "store")
    seen = set()
    for note in read_sources(tmp_path / "store"):
        counts, kinds = note["counts"], {k for of in note.get("marks", {}).values() for k in of}
        repairs = sum(counts.get(f"stamps_{what}", 0) for what in STAMPS)
        assert ("repaired" in kinds) == (repairs > 0)
        assert ("filled" in kinds) == (counts.get("short_holes_filled", 0) > 0)
        assert ("clipped" in kinds) == ("clipped" in note)
        seen.add(frozenset(kinds))
    assert frozenset() in seen
    assert len(seen) > 3
