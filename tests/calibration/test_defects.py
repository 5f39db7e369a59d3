import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kinefuse.calibration import find_clipping, find_flat_lines
from kinefuse.errors import DtypeError, InputError, ShapeError

FEW_VALUES = hnp.arrays(
    st.sampled_from([np.float32, np.float64]),
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=40),
    elements=st.sampled_from([-2.0, -1.0, 0.0, 1.0, 2.0, np.nan, np.inf]),
)


def spans(table):
    return table["channel", "start", "length"].rows()


def naive(x, keys, min_rows):
    """Stretches of rows with equal keys, by channel; a key of None belongs to none."""
    found = []
    for channel in range(x.shape[1]):
        row = 0
        for key, same in itertools.groupby(keys(v) for v in x[:, channel]):
            length = len(list(same))
            if key is not None and length >= min_rows:
                found.append((channel, row, length))
            row += length
    return found


class TestClipping:
    @given(FEW_VALUES, st.integers(1, 4))
    def test_against_a_loop(self, x, min_rows):
        def end(v):
            return None if not np.isfinite(v) or abs(v) < 1 else v > 0

        table = find_clipping(x, rate_hz=4, limit=1, min_rows=min_rows)
        assert spans(table) == naive(x, end, min_rows)
        assert table["start_s"].to_list() == [start / 4 for start in table["start"]]
        assert table["length_s"].to_list() == [length / 4 for length in table["length"]]
        assert table["value"].to_list() == [x[start, channel] for channel, start, _ in spans(table)]

    def test_a_clipped_swing(self):
        swing = 10 * np.sin(2 * np.pi * np.arange(1000) / 100)
        x = np.stack([np.clip(swing, -8, 8), np.clip(swing, -100, 6), swing], axis=1)
        table = find_clipping(x, rate_hz=100, limit=8)
        assert (table["value"].abs() >= 8).all()
        assert table.group_by("channel").len().sort("channel")["len"].to_list() == [20, 10, 20]
        found = find_clipping(x, rate_hz=100)
        # Of its own extremes, those that are held: both ends, the upper one, none.
        assert found.filter(channel=0).height == 20
        assert found.filter(channel=1).height == 10
        assert found.filter(channel=1)["value"].unique().to_list() == [6]
        assert find_clipping(x[:, 1], rate_hz=100, limit=(-9, 7)).filter(value=6).is_empty()

    def test_flat_is_not_clipped(self):
        assert find_clipping(np.ones(50), rate_hz=10).is_empty()
        assert find_clipping(np.full(50, np.nan), rate_hz=10).is_empty()
        assert find_clipping(np.zeros((0, 3)), rate_hz=10).is_empty()

    @pytest.mark.parametrize(
        "arguments",
        [
            {"limit": 0},
            {"limit": (3, 3)},
            {"limit": (1, 2, 3)},
            {"limit": np.nan},
            {"rate_hz": 0},
            {"min_rows": 0},
            {"min_rows": 1.5},
        ],
    )
    def test_bad_arguments(self, arguments):
        with pytest.raises(InputError, match=next(iter(arguments))):
            find_clipping([1.0], **({"rate_hz": 1} | arguments))


class TestFlatLines:
    @given(FEW_VALUES, st.integers(2, 5))
    def test_against_a_loop(self, x, min_rows):
        def value(v):
            return v if np.isfinite(v) else None

        table = find_flat_lines(x, rate_hz=4, min_s=min_rows / 4)
        assert spans(table) == naive(x, value, min_rows)

    @given(st.integers(2, 500), st.sampled_from([7.0, 31.25, 100.0, 102.5]))
    def test_a_time_of_whole_rows_is_that_many_rows(self, rows, rate_hz):
        x = np.r_[1.0, np.zeros(rows), 1.0]
        assert spans(find_flat_lines(x, rate_hz=rate_hz, min_s=rows / rate_hz)) == [(0, 1, rows)]
        assert find_flat_lines(x, rate_hz=rate_hz, min_s=(rows + 1) / rate_hz).is_empty()

    def test_tolerance_is_about_the_first_value(self):
        x = np.arange(10) / 10
        assert spans(find_flat_lines(x, rate_hz=1, min_s=3, tolerance=0.25)) == [
            (0, 0, 3),
            (0, 3, 3),
            (0, 6, 3),
        ]

    @pytest.mark.parametrize(
        "arguments", [{"rate_hz": np.inf}, {"min_s": -1}, {"min_s": "long"}, {"tolerance": np.nan}]
    )
    def test_bad_arguments(self, arguments):
        with pytest.raises(InputError, match=next(iter(arguments))):
            find_flat_lines([1.0], **({"rate_hz": 1} | arguments))


@pytest.mark.parametrize("call", [find_clipping, find_flat_lines])
@pytest.mark.parametrize(
    ("x", "error"),
    [
        (1.0, ShapeError),
        (np.zeros((3, 0)), ShapeError),
        (np.zeros((2, 2, 2)), ShapeError),
        (["a"], DtypeError),
    ],
)
def test_bad_signals(call, x, error):
    with pytest.raises(error, match="x:"):
        call(x, rate_hz=10)
