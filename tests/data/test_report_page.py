import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from kinefuse.data import MotionStore, Recording, Stream, ingest
from kinefuse.data.sources import SOURCES, read_sources
from kinefuse.errors import FormatError, StoreError
from kinefuse.readers import Source

report_page = pytest.importorskip("kinefuse.data.report_page")

VOID = {"meta", "input", "link", "br", "img"}


class Many:
    """Recordings with gaps; some are broken, one has a name that would break a page."""

    name = "many"
    classes = ("sit", "walk")

    def __init__(self, n=30, gaps=3):
        self.n, self.gaps = n, gaps

    def settings(self):
        return {"n": self.n}

    def discover(self, path):
        return [Source(f"take{number}") for number in range(self.n)]

    def read(self, source):
        number = int(source.name[4:])
        if number % 11 == 7:
            raise FormatError(f"{source.name}: row 5: <expected> a number & got 'x'")
        steps = np.concatenate([np.arange(50) + 70 * gap for gap in range(self.gaps + 1)])
        return Recording(
            id="<b>&" if number == 0 else source.name,
            dataset="many",
            subject=str(number % 4),
            activity=None if number % 5 == 4 else "walk",
            streams=[
                Stream(
                    name="wrist",
                    modality="inertial",
                    data=np.ones((len(steps), 3)),
                    channels=("x", "y", "z"),
                    units="g",
                    rate_hz=50.0,
                    time_s=steps / 20,
                )
            ],
            counts={"clips_without_pose": number % 3},
        )


class Page(HTMLParser):
    """Checks that what is opened is closed, and collects rows."""

    def __init__(self):
        super().__init__()
        self.open, self.rows, self.paths, self.text = [], [], [], []

    def handle_starttag(self, tag, attrs):
        if tag == "path":
            self.paths.append(dict(attrs))
        elif tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)
        if self.rows and data.strip():
            self.rows[-1].append(data.strip())


def page_of(tmp_path, reader):
    ingest(reader, tmp_path, tmp_path / "store", max_gap_s=0.5, rate_hz={"inertial": 20.0})
    path = report_page.write_page(MotionStore(tmp_path / "store"), tmp_path / "page.html")
    page = Page()
    page.feed(path.read_text("utf-8"))
    assert not page.open
    return page, path


def test_every_recording_and_every_failure_is_there(tmp_path):
    page, path = page_of(tmp_path, Many())
    first = [row[0] for row in page.rows if row]
    assert {f"take{n}" for n in range(1, 30)} <= set(first)
    assert "<b>&" in first
    assert "<b>&" not in path.read_text("utf-8")
    failed = [row for row in page.rows if row[:1] == ["take7"]]
    assert failed == [["take7", "FormatError", "take7: row 5: <expected> a number & got 'x'"]]
    assert sum(mark["class"] == "gap" for mark in page.paths) == 27
    assert sum(mark["class"] == "unlabelled" for mark in page.paths) == 5  # one of six is broken
    text = " ".join(page.text)
    assert "27 of 30 recordings" in text
    assert "nothing labelled" in text
    assert not re.search(r"https?://", path.read_text("utf-8"))


def test_gaps_lie_where_they_are(tmp_path):
    page, _ = page_of(tmp_path, Many(1))
    gap = next(mark["d"] for mark in page.paths if mark["class"] == "gap")
    drawn = [(float(x), float(w)) for x, w in re.findall(r"M([\d.]+) \d+h([\d.]+)", gap)]
    steps = 3 * 70 + 50  # of the whole recording
    expected = [((70 * k + 50) / steps * 1000, 20 / steps * 1000) for k in range(3)]
    assert np.allclose(drawn, expected, atol=1.5 / steps * 1000)


def test_a_recording_of_thousands_of_gaps_stays_small(tmp_path):
    _, path = page_of(tmp_path, Many(1, gaps=5000))
    assert path.stat().st_size < 40_000


def test_thousands_of_recordings(tmp_path):
    page, path = page_of(tmp_path, Many(2000))
    assert path.stat().st_size < 2_000_000
    assert sum(mark["class"] == "covered" for mark in page.paths) == len(
        MotionStore(tmp_path / "store").recordings
    )


def test_what_was_noted_is_shown(tmp_path):
    ingest(Many(2), tmp_path, tmp_path / "store", rate_hz={"inertial": 20.0})
    file = tmp_path / "store" / SOURCES
    notes = read_sources(tmp_path / "store")
    notes[1] |= {
        "clipped_share": 0.125,
        "clipped": {"wrist.x": 0.125},
        "flat_channels": ["wrist.z"],
        "rate_drift": {"wrist": -0.007},
        "unit_doubt": "acceleration at rest is 9.81, not 1: m/s2 would fit",
        "rate_measured_hz": {"wrist": 20.4},
        "rate_nominal_hz": {"wrist": 20.0},
    }
    file.write_text("\n".join(map(json.dumps, notes)))
    path = report_page.write_page(MotionStore(tmp_path / "store"), tmp_path / "page.html")
    text = path.read_text("utf-8")
    assert "clipped: 12.5 % of the samples of wrist.x" in text
    assert "clock off its rate: by 2 %" in text
    assert "clock changes its rate: wrist by 0.7 %" in text
    assert "never changes: wrist.z" in text
    assert "m/s2 would fit" in text


def test_copies_and_scattered_subjects_are_shown(tmp_path):
    ingest(Many(3), tmp_path, tmp_path / "store", rate_hz={"inertial": 20.0})
    file = tmp_path / "store" / "store.json"
    manifest = json.loads(file.read_text())
    manifest["report"] |= {"twice": {"take2": "take1"}, "scattered": {"7": ["a", "b"]}}
    file.write_text(json.dumps(manifest))
    path = report_page.write_page(MotionStore(tmp_path / "store"), tmp_path / "page.html")
    assert "holds the same as another: take1" in path.read_text("utf-8")
    assert "subject 7 in several folders" in path.read_text("utf-8")


def test_a_store_without_notes_is_refused(tmp_path):
    ingest(Many(2), tmp_path, tmp_path / "store", rate_hz={"inertial": 20.0})
    (tmp_path / "store" / SOURCES).unlink()
    with pytest.raises(StoreError, match=r"sources.jsonl is missing"):
        report_page.write_page(MotionStore(tmp_path / "store"), tmp_path / "page.html")
    (tmp_path / "store" / SOURCES).write_text("{")
    with pytest.raises(StoreError, match="not lines of JSON"):
        report_page.write_page(MotionStore(tmp_path / "store"), tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()
