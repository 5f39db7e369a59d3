import numpy as np
import polars as pl
import pytest
from tests.real.recordings import folder

from kinefuse import resample_to_length, skeleton
from kinefuse.data import BatchLoader, MotionStore, Prepare, channel_statistics, ingest

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    out = tmp_path_factory.mktemp("utd-mhad") / "store"
    ingest("utd-mhad", folder("utd-mhad"), out)
    return MotionStore(out)


def test_batches_hold_the_prepared_recordings(store):
    train = store.window_index(where=pl.col("subject").is_in(["1", "3", "5"]))
    assert len(train) == 323
    plain = Prepare(50, "fourier")
    mean, std = channel_statistics(store, train, "inertial", plain)
    prepare = {
        "inertial": Prepare(50, "fourier", mean=mean, std=std),
        "skeleton": Prepare(50, "fourier", normalize={"layout": "kinect_v1"}),
    }
    rows = {row["window"]: row for row in train.iter_rows(named=True)}
    seen, total = 0, []
    for batch in BatchLoader(store, train, prepare=prepare, batch_size=32):
        assert batch.present["inertial"].all()
        assert batch.present["skeleton"].all()
        total.append(batch["inertial"][0])
        for b, window in enumerate(batch.window.tolist()):
            row = rows[window]
            assert batch.label[b] == row["label"]
            x = store.read(row["recording"], "inertial").astype(float)
            expected = (resample_to_length(x, 50) - mean) / std
            np.testing.assert_allclose(batch["inertial"][0, b].T, expected, atol=1e-4)
            x = store.read(row["recording"], "skeleton").astype(float)
            body = skeleton.normalize(x, "kinect_v1")
            expected = resample_to_length(body.reshape(len(x), -1), 50).reshape(50, 20, 3)
            np.testing.assert_allclose(
                batch["skeleton"][0, b].transpose(1, 2, 0), expected, atol=1e-4
            )
            seen += 1
    assert seen == 323
    total = np.concatenate(total)
    np.testing.assert_allclose(total.mean((0, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(total.std((0, 2)), 1, atol=1e-3)
