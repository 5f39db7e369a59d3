import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kinefuse.readers.stretches import BREAK_S, line_up, runs


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), max_size=30))
def test_runs_are_those_of_a_loop(rows):
    edges = [i for i in range(len(rows)) if i == 0 or rows[i] != rows[i - 1]] + [len(rows)]
    found = runs([a for a, _ in rows], [b for _, b in rows])
    assert found.tolist() == edges


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 50)), min_size=1, max_size=20))
def test_no_stretch_overlaps_another_and_those_that_do_not_stay(spans):
    begin = np.array([a for a, _ in spans], float)
    end = begin + [length for _, length in spans]
    shift = line_up(begin, end)
    order = np.argsort(begin + shift, kind="stable")
    placed, ends = (begin + shift)[order], (end + shift)[order]
    assert (placed[1:] > ends[:-1]).all()
    assert (shift >= 0).all()
    apart = np.sort(begin)
    if all(b > e for b, e in zip(apart[1:], end[np.argsort(begin)][:-1], strict=True)):
        assert not shift.any()
    for moved in np.flatnonzero(shift[order]):
        assert placed[moved] - ends[moved - 1] == BREAK_S
