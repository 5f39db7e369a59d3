import pytest
from scipy.io import loadmat
from tests.real.recordings import folder

from kinefuse.data import MotionStore, ingest

pytestmark = pytest.mark.real


@pytest.fixture(scope="module", name="folder")
def folder_of_recordings():
    return folder("utd-mhad")


@pytest.fixture(scope="module")
def store(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("utd-mhad") / "store"
    report = ingest("utd-mhad", folder, out)
    assert (report.recordings, report.failed, report.subjects, report.activities) == (
        861,
        (),
        8,
        27,
    )
    return MotionStore(out)


def test_all_recordings_are_there_and_paired(store):
    index = store.window_index()
    assert len(index) == 861
    assert (index["inertial_rows"].min(), index["inertial_rows"].max()) == (107, 326)
    assert (index["skeleton_rows"].min(), index["skeleton_rows"].max()) == (41, 125)
    by_subject = index.group_by("subject").len().sort("subject")["len"].to_list()
    assert by_subject == [107, 108, 108, 108, 108, 107, 108, 107]
    assert sorted(set(index["label"])) == list(range(27))


def test_stored_samples_are_the_files(store, folder):
    for id_ in ("a1_s1_t1", "a13_s4_t3", "a27_s8_t3"):
        inertial = loadmat(folder / f"Inertial/{id_}_inertial.mat")["d_iner"]
        skeleton = loadmat(folder / f"Skeleton/{id_}_skeleton.mat")["d_skel"]
        stored = store.read(id_, "inertial")
        assert stored[:, :3] == pytest.approx(inertial[:, :3], rel=1e-6)
        assert stored[:, 3:] == pytest.approx(inertial[:, 3:] * 0.017453292519943295, rel=1e-6)
        assert store.read(id_, "skeleton") == pytest.approx(skeleton.transpose(2, 0, 1), rel=1e-6)
