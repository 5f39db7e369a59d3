import itertools
import warnings

import polars as pl
import pytest

from kinefuse.data import MotionStore, ingest
from kinefuse.data.disturbance import drop_modality
from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import LeakageWarning, SplitError
from kinefuse.methods.windows import complete, fold, loader, preparations, windows_of
from kinefuse.readers import Source
from kinefuse.recipe import Recipe

ROWS = 20


class Rooms:
    """One short recording of each subject in each scene; one of them lacks its skeleton."""

    name = "rooms"
    classes = ("stand",)

    def settings(self):
        return {}

    def discover(self, path):
        pairs = itertools.product("123", "12")
        return [Source(f"{s}-{c}", (), {"subject": s, "scene": c}) for s, c in pairs]

    def read(self, source):
        inertial = Stream(
            name="wrist",
            modality="inertial",
            data=pl.DataFrame({"x": range(ROWS)}).to_numpy().astype(float),
            channels=("acc_x",),
            units="g",
            rate_hz=50.0,
        )
        skeleton = Stream(
            name="camera",
            modality="skeleton",
            data=inertial.data.reshape(-1, 1, 1).repeat(17, axis=1).repeat(2, axis=2),
            channels=("x", "y"),
            units="px",
            rate_hz=30.0,
            layout="coco17",
        )
        return Recording(
            id=source.name,
            dataset="rooms",
            activity="stand",
            session="1",
            streams=[inertial] if source.name == "2-1" else [inertial, skeleton],
            counts={"clips_without_pose": int(source.name == "2-1")},
            **source.info,
        )


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    path = tmp_path_factory.mktemp("rooms")
    report = ingest(Rooms(), path, path / "store")
    assert report.counts == {"clips_without_pose": 1}
    return MotionStore(path / "store")


def recipe(**parts):
    empty = {"validation": []}
    return Recipe.load(
        "utd-mhad-cmc", {f"split.{name}": value for name, value in (empty | parts).items()}
    )


def test_the_store_knows_where_it_was(rooms):
    assert rooms.recordings["scene"].to_list() == ["1", "2"] * 3
    assert rooms.recordings["view"].to_list() == [None] * 6
    index = rooms.window_index()
    assert index["scene"].to_list() == ["1", "2"] * 3
    assert index["session"].to_list() == ["1"] * 6


def test_a_fold_by_scene_and_subject(rooms):
    settings = recipe(train={"subjects": [1, 2], "scenes": [1]}, test={"subjects": [3]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train = fold(rooms, settings, "train")
        assert windows_of(rooms, settings, "train")["recording"].to_list() == ["1-1", "2-1"]
        assert (train.index["recording"].to_list(), train.incomplete) == (["1-1"], 1)
        assert fold(rooms, settings, "test").index["recording"].to_list() == ["3-1", "3-2"]
        assert fold(rooms, settings, "validation").index.is_empty()


def test_a_fold_of_windows_that_lack_some_modality(rooms):
    settings = recipe(train={"subjects": [1, 2], "scenes": [1]}, test={"subjects": [3]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train = fold(rooms, settings, "train", partial=True)
        test = fold(rooms, settings, "test", partial=True)
    assert train.index["recording"].to_list() == ["1-1", "2-1"]
    assert (train.incomplete, train.partial) == (0, 1)
    assert (test.incomplete, test.partial) == (0, 0)
    settings = settings.override({"modalities.skeleton.prepare.normalize": None})
    prepared = preparations(rooms, train.index, settings)
    alone = preparations(rooms, train.index.head(1), settings)
    # Both people have the same rows: one who has no skeleton does not move its mean.
    assert prepared == alone
    batch = next(iter(loader(rooms, train.index, prepared, batch_size=2)))
    assert batch.present["skeleton"].tolist() == [True, False]
    assert batch.present["inertial"].all()
    nothing = complete(drop_modality(train.index, "inertial"), ("inertial", "skeleton"),
                       partial=True)  # fmt: skip
    assert (nothing.index["recording"].to_list(), nothing.incomplete, nothing.partial) == (
        ["1-1"], 1, 1,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["train", "test"])
def test_each_use_of_a_fold_with_known_people_warns(rooms, name):
    settings = recipe(train={"scenes": [1]}, test={"scenes": [2]})
    with pytest.warns(LeakageWarning, match="in train and in test: 3, apart by scene only"):
        fold(rooms, settings, name)


def test_a_fold_that_the_store_lacks(rooms):
    settings = recipe(train={"scenes": [1]}, test={"scenes": [7]})
    with pytest.raises(SplitError, match=r"split.test: no scene '7'; there are 1, 2"):
        fold(rooms, settings, "test")
    settings = recipe(train={"subjects": [2], "scenes": [1]}, test=[3])
    with pytest.raises(SplitError, match=r"split.train: no window has all of inertial, skeleton"):
        fold(rooms, settings, "train")


def test_a_store_of_before_there_were_scenes(rooms):
    rooms.recordings = rooms.recordings.drop("scene", "view")
    try:
        index = rooms.window_index()
    finally:
        rooms.__init__(rooms.path)
    assert index["scene"].to_list() == [None] * 6
    assert index["subject"].to_list() == [s for s in "123" for _ in range(2)]
