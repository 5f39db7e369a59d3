"""Parts put together are, byte for byte, what a single run would have written."""

import json
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse.data import MotionStore, Recording, Stream, ingest, merge
from kinefuse.data.check import check_store
from kinefuse.errors import ConfigError, FormatError, StoreError
from kinefuse.readers import Source

KINDS = ("plain", "wide", "labelled", "both", "labelled_pose", "broken", "twin", "gapped")


class Mixed:
    """Recordings of different kinds, not all of which fit in with each other."""

    name = "mixed"
    classes = ("sit",)
    ignored = ("notes.txt",)

    def __init__(self, kinds):
        self.kinds = tuple(kinds)

    def settings(self):
        return {"kinds": list(self.kinds)}

    def discover(self, path):
        return [Source(f"take{n:03d}", (), {"kind": kind}) for n, kind in enumerate(self.kinds)]

    def read(self, source):
        kind, number = source.info["kind"], int(source.name[4:])
        if kind == "broken":
            raise FormatError(f"{source.name}: broken")
        rng = np.random.default_rng(number)
        rows = 20 + int(rng.integers(60))
        names = np.array(["walk", "sit", None, f"do{number % 4}"], dtype=object)
        labels = rng.choice(names, rows)
        time_s = np.arange(rows) / 50
        if kind == "gapped":
            time_s[rows // 2 :] += 2
        channels = ("x", "y", "z", "w") if kind == "wide" else ("x", "y", "z")
        streams = [
            Stream(
                name="wrist",
                modality="inertial",
                data=rng.normal(size=(rows, len(channels))),
                channels=channels,
                units="g",
                rate_hz=50.0,
                time_s=time_s if kind == "gapped" else None,
                labels=labels if kind in ("labelled", "gapped") else None,
            )
        ]
        if kind in ("both", "labelled_pose"):
            streams.insert(
                number % 2,
                Stream(
                    name="kinect",
                    modality="skeleton",
                    data=rng.normal(size=(rows, 20, 3)),
                    channels=("x", "y", "z"),
                    units="m",
                    rate_hz=50.0,
                    start_s=number / 7,
                    layout="kinect_v1",
                    labels=labels if kind == "labelled_pose" else None,
                ),
            )
        return Recording(
            id="twin" if kind == "twin" else source.name,
            dataset="mixed",
            subject=str(number % 3),
            activity=(None, "run", "walk")[number % 3],
            streams=streams,
            counts={"clips_without_pose": number},
        )


@pytest.fixture(autouse=True, scope="module")
def unsynced():
    """Hundreds of small files: what a power cut would do to them is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda file: None)
        yield


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def in_parts(reader, folder, n, **settings):
    for i in range(1, n + 1):
        ingest(reader, folder, folder / f"part{i}", shard=(i, n), shard_bytes=2000, **settings)
    return [folder / f"part{i}" for i in range(1, n + 1)]


def clashing(kinds, n):
    """Say whether a part would leave out what a single run would not: that cannot be merged."""
    whole = set(accepted(kinds, range(len(kinds))))
    return any(
        place in whole and place not in accepted(kinds, range(i, len(kinds), n))
        for i in range(n)
        for place in range(i, len(kinds), n)
    )


def accepted(kinds, places):
    """Return which recordings fit in with those before them, naively."""
    channels = label_modality = None
    twin = False
    taken = []
    for place in places:
        kind = kinds[place]
        width = 4 if kind == "wide" else 3
        labels = {"labelled": "inertial", "gapped": "inertial", "labelled_pose": "skeleton"}
        mine = labels.get(kind)
        if (
            kind == "broken"
            or (channels or width) != width
            or (mine and (label_modality or mine) != mine)
            or (kind == "twin" and twin)
        ):
            continue
        channels, label_modality = width, label_modality or mine
        twin = twin or kind == "twin"
        taken.append(place)
    return taken


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=14), st.integers(1, 5))
def test_the_bytes_of_a_single_run(tmp_path_factory, kinds, n):
    folder = tmp_path_factory.mktemp("merge")
    reader = Mixed(kinds)
    parts = in_parts(reader, folder, n)
    if not accepted(kinds, range(len(kinds))):
        with pytest.raises(FormatError, match=f"none of {len(kinds)} recordings could be read"):
            merge(folder / "merged", parts)
        return
    if clashing(kinds, n):
        with pytest.raises(StoreError, match="though it fits in with the whole"):
            merge(folder / "merged", parts)
        return
    expected = ingest(reader, folder, folder / "single", shard_bytes=2000)
    report = merge(folder / "merged", parts[::-1])
    assert report == expected
    assert contents(folder / "merged") == contents(folder / "single")
    assert check_store(folder / "merged") == []


def test_parts_are_stores_and_stay_as_they_are(tmp_path):
    kinds = ["plain", "both", "labelled", "broken", "plain", "gapped", "both"]
    parts = in_parts(Mixed(kinds), tmp_path, 3)
    before = [contents(part) for part in parts]
    assert MotionStore(parts[0]).recordings["id"].to_list() == ["take000", "take006"]
    merge(tmp_path / "merged", parts)
    assert [contents(part) for part in parts] == before
    assert all(check_store(part) == [] for part in parts)
    # Once more only returns the report.
    assert merge(tmp_path / "merged", parts).recordings == 6


def test_a_merge_that_was_cut_goes_on(tmp_path):
    kinds = ["plain", "both", "labelled", "broken", "plain", "gapped"] * 4
    reader = Mixed(kinds)
    parts = in_parts(reader, tmp_path, 2)
    ingest(reader, tmp_path, tmp_path / "single", shard_bytes=2000)

    class PowerCut(BaseException):
        pass

    def cut(at):
        def progress(done, total, name):
            if done == at:
                raise PowerCut

        return progress

    for at in (9, 17, 23):
        with pytest.raises(PowerCut):
            merge(tmp_path / "merged", parts, progress=cut(at))
    seen = []
    merge(tmp_path / "merged", parts, progress=lambda done, total, name: seen.append(done))
    assert seen[0] > 10
    assert contents(tmp_path / "merged") == contents(tmp_path / "single")


def test_more_parts_than_sources(tmp_path):
    reader = Mixed(["plain", "plain"])
    parts = in_parts(reader, tmp_path, 4)
    assert len(MotionStore(parts[3]).recordings) == 0
    assert check_store(parts[3]) == []
    ingest(reader, tmp_path, tmp_path / "single", shard_bytes=2000)
    merge(tmp_path / "merged", parts)
    assert contents(tmp_path / "merged") == contents(tmp_path / "single")


def test_parts_that_do_not_belong_together(tmp_path):
    one, two, three = in_parts(Mixed(["plain"] * 6), tmp_path, 3)
    out = tmp_path / "merged"
    with pytest.raises(StoreError, match=r"of 3 parts there is none with number 2, 3"):
        merge(out, [one])
    with pytest.raises(StoreError, match=r"is part 1, as .*part1"):
        merge(out, [one, two, one, three])
    with pytest.raises(StoreError, match="expected the parts of a store, got none"):
        merge(out, [])
    ingest(Mixed(["plain"] * 6), tmp_path, tmp_path / "single")
    with pytest.raises(StoreError, match="a whole store, not a part"):
        merge(out, [one, tmp_path / "single"])
    ingest(Mixed(["plain"] * 6), tmp_path, tmp_path / "b", shard=(2, 3), max_gap_s=1.0)
    with pytest.raises(StoreError, match=r"a part made with another .*max_gap_s"):
        merge(out, [one, tmp_path / "b", three])
    ingest(Mixed(["plain"] * 5), tmp_path, tmp_path / "c", shard=(2, 3), shard_bytes=2000)
    with pytest.raises(StoreError, match=r"reader_settings"):
        merge(out, [one, tmp_path / "c", three])
    lines = (two / "sources.jsonl").read_text().splitlines()
    (two / "sources.jsonl").write_text(lines[0])
    with pytest.raises(StoreError, match="covers fewer sources"):
        merge(out, [one, two, three])
    (two / "sources.jsonl").write_text("\n".join([json.dumps({"name": "x", "bytes": []})] * 2))
    with pytest.raises(StoreError, match="not those"):
        merge(out, [one, two, three])
    assert not out.exists()
    merge(out, in_parts(Mixed(["plain"] * 3), tmp_path / "d", 1))
    with pytest.raises(StoreError, match="of other parts"):
        merge(out, in_parts(Mixed(["plain"] * 4), tmp_path / "e", 1))


def test_files_that_changed_between_parts(tmp_path):
    class Files(Mixed):
        def discover(self, path):
            return [Source(f"take{n}", (path / "raw",), {"kind": "plain"}) for n in range(4)]

    (tmp_path / "raw").write_text("1")
    ingest(Files([]), tmp_path, tmp_path / "part1", shard=(1, 2))
    (tmp_path / "raw").write_text("12")
    ingest(Files([]), tmp_path, tmp_path / "part2", shard=(2, 2))
    with pytest.raises(StoreError, match="made with other files"):
        merge(tmp_path / "merged", [tmp_path / "part1", tmp_path / "part2"])


@pytest.mark.parametrize("shard", [(0, 3), (4, 3), (1, 0)])
def test_no_such_part(tmp_path, shard):
    with pytest.raises(ConfigError, match="from 1 to n"):
        ingest(Mixed(["plain"]), tmp_path, tmp_path / "part", shard=shard)
