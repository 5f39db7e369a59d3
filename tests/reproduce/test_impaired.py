from collections import Counter

import numpy as np
import pytest
from scipy.io import savemat

from kinefuse.data import MotionStore, ingest
from kinefuse.readers.utd_mhad import UtdMhad
from kinefuse.reproduce.impaired import ImpairedUtdMhad

TRIALS = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three actions of two subjects; samples count from 0, so that one sees what was cut."""
    path = tmp_path_factory.mktemp("utd")
    random = np.random.default_rng(0)
    for action in (1, 2, 3):
        for subject in (1, 2):
            for trial in range(1, TRIALS + 1):
                name = f"a{action}_s{subject}_t{trial}"
                inertial = random.normal(size=(200, 6)) * [1, 2, 3, 4, 5, 6]
                inertial[:, 0] = np.arange(200)
                skeleton = random.normal(size=(20, 3, 120))
                skeleton[0, 0] = np.arange(120)
                savemat(path / f"{name}_inertial.mat", {"d_iner": inertial})
                savemat(path / f"{name}_skeleton.mat", {"d_skel": skeleton})
    return path


def read(reader, folder):
    found = [reader.read(source) for source in reader.discover(folder)]
    return {r.id: {s.modality: s.data for s in r.streams} for r in found}


def test_without_settings_it_is_the_reader_that_it_impairs(folder):
    for (name, one), (other, two) in zip(
        read(UtdMhad(), folder).items(), read(ImpairedUtdMhad("not"), folder).items(), strict=True
    ):
        assert name == other
        for modality in one:
            np.testing.assert_array_equal(one[modality], two[modality])


def test_noise_is_of_the_channels_own_size_on_a_share_of_the_recordings(folder):
    clean = read(UtdMhad(), folder)
    noisy = read(ImpairedUtdMhad("noisy", noise=2.0, noisy_share=0.5), folder)
    ratios = []
    for name, streams in noisy.items():
        np.testing.assert_array_equal(streams["skeleton"], clean[name]["skeleton"])
        added = streams["inertial"] - clean[name]["inertial"]
        if added.any():
            ratios.append(added.std(0) / clean[name]["inertial"].std(0))
    assert 0.25 < len(ratios) / len(noisy) < 0.75
    np.testing.assert_allclose(np.mean(ratios, axis=0), 2.0, rtol=0.05)


def test_modalities_out_of_step_are_cut_at_opposite_ends(folder):
    found = read(ImpairedUtdMhad("out-of-step", shift_s=(0.5, 1.0)), folder)
    ahead = Counter()
    for streams in found.values():
        inertial, skeleton = streams["inertial"], streams["skeleton"]
        first = {"inertial": inertial[0, 0], "skeleton": skeleton[0, 0, 0]}
        cut = {"inertial": (200 - len(inertial)) / 50, "skeleton": (120 - len(skeleton)) / 30}
        assert cut["inertial"] == pytest.approx(cut["skeleton"], abs=0.05)
        assert 0.48 <= cut["inertial"] <= 1.02
        begun = [m for m in first if first[m] > 0]
        assert len(begun) == 1
        ahead[begun[0]] += 1
    assert set(ahead) == {"inertial", "skeleton"}


def test_no_more_than_a_third_is_cut(folder):
    found = read(ImpairedUtdMhad("far", shift_s=(60.0, 60.0)), folder)
    assert {len(s["inertial"]) for s in found.values()} == {round(200 * 2 / 3)}


def test_activities_are_thinned_out_for_some_subjects(folder):
    reader = ImpairedUtdMhad("imbalanced", thin_subjects=["1"], thin_to=1 / 6)
    sources = reader.discover(folder)
    counts = Counter((s.info["subject"], s.info["action"]) for s in sources)
    assert [counts[2, a] for a in (1, 2, 3)] == [TRIALS] * 3
    # Shares of 1, 6 ** -1/2 and 1/6, of whichever action.
    assert sorted(counts[1, a] for a in (1, 2, 3)) == [1, 3, 6]


def test_it_is_the_same_every_time_and_another_store(folder, tmp_path):
    settings = {"noise": 1.0, "shift_s": (0.2, 0.4), "thin_subjects": ["1"], "thin_to": 0.5}
    stores = []
    for name, reader in (
        ("a", ImpairedUtdMhad("x", **settings)),
        ("b", ImpairedUtdMhad("x", **settings)),
        ("c", UtdMhad()),
    ):
        ingest(reader, folder, tmp_path / name)
        stores.append(MotionStore(tmp_path / name))
    assert stores[0].fingerprint == stores[1].fingerprint != stores[2].fingerprint
