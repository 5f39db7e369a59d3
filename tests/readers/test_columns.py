import zipfile

import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import ConfigError, FormatError

# For each reader a file's name, how many columns, the label's column, the time's, the separator.
FILES = {
    "pamap2": ("Protocol/subject101.dat", 54, 1, 0, " "),
    "mhealth": ("mHealth_subject3.log", 24, 23, None, "\t"),
    "opportunity": ("dataset/S2-ADL4.dat", 250, 249, 0, " "),
}
CODES = {"pamap2": (0, 4, 24), "mhealth": (0, 1, 12), "opportunity": (0, 406516, 405506)}


def make(name, rows=300, seed=0):
    """Return a file's numbers: random, with a clock and three stretches of activities."""
    _, columns, label, time, _ = FILES[name]
    numbers = np.random.default_rng(seed).normal(size=(rows, columns)).round(4)
    rate = readers.about(name).rates_hz["inertial"]
    if time is not None:
        per_second = 1000 if name == "opportunity" else 1
        numbers[:, time] = np.arange(rows) / rate * per_second
    numbers[:, label] = np.repeat(CODES[name], rows // 3)
    return numbers


def write(path, name, numbers, file=None):
    _, _, label, _, separator = FILES[name]
    target = path / (file or FILES[name][0])
    target.parent.mkdir(parents=True, exist_ok=True)
    cells = [["NaN" if np.isnan(n) else f"{n:.17g}" for n in row] for row in numbers]
    for row, line in zip(numbers, cells, strict=True):
        line[label] = f"{row[label]:.0f}"
    target.write_text("".join(f"{separator.join(line)}\n" for line in cells))
    return target


def read(path, name, **options):
    reader = readers.get(name, **options)
    return [reader.read(source) for source in reader.discover(path)]


@pytest.mark.parametrize("name", FILES)
def test_a_store_of_it_has_its_labels_and_rate(name, tmp_path):
    write(tmp_path, name, make(name))
    report = ingest(name, tmp_path, tmp_path / "store")
    assert (report.recordings, report.failed, report.activities) == (1, (), 2)
    store = MotionStore(tmp_path / "store")
    rate = readers.about(name).rates_hz["inertial"]
    assert store.schema["inertial"].rate_hz == rate
    assert store.recordings["inertial_rows"].to_list() == [300]
    labels = store.labels(0)
    first, last = (
        readers.get(name).classes.index(n)
        for n in (store.classes[labels[100]], store.classes[labels[299]])
    )
    assert set(labels[:100]) == {-1}
    assert (set(labels[100:200]), set(labels[200:])) == ({first}, {last})


def test_pamap2_turns_units_and_keeps_what_is_lost_missing(tmp_path):
    numbers = make("pamap2")
    numbers[7, 20:37] = np.nan
    write(tmp_path, "pamap2", numbers)
    (recording,) = read(tmp_path, "pamap2", magnetometer=True)
    assert (recording.id, recording.subject, recording.session) == (
        "protocol_subject101", "101", "protocol",
    )  # fmt: skip
    hand, chest, ankle = recording.streams
    np.testing.assert_allclose(hand.data[:, :3], numbers[:, 4:7] / 9.80665)
    np.testing.assert_array_equal(ankle.data[:, 3:6], numbers[:, 44:47])
    np.testing.assert_array_equal(chest.data[8:, 6:], numbers[8:, 30:33])
    assert np.isnan(chest.data[7]).all()
    assert hand.units == ("g",) * 3 + ("rad/s",) * 3 + ("uT",) * 3
    np.testing.assert_array_equal(hand.time_s, numbers[:, 0])
    (fine,) = read(tmp_path, "pamap2", acceleration="6g", placements=["chest"])
    np.testing.assert_allclose(fine.streams[0].data[8:, :3], numbers[8:, 24:27] / 9.80665)


def test_pamap2_keeps_both_sessions_of_a_person_apart(tmp_path):
    write(tmp_path, "pamap2", make("pamap2"))
    write(tmp_path, "pamap2", make("pamap2", seed=1), "Optional/subject101.dat")
    protocol, optional = sorted(read(tmp_path, "pamap2"), key=lambda r: r.session, reverse=True)
    assert (protocol.session, optional.session) == ("protocol", "optional")
    assert protocol.subject == optional.subject


def test_mhealth_has_what_each_place_measures(tmp_path):
    numbers = make("mhealth")
    write(tmp_path, "mhealth", numbers)
    (recording,) = read(tmp_path, "mhealth")
    chest, ankle, arm = recording.streams
    assert (recording.subject, recording.session) == ("3", None)
    assert (chest.data.shape, ankle.data.shape) == ((300, 3), (300, 6))
    np.testing.assert_allclose(chest.data, numbers[:, 0:3] / 9.80665)
    np.testing.assert_allclose(ankle.data[:, :3], numbers[:, 5:8] / 9.80665)
    np.testing.assert_allclose(arm.data[:, 3:], np.radians(numbers[:, 17:20]))


def test_opportunity_has_three_annotations_and_many_places(tmp_path):
    numbers = make("opportunity")
    numbers[:, 243] = 5
    write(tmp_path, "opportunity", numbers)
    (recording,) = read(
        tmp_path, "opportunity", labels="locomotion", placements=["hip", "left_shoe", "back"]
    )
    assert (recording.id, recording.subject, recording.session) == ("S2-ADL4", "2", "ADL4")
    hip, shoe, back = recording.streams
    assert set(hip.labels) == {"lie"}
    np.testing.assert_allclose(hip.data, numbers[:, 4:7] / 1000)
    np.testing.assert_allclose(shoe.data, numbers[:, 108:114] / 1000)
    np.testing.assert_allclose(back.data, numbers[:, 37:43] / 1000)
    np.testing.assert_allclose(back.time_s, numbers[:, 0] / 1000)


@pytest.mark.parametrize("name", FILES)
def test_an_unknown_activity_a_short_line_and_other_columns_are_named(name, tmp_path):
    _, columns, label, _, _ = FILES[name]
    numbers = make(name)
    numbers[4, label] = 77
    file = write(tmp_path, name, numbers)
    with pytest.raises(FormatError, match=f"row 5, column {label + 1}: expected an activity.*77"):
        read(tmp_path, name)
    text = write(tmp_path, name, make(name)).read_text()
    file.write_text(text[:-20])
    with pytest.raises(FormatError, match=rf"{file.name}: row 300"):
        read(tmp_path, name)
    file.write_text(text.replace("\n", "x\n", 7).replace("x\n", "\n", 6))
    with pytest.raises(FormatError, match=f"row 7, column {columns}: expected a number, got .*x'"):
        read(tmp_path, name)
    file.write_text("1 2 3\n")
    with pytest.raises(FormatError, match=f"expected {columns} numbers a line, got 3"):
        read(tmp_path, name)
    file.write_text(" \n")
    with pytest.raises(FormatError, match="empty"):
        read(tmp_path, name)


@pytest.mark.parametrize("name", FILES)
def test_no_such_file_or_placement(name, tmp_path):
    with pytest.raises(FormatError, match="holds no file named like"):
        read(tmp_path, name)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nowhere", name)
    with pytest.raises(ConfigError, match="placements: expected some of"):
        readers.get(name, placements=["nose"])
    with pytest.raises(ConfigError, match="at least one"):
        readers.get(name, placements=[])


def test_options_that_make_no_sense():
    with pytest.raises(ConfigError, match="acceleration"):
        readers.get("pamap2", acceleration="8g")
    with pytest.raises(ConfigError, match="labels: expected one of gestures"):
        readers.get("opportunity", labels="arms")


def test_an_archive_given_instead_of_the_folder_gives_the_same_store(tmp_path):
    file = write(tmp_path / "unpacked", "pamap2", make("pamap2"))
    with zipfile.ZipFile(tmp_path / "PAMAP2.zip", "w") as archive:
        archive.write(file, "PAMAP2_Dataset/Protocol/subject101.dat")
    for path, out in ((tmp_path / "unpacked", "a"), (tmp_path / "PAMAP2.zip", "b")):
        ingest("pamap2", path, tmp_path / out)
    one, two = (MotionStore(tmp_path / out) for out in "ab")
    np.testing.assert_array_equal(one.array("inertial"), two.array("inertial"))
    assert one.recordings["id"].to_list() == two.recordings["id"].to_list()
