import pytest
from tests.reproduce.jobs import cell, job, table

from kinefuse.errors import ConfigError
from kinefuse.reproduce import Comparison, get, names


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
        return made.fingerprints({"version": context})["a"]

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


def test_an_unknown_table_is_refused_with_the_nearest():
    assert "cmc-cmkm" in names()
    with pytest.raises(ConfigError, match="did you mean 'cmc-cmkm'"):
        get("cmc-cmk", [0])


@pytest.mark.parametrize("seeds", [[], [-1], [0, 0]])
def test_seeds_that_make_no_sense_are_refused(seeds):
    with pytest.raises(ConfigError, match="seeds: expected"):
        get("cmc-cmkm", seeds)
