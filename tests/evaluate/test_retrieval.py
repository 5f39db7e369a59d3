import numpy as np
import polars as pl
import pytest
from sklearn.metrics import average_precision_score

from kinefuse.errors import InputError, ShapeError
from kinefuse.evaluate.directions import center
from kinefuse.evaluate.retrieval import retrieve, retrieve_modalities


def draw(queries, gallery, classes, seed):
    random = np.random.default_rng(seed)
    return (
        random.normal(size=(queries, 6)),
        random.normal(size=(gallery, 6)),
        random.integers(0, classes, queries),
        random.integers(0, classes, gallery),
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("queries", "gallery", "classes"), [(20, 50, 3), (7, 9, 4), (1, 5, 1)])
def test_equals_scikit_learn_and_counting(queries, gallery, classes, seed):
    q, g, wanted, have = draw(queries, gallery, classes, seed)
    ks = (1, 3, 100)
    found = retrieve(q, g, wanted, have, ks=ks)
    scores, counts = [], {k: [] for k in ks}
    for row, label in zip(q, wanted, strict=True):
        if label not in have:
            continue
        cosine = g @ row / np.linalg.norm(g, axis=1) / np.linalg.norm(row)
        scores.append(average_precision_score(have == label, cosine))
        first = have[np.argsort(-cosine)]
        for k in ks:
            counts[k].append((first[:k] == label).sum() / np.array([k, (have == label).sum()]))
    assert found.queries == len(scores)
    assert found.without_match == queries - len(scores)
    assert found.mean_average_precision == pytest.approx(np.mean(scores))
    for k in ks:
        precision, recall = np.mean(counts[k], axis=0)
        assert found.precision[k] == pytest.approx(precision)
        assert found.recall[k] == pytest.approx(recall)
        assert found.hit[k] == pytest.approx(np.mean([c[0] > 0 for c in counts[k]]))
    assert found.recall[100] == pytest.approx(1)


def test_blocks_change_nothing():
    data = draw(30, 40, 4, 1)
    assert retrieve(*data, block=7) == retrieve(*data)


def test_an_embedding_that_tells_all_retrieves_all():
    z = np.eye(3)[[0, 1, 2, 0, 1, 2]]
    found = retrieve(z, z, [0, 1, 2, 0, 1, 2], [0, 1, 2, 0, 1, 2], ks=[2])
    assert found.mean_average_precision == found.precision[2] == found.recall[2] == 1
    assert found.to_dict()["precision@2"] == 1
    assert "mAP 100.0 %" in str(found)


def test_bad_input_is_refused():
    q, g, wanted, have = draw(4, 6, 2, 0)
    with pytest.raises(ShapeError, match="6 values"):
        retrieve(q[:, :3], g, wanted, have)
    with pytest.raises(InputError, match="no query"):
        retrieve(q, g, wanted + 5, have)
    with pytest.raises(InputError, match="ks"):
        retrieve(q, g, wanted, have, ks=[0])
    with pytest.raises(InputError, match="window 2"):
        retrieve(np.where(np.arange(4)[:, None] == 2, np.nan, q), g, wanted, have)
    with pytest.raises(InputError, match="no label"):
        retrieve(q, g, [-1, 0, 0, 0], have)


def embedded(seed, n=40, spread=0.3, projectors=True):
    """Two modalities whose projections share a space, each with its own offset."""
    embeddings = pytest.importorskip("kinefuse.evaluate.embeddings")
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(4, 6))
    y = random.integers(0, 4, n)
    z = centres[y] + spread * random.normal(size=(n, 6))
    other = centres[y] + spread * random.normal(size=(n, 6))
    spaces = {"inertial": z, "skeleton": other + 5.0}
    wide = {m: np.hstack([x, x[:, :1]]) for m, x in spaces.items()}
    windows = pl.DataFrame({"window": np.arange(n), "label": y})
    names = tuple("abcd")
    return embeddings.Embedded(wide, spaces if projectors else {}, windows, names, 0)


def test_modalities_are_searched_alone_fused_and_across():
    query, gallery = embedded(0), embedded(1, n=60)
    table = retrieve_modalities(query, gallery, ks=[1, 3])
    assert table.select("query", "gallery", "space").rows() == [
        ("inertial", "inertial", "embeddings"),
        ("skeleton", "skeleton", "embeddings"),
        ("fused", "fused", "embeddings"),
        ("inertial", "inertial", "projections"),
        ("skeleton", "skeleton", "projections"),
        ("fused", "fused", "projections"),
        ("inertial", "skeleton", "projections"),
        ("skeleton", "inertial", "projections"),
    ]
    assert (table["queries"] == 40).all()
    assert (table["precision@1"] > 0.8).all()  # The offset between modalities is taken off.
    q, g = query.projections, gallery.projections
    by_hand = retrieve(
        center(q["inertial"], g["inertial"]),
        center(g["skeleton"], g["skeleton"]),
        query.label,
        gallery.label,
        ks=[1, 3],
    )
    row = table.row(6, named=True)
    assert {k: row[k] for k in by_hand.to_dict()} == by_hand.to_dict()


def test_without_projectors_there_is_nothing_across():
    table = retrieve_modalities(embedded(0, projectors=False), embedded(1, projectors=False))
    assert table["space"].unique().to_list() == ["embeddings"]
    assert (table["query"] == table["gallery"]).all()


def test_windows_without_a_label_take_no_part():
    query, gallery = embedded(0), embedded(1)
    hidden = query.windows.with_columns(
        label=pl.when(pl.col("window") < 10).then(None).otherwise("label")
    )
    query = type(query)(query.embeddings, query.projections, hidden, query.classes, 0)
    assert (retrieve_modalities(query, gallery)["queries"] == 30).all()


def test_other_modalities_are_refused():
    query, gallery = embedded(0), embedded(1)
    one = {"inertial": query.embeddings["inertial"]}
    alone = type(query)(one, {}, query.windows, query.classes, 0)
    with pytest.raises(InputError, match="expected queries of inertial, skeleton, got inertial"):
        retrieve_modalities(alone, gallery)
