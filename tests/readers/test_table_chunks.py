"""A large table comes in chunks, and they hold what the whole table holds."""

import gzip

import numpy as np
import polars as pl
import pytest

from kinefuse import readers
from kinefuse.data import ChunkedStream
from kinefuse.errors import FormatError

WHO = {"subject": "user", "activity": "act"}


@pytest.fixture(params=["csv", "csv.gz", "csv.zst", "utf-16.csv", "parquet", "arrow"])
def ending(request):
    return request.param


@pytest.fixture
def small_chunks(monkeypatch):
    """Make whatever is read large, in blocks of about ten rows."""
    for module in ("text_table", "columnar"):
        monkeypatch.setattr(f"kinefuse.readers.{module}.LARGE_BYTES", 0)
        monkeypatch.setattr(f"kinefuse.readers.{module}.CHUNK_ROWS", 13)
    monkeypatch.setattr("kinefuse.readers.text_table.BLOCK_BYTES", 300)


def table(n=400, seed=0):
    rng = np.random.default_rng(seed)
    step = n // 8
    return pl.DataFrame(
        {
            "t": 1_600_000_000_000 + np.arange(n) * 20,
            "x": rng.normal(size=n),
            "y": rng.normal(size=n),
            "user": np.repeat(["ann", "bob"], n // 2),
            "act": np.repeat(["sit", "walk", "sit", "run", "run", "sit", "sit", "walk"], step),
            "label": ["a", None, "b, c", "d"] * (n // 4),
        }
    )


def write(frame, folder, ending):
    file = folder / f"rows.{ending}"
    if ending == "parquet":
        frame.write_parquet(file, row_group_size=37)
    elif ending == "arrow":
        frame.write_ipc(file)
    else:
        content = frame.write_csv().encode("utf-16" if "utf-16" in ending else "utf-8")
        file.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    return file


def read(file, **settings):
    kind = "csv" if "csv" in file.name else file.suffix[1:]
    settings = {"channels": ["x", "y"], "units": "g", "time": "t"} | settings
    if "columns" not in settings:
        settings["fixed"] = {"subject": "1"}
    reader = readers.get(kind, **settings)
    return [reader.read(source) for source in reader.discover(file)]


def test_chunks_hold_what_the_table_holds(tmp_path, ending, small_chunks):
    frame = table()
    (recording,) = read(write(frame, tmp_path, ending), label="label")
    (stream,) = recording.streams
    assert isinstance(stream, ChunkedStream)
    for _ in range(2):
        assert max(len(chunk.data) for chunk in stream.read()) <= 13
        (loaded,) = recording.load()
        np.testing.assert_array_equal(loaded.data, frame.select("x", "y").to_numpy())
        np.testing.assert_allclose(loaded.time_s, frame["t"].to_numpy() / 1000, rtol=1e-15)
        assert loaded.labels.tolist() == frame["label"].to_list()
    if ending == "csv":
        reached = [chunk.bytes_read for chunk in stream.read() if chunk.bytes_read is not None]
        assert reached == sorted(reached)
        assert reached[-1] == stream.file.stat().st_size


def test_groups_are_read_where_they_lie(tmp_path, ending, small_chunks):
    frame = table()
    recordings = read(write(frame, tmp_path, ending), columns=WHO)
    assert [(r.subject, r.activity) for r in recordings] == [
        ("ann", "sit"), ("ann", "walk"), ("ann", "run"), ("bob", "run"), ("bob", "sit"),
        ("bob", "walk"),
    ]  # fmt: skip
    for recording in recordings:
        rows = frame.filter(user=recording.subject, act=recording.activity)
        (loaded,) = recording.load()
        np.testing.assert_array_equal(loaded.data, rows.select("x", "y").to_numpy())
        np.testing.assert_allclose(loaded.time_s, rows["t"].to_numpy() / 1000, rtol=1e-15)
    assert [dict(r.counts) for r in recordings] == [{"places_joined": 1}, *[{}] * 5]


def test_groups_in_several_places_need_stamps(tmp_path, ending):
    file = write(table(), tmp_path, ending)
    with pytest.raises(FormatError, match=r"ann_sit lie in 2 places, from row 1 and from row 101"):
        read(file, columns=WHO, time=None, rate_hz=50.0)
    runs = read(file, columns=WHO | {"trial": "t"}, time=None, rate_hz=50.0)
    assert len(runs) == 400


def test_rows_that_change_all_the_time_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("kinefuse.readers.groups._MOST_RUNS", 50)
    file = write(table().with_columns(user=pl.Series(["a", "b"] * 200)), tmp_path, "csv")
    with pytest.raises(FormatError, match=r"'user', 'act' change .* sort the file by them"):
        read(file, columns=WHO)


@pytest.mark.parametrize("row", [1, 7, 399])
def test_a_wrong_cell_far_within_is_named(tmp_path, small_chunks, row):
    file = write(table(), tmp_path, "csv")
    lines = file.read_text().split("\n")
    lines[row] = lines[row].replace(",", ",oops", 1)
    file.write_text("\n".join(lines))
    (recording,) = read(file)
    with pytest.raises(FormatError, match=rf"rows.csv: row {row}, column 'x': .*'oops"):
        recording.load()
    lines[row] = lines[row].replace("oops", "0,", 1)
    file.write_text("\n".join(lines))
    with pytest.raises(FormatError, match=rf"rows.csv: row {row}: expected 6 cells, got 7"):
        recording.load()


def test_a_file_that_breaks_off(tmp_path, small_chunks):
    frame = table().drop("label")
    file = write(frame, tmp_path, "csv")
    whole = file.read_bytes().rstrip(b"\n")
    file.write_bytes(whole[: whole.rfind(b",") - 8])
    (recording,) = read(file)
    (loaded,) = recording.load()
    np.testing.assert_array_equal(loaded.data, frame.select("x", "y").to_numpy()[:-1])
    assert recording.streams[0].counts == {"rows_cut_off": 1}


@pytest.mark.parametrize("quoted", [False, True])
def test_a_block_may_begin_with_a_short_row(tmp_path, small_chunks, quoted):
    rows = [[str(20 * k), str(k), str(-k)][: 2 if k % 7 == 0 else 3] for k in range(100)]
    sign = '"' if quoted else ""
    lines = [",".join(f"{sign}{cell}{sign}" for cell in row) for row in rows]
    (tmp_path / "rows.csv").write_text("\n".join(["t,x,y", *lines, ""]))
    (recording,) = read(tmp_path / "rows.csv", time_format="ms")
    (loaded,) = recording.load()
    assert loaded.data[:, 0].tolist() == list(range(100))
    assert np.flatnonzero(np.isnan(loaded.data[:, 1])).tolist() == list(range(0, 100, 7))
    if not quoted:
        assert recording.streams[0].counts == {"rows_too_short": 15}


def test_short_rows_and_empty_cells_are_missing_and_counted(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("t,x,y\n0,1,2\n20,3\n40,NA,6\n60,7,8\n")
    (recording,) = read(file)
    expected = [[1, 2], [3, np.nan], [np.nan, 6], [7, 8]]
    np.testing.assert_array_equal(recording.streams[0].data, expected)
    assert recording.counts == {"rows_too_short": 1}
