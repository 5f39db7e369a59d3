import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

pytest.importorskip("torch")
from kinefuse.errors import InputError, ShapeError
from kinefuse.evaluate import probes
from kinefuse.evaluate.directions import center, fuse
from kinefuse.evaluate.embeddings import Embedded
from kinefuse.evaluate.probing import PROBES, probe


def embedded(seed, n=80, classes=5, modalities=("inertial", "skeleton"), projectors=True):
    random = np.random.default_rng(seed)
    y = np.arange(n) % classes
    spaces = []
    for width, spread in ((9, 0.9), (6, 0.5)):
        made = {}
        for number, m in enumerate(modalities):
            centres = np.random.default_rng([width, number]).normal(size=(classes, width))
            made[m] = (centres[y] + spread * random.normal(size=(n, width)) + 2).astype(np.float32)
        spaces.append(made)
    windows = pl.DataFrame({"window": np.arange(n), "label": y})
    return Embedded(spaces[0], spaces[1] if projectors else {}, windows, tuple("abcde"), 0)


def test_every_probe_on_every_modality_and_space():
    table = probe(embedded(0), embedded(1))
    assert len(table) == 2 * 3 * len(PROBES)
    assert table.select("modality", "space", "probe").is_unique().all()
    assert (table["accuracy"] > 0.5).all()
    fused = table.filter(modality="fused")["accuracy"].mean()
    assert fused > table.filter(pl.col("modality") != "fused")["accuracy"].mean()


def test_numbers_are_those_of_scikit_learn_and_of_single_probes():
    train, test = embedded(0), embedded(1)
    table = {(r["modality"], r["space"], r["probe"]): r for r in probe(train, test).to_dicts()}
    x = np.hstack([train.embeddings[m] for m in train.modalities]).astype(float)
    q = np.hstack([test.embeddings[m] for m in train.modalities]).astype(float)
    scale = StandardScaler().fit(x)
    model = LogisticRegression(max_iter=5000).fit(scale.transform(x), train.label)
    accuracy = (model.predict(scale.transform(q)) == test.label).mean()
    assert table["fused", "embeddings", "linear"]["accuracy"] == pytest.approx(accuracy)
    z, asked = train.projections, test.projections
    said = probes.knn(fuse(z, z), train.label, fuse(asked, z))
    assert table["fused", "projections", "knn"]["accuracy"] == (said == test.label).mean()
    own, other = center(z["skeleton"], z["skeleton"]), center(asked["skeleton"], z["skeleton"])
    said = probes.nearest_prototype(other, probes.prototypes(own, train.label, 5))
    row = table["skeleton", "projections", "prototype"]
    assert row["accuracy"] == (said == test.label).mean()


def test_with_few_labels_the_unlabelled_windows_help():
    gains = []
    for seed in range(6):
        train, test = embedded(seed, n=200), embedded(100 + seed)
        few = np.full(200, -1)
        few[:5] = train.label[:5]
        table = probe(train, test, labels=few, names=["prototype", "propagation"])
        by = table.group_by("probe").agg(pl.col("accuracy").mean()).sort("probe")
        gains.append(by["accuracy"][0] - by["accuracy"][1])
    assert np.mean(gains) > 0.05


def test_neighbours_are_no_more_than_the_labels_of_a_class():
    train, test = embedded(0), embedded(1)
    few = np.where(np.arange(80) < 5, train.label, -1)
    table = probe(train, test, labels=few, names=["knn", "prototype"])
    # With one label a class, the nearest neighbour is the nearest prototype.
    by = [table.filter(probe=name)["accuracy"].to_list() for name in ("knn", "prototype")]
    assert by[0] == by[1]


def test_test_labels_are_not_looked_at_and_missing_ones_do_not_count():
    train, test = embedded(0), embedded(1)
    hidden = test.windows.with_columns(
        label=pl.when(pl.col("window") < 40).then(None).otherwise("label")
    )
    part = Embedded(test.embeddings, test.projections, hidden, test.classes, 0)
    rest = Embedded(
        {m: x[40:] for m, x in test.embeddings.items()},
        {m: x[40:] for m, x in test.projections.items()},
        test.windows[40:],
        test.classes,
        0,
    )
    assert probe(train, part, names=["knn"]).equals(probe(train, rest, names=["knn"]))


def test_one_modality_without_projectors_has_one_row_a_probe():
    settings = {"modalities": ("inertial",), "projectors": False}
    table = probe(embedded(0, **settings), embedded(1, **settings))
    assert table["modality"].unique().to_list() == ["inertial"]
    assert len(table) == len(PROBES)


def test_bad_input_is_refused():
    train, test = embedded(0), embedded(1)
    with pytest.raises(InputError, match=r"no probe 'svm'; known are linear, ridge"):
        probe(train, test, names=["svm"])
    with pytest.raises(ShapeError, match="each of 80 windows"):
        probe(train, test, labels=[0, 1])
    with pytest.raises(InputError, match="trained on inertial, skeleton, tested on inertial"):
        probe(train, embedded(1, modalities=("inertial",)))
    with pytest.raises(InputError, match="at least two classes"):
        probe(train, test, labels=np.where(np.arange(80) == 0, 0, -1), names=["linear"])
