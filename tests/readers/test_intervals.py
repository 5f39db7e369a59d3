"""Labels that a second table gives, by time and by row."""

import numpy as np
import pytest

from kinefuse import readers
from kinefuse.errors import ConfigError, FormatError

SAMPLES = {"channels": ["x"], "units": "g", "pattern": "raw/{subject}_{session}.csv"}
BY = {"path": "labels/{subject}_{session}.csv", "start": "start", "stop": "end", "label": "what"}


def write(folder, samples, labels, name="labels/s1_a.csv"):
    for file, text in (("raw/s1_a.csv", samples), (name, labels)):
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(text)


def labels_of(folder, settings, **more):
    reader = readers.get("csv", **(SAMPLES | more), intervals=settings)
    (source,) = reader.discover(folder)
    recording = reader.read(source)
    return recording.streams[0].labels.tolist(), recording.counts, source


def test_intervals_of_time(tmp_path):
    rows = "\n".join(f"{t / 10},{t}" for t in range(10))
    write(tmp_path, f"t,x\n{rows}\n", "start,end,what\n0.6,0.8,run\n0.2,0.4,sit\n0.8,9,\n")
    labels, _, source = labels_of(tmp_path, BY, time="t")
    assert labels == [None, None, "sit", "sit", None, None, "run", "run", None, None]
    assert [file.name for file in source.files] == ["s1_a.csv", "s1_a.csv"]
    labels, _, _ = labels_of(tmp_path, BY, rate_hz=10.0)  # without stamps: from 0 on
    assert labels[2:4] == ["sit", "sit"]
    inclusive, _, _ = labels_of(tmp_path, BY | {"inclusive": True}, time="t")
    assert inclusive[4] == "sit"


def test_iso_intervals_of_samples_in_milliseconds(tmp_path):
    rows = "\n".join(f"{1_648_531_521_000 + 500 * t},{t}" for t in range(6))
    text = "start,end,what\n2022-03-29 14:25:22+09:00,2022-03-29 14:25:23+09:00,pick\n"
    write(tmp_path, f"t,x\n{rows}\n", text)
    labels, _, _ = labels_of(tmp_path, BY, time="t")
    assert labels == [None, None, "pick", "pick", None, None]


def test_intervals_of_rows_in_one_table_for_all(tmp_path):
    write(tmp_path, "x\n" + "1\n" * 8, "1 1 3 2 4\n1 01 5 5 6\n2 1 4 1 8\n", "labels.txt")
    settings = {
        "path": "labels.txt", "header": ["session", "who", "code", "start", "end"],
        "start": "start", "stop": "end", "label": "code", "by": "rows", "first_row": 1,
        "inclusive": True, "columns": {"subject": "who", "session": "session"},
        "names": {"3": "sit", "4": "lie"},
    }  # fmt: skip
    (tmp_path / "raw/s1_a.csv").rename(tmp_path / "raw/01_1.csv")
    labels, _, _ = labels_of(tmp_path, settings, rate_hz=50.0)
    assert labels == [None, "sit", "sit", "sit", "5", "5", None, None]


def test_overlaps_are_counted_and_the_later_one_counts(tmp_path):
    rows = "x\n" + "1\n" * 6
    write(tmp_path, rows, "start,end,what\n0,5,sit\n2,4,run\n")
    labels, counts, _ = labels_of(tmp_path, BY | {"by": "rows"}, rate_hz=50.0)
    assert labels == ["sit", "sit", "run", "run", None, None]
    assert counts == {"labels_overlapping": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("start,end,what\n3,1,sit\n", "row 1: expected an interval, got 3 to 1"),
        ("start,end,what\n1,,sit\n", "row 1: expected an interval"),
        ("start,stop,what\n1,2,sit\n", "no column 'end'"),
        ("start,end,what\n1,soon,sit\n", "row 1, column 'end': expected a number"),
    ],
)
def test_a_table_that_is_wrong_is_named(tmp_path, text, message):
    write(tmp_path, "x\n1\n2\n", text)
    with pytest.raises(FormatError, match=rf"labels/s1_a.csv.*{message}"):
        labels_of(tmp_path, BY | {"by": "rows"}, rate_hz=50.0)


def test_a_missing_table_and_a_path_that_nothing_tells(tmp_path):
    write(tmp_path, "x\n1\n2\n", "", "labels/other.csv")
    with pytest.raises(FormatError, match=r"s1_a.csv: expected the table of the intervals"):
        labels_of(tmp_path, BY, rate_hz=50.0)
    with pytest.raises(ConfigError, match="has a field that nothing tells: 'trial'"):
        labels_of(tmp_path, BY | {"path": "{trial}.csv"}, rate_hz=50.0)


def test_no_interval_at_all_leaves_everything_unlabelled(tmp_path):
    write(tmp_path, "x\n1\n2\n", "start,end,what\n")
    labels, _, _ = labels_of(tmp_path, BY | {"by": "rows"}, rate_hz=50.0)
    assert labels == [None, None]
    assert np.shape(labels) == (2,)
