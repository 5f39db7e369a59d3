"""An ingest says how the tables were written that it read."""

import json

import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.data.comparison import count_dialects
from kinefuse.data.report import IngestReport
from kinefuse.data.report_page import write_page
from kinefuse.data.sources import read_sources

SETTINGS = {
    "channels": ["x", "y", "z"],
    "units": "g",
    "time": "t",
    "rate_hz": 50.0,
    "pattern": "{subject}/{trial}_{stream}.csv",
}


def write(path, separator=",", decimal=".", stamps="ms", encoding="utf-8", n=100):
    rows = np.random.default_rng(len(str(path))).normal(size=(n, 3))
    lines = [separator.join("txyz")]
    for k, row in enumerate(rows):
        stamp = str(20 * k) if stamps == "ms" else f"2021-01-01 10:00:{k // 50:02}.{k % 50 * 20:03}"
        lines.append(separator.join([stamp, *(f"{v:.4f}".replace(".", decimal) for v in row)]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))


def run(tmp_path, **settings):
    reader = readers.get("csv", **(SETTINGS | settings))
    return ingest(reader, tmp_path / "raw", tmp_path / "store", rate_hz={"inertial": 50.0})


def test_ways_of_writing_are_counted_by_kind_of_file(tmp_path):
    for subject in ("s1", "s2", "s3"):
        write(tmp_path / f"raw/{subject}/1_wrist.csv", stamps="iso")
        write(tmp_path / f"raw/{subject}/1_hip.csv", stamps="iso")
    write(tmp_path / "raw/s3/1_hip.csv", ";", ",", stamps="iso", encoding="utf-16")
    report = run(tmp_path)
    plain = "separator comma, 1 header line, time iso"
    other = "separator semicolon, decimal comma, 1 header line, utf-16-le, time iso"
    assert report.dialects == {"hip": {plain: 2, other: 1}, "wrist": {plain: 3}}
    lines = str(report).split("\n")
    at = lines.index("hip: written in different ways")
    assert lines[at + 1 : at + 3] == [f"  2 recordings: {plain}", f"  1 recording: {other}"]
    assert "wrist" not in str(report)
    store = MotionStore(tmp_path / "store")
    notes = read_sources(store.path)
    assert [note["found"]["hip"] for note in notes] == [plain, plain, other]
    assert json.loads(json.dumps(store.report))["dialects"] == report.dialects
    assert IngestReport.from_dict(store.report).dialects == report.dialects
    page = write_page(store, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "How text tables are written" in page
    assert f'<td class="found">{other}</td><td class="number">1</td>' in page
    assert f'<tr><td>wrist</td><td>{plain}</td><td class="number">3</td></tr>' in page


def test_a_guess_is_said_and_what_was_told_is_not(tmp_path):
    write(tmp_path / "raw/s1/1_hip.csv")
    report = run(tmp_path)
    assert "hip: separator comma, 1 header line, time ms (guessed)" in str(report).split("\n")
    write(tmp_path / "other/raw/s1/1_hip.csv")
    report = run(tmp_path / "other", time_format="ms")
    assert report.dialects == {"hip": {"separator comma, 1 header line, time ms": 1}}
    assert "separator" not in str(report)


def test_reports_without_tables_say_nothing(tmp_path):
    reader = readers.get("synthetic", subjects=1, trials=1)
    report = ingest(reader, tmp_path, tmp_path / "store")
    assert report.dialects == {}
    page = write_page(MotionStore(tmp_path / "store"), tmp_path / "page.html")
    assert "How text tables" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("n", [1, 10, 11, 5000])
def test_what_is_counted_apart_is_bounded(n):
    notes = [{"found": {f"s{k % 1000}": f"{k} lines before it"}} for k in range(n)]
    notes += [{"found": {"hip": f"{k} lines before it"}} for k in range(n)]
    counted = count_dialects(notes)
    assert sum(times for ways in counted.values() for times in ways.values()) == 2 * n
    assert len(counted) <= 21
    assert max(len(ways) for ways in counted.values()) <= 11
    assert len(json.dumps(counted)) < 2**14
    assert counted == count_dialects(notes[::-1])
    if n == 11:
        assert counted["hip"]["other ways (1)"] == 1
