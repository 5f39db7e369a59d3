import pytest
from tests.reproduce.jobs import cell, job, table

from kinefuse.errors import ConfigError
from kinefuse.reproduce import Comparison, Dataset, get, names


@pytest.mark.parametrize(
    ("jobs", "cells", "message"),
    [
        ([job("a"), job("a")], [], "two jobs are called a"),
        ([job("a", needs=["b"])], [], "'a' needs b: no such job"),
        ([job("a", needs=["b"]), job("b", needs=["a"])], [], "needs itself"),
        ([job("a")], [cell(("a", "b"))], "cell cmc .*: no job b"),
    ],
)
def test_a_table_that_cannot_be_made_is_refused(jobs, cells, message):
    with pytest.raises(ConfigError, match=message):
        table(*jobs, cells=tuple(cells))


def test_a_fingerprint_is_of_all_that_decides_the_result():
    def digest(*, number=1, context="", kind="k", seconds=1.0, first=0):
        made = table(
            job("first", number=first),
            job("a", needs=["first"], number=number, kind=kind, seconds=seconds),
        )
        return made.fingerprints({"none": {"version": context}})["a"]

    same = digest()
    assert digest() == digest(kind="other", seconds=9.0) == same
    assert len({same, digest(number=2), digest(context="1"), digest(first=1)}) == 4


def test_only_some_methods_keep_what_they_need():
    cells = [cell(("a",), method="a"), cell(("b",), method="b"), cell(("c",), method="c")]
    pairs = [Comparison(first=cells[0], second=other) for other in cells[1:]]
    jobs = [job("base"), job("a", needs=["base"]), job("b"), job("c", needs=["base"])]
    whole = table(*jobs, cells=tuple(cells), comparisons=tuple(pairs))
    part = whole.only(["a", "c"])
    assert [j.name for j in part.jobs] == ["base", "a", "c"]
    assert [c.method for c in part.cells] == ["a", "c"]
    assert part.comparisons == (pairs[1],)
    with pytest.raises(ConfigError, match="no method d: there are a, b, c"):
        whole.only(["d"])


def test_of_some_data_sets_what_named_none_stays_where_it_was():
    datasets = tuple(Dataset(name=n, reader="r", protocol=p) for n, p in (("x", "1"), ("y", "2")))
    cells = (cell(("a",)), cell(("b",), dataset="y", protocol="3"))
    jobs = [job("a"), job("b", dataset="y"), job("unused")]
    pairs = (Comparison(first=cells[0], second=cells[0]),)
    whole = table(*jobs, cells=cells, comparisons=pairs, datasets=datasets)
    assert [whole.dataset(j).name for j in whole.jobs] == ["x", "y", "x"]
    digests = whole.fingerprints({"x": {"k": "1"}, "y": {"k": "2"}})
    for name, kept in (("x", "a"), ("y", "b")):
        part = whole.on([name])
        assert [j.name for j in part.jobs] == [kept]
        assert [part.dataset(c).name for c in part.cells] == [name]
        assert part.fingerprints({"x": {"k": "1"}, "y": {"k": "2"}})[kept] == digests[kept]
    assert whole.on(["x"]).comparisons[0].first == whole.on(["x"]).cells[0]
    assert whole.on(["y"]).comparisons == ()
    for nonsense in ([], ["z"]):
        with pytest.raises(ConfigError, match="has no data set"):
            whole.on(nonsense)


def test_a_job_that_needs_one_of_another_data_set_is_refused():
    datasets = tuple(Dataset(name=n, reader="r", protocol="1") for n in "xy")
    with pytest.raises(ConfigError, match="'a' is on x and needs 'b', on y"):
        table(job("a", needs=["b"]), job("b", dataset="y"), datasets=datasets)
    with pytest.raises(ConfigError, match="no data set 'z'"):
        table(job("a", dataset="z"), datasets=datasets)


def test_an_unknown_table_is_refused_with_the_nearest():
    assert "cmc-cmkm" in names()
    with pytest.raises(ConfigError, match="did you mean 'cmc-cmkm'"):
        get("cmc-cmk", [0])


@pytest.mark.parametrize("seeds", [[], [-1], [0, 0]])
def test_seeds_that_make_no_sense_are_refused(seeds):
    with pytest.raises(ConfigError, match="seeds: expected"):
        get("cmc-cmkm", seeds)
