import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinefuse.data.disturbance import drop_modality, shift_modality
from kinefuse.data.schema import ModalitySchema
from kinefuse.errors import InputError


def windows(n=20):
    return pl.DataFrame(
        {
            "window": range(n),
            "a_rows": pl.Series([10] * n, dtype=pl.Int64),
            "b_rows": pl.Series([7] * n, dtype=pl.Int64),
        }
    )


@given(st.integers(1, 60), st.floats(0, 1), st.floats(0, 1), st.integers(0, 2**16))
def test_the_share_is_met_and_a_larger_one_takes_more(n, first, second, seed):
    low, high = sorted((first, second))
    few, many = (
        drop_modality(windows(n), "a", share=s, seed=seed)["a_rows"] == 0 for s in (low, high)
    )
    assert few.sum() == round(low * n)
    assert not (few & ~many).any()
    assert drop_modality(windows(n), "a", share=low, seed=seed)["b_rows"].to_list() == [7] * n


def test_modalities_and_seeds_draw_apart():
    def gone(modality, seed):
        index = drop_modality(windows(40), modality, share=0.5, seed=seed)
        return (index[f"{modality}_rows"] == 0).to_list()

    assert gone("a", 0) == gone("a", 0)
    assert gone("a", 0) != gone("b", 0)
    assert gone("a", 0) != gone("a", 1)


class Recordings:
    """One recording of 100 rows with a gap before its 60th, and one of 30; 10 rows a second."""

    schema = {"a": ModalitySchema(("x",), ("g",), (1,), 10.0)}  # noqa: RUF012
    recordings = pl.DataFrame(
        {
            "id": ["long", "trial"],
            "a_start": [0, 100],
            "a_rows": [100, 30],
            "a_gaps": [[[60, 5]], []],
        },
        schema_overrides={"a_gaps": pl.List(pl.List(pl.Int64))},
    )


def index(*rows):
    names = ["recording", "a_start", "a_rows"]
    return pl.DataFrame([dict(zip(names, row, strict=True)) for row in rows]).with_row_index(
        "window"
    )


@pytest.mark.parametrize(
    ("window", "shift_s", "expected"),
    [
        (("long", 0, 20), 1.0, (10, 20)),
        (("long", 0, 20), 1.26, (13, 20)),
        (("long", 35, 20), 1.0, (40, 20)),  # up to the gap
        (("long", 60, 20), 1.0, (70, 20)),
        (("long", 80, 20), 1.0, (80, 20)),  # at the end already
        (("long", 60, 40), 1.0, (70, 30)),  # a whole segment
        (("trial", 100, 30), 0.5, (105, 25)),
        (("trial", 100, 30), 9.0, (128, 2)),
        (("trial", 100, 30), 0.0, (100, 30)),
        (("trial", 0, 0), 1.0, (0, 0)),  # not there
    ],
)
def test_a_shift_takes_later_rows(window, shift_s, expected):
    moved = shift_modality(Recordings(), index(window), "a", shift_s)
    assert moved.select("a_start", "a_rows").row(0) == expected


def test_shifted_rows_stay_in_their_recording(store):
    whole = store.window_index()
    cut = store.window_index(length_s=0.5, stride_s=0.25)
    for found in (whole, cut):
        for modality, rate in (("inertial", 50), ("skeleton", 30)):
            moved = shift_modality(store, found, modality, 0.3)
            joined = moved.join(
                store.recordings.select(
                    pl.col("id").alias("recording"),
                    pl.col(f"{modality}_start").alias("first"),
                    pl.col(f"{modality}_rows").alias("all"),
                ),
                on="recording",
            )
            end = joined[f"{modality}_start"] + joined[f"{modality}_rows"]
            assert (end <= joined["first"] + joined["all"]).all()
            change = (moved[f"{modality}_start"] - found[f"{modality}_start"]).to_numpy()
            assert change.min() >= 0
            assert change.max() == round(0.3 * rate)
            other = ({"inertial", "skeleton"} - {modality}).pop()
            assert moved[f"{other}_start"].equals(found[f"{other}_start"])
    np.testing.assert_array_equal(
        shift_modality(store, cut, "inertial", 0.3)["inertial_rows"], cut["inertial_rows"]
    )


def test_bad_input_is_refused():
    with pytest.raises(InputError, match=r"modalities \(a, b\), got 'c'"):
        drop_modality(windows(), "c")
    with pytest.raises(InputError, match=r"share from 0 to 1, got 1\.5"):
        drop_modality(windows(), "a", share=1.5)
    with pytest.raises(InputError, match="seconds from 0, got -1"):
        shift_modality(Recordings(), index(("trial", 100, 30)), "a", -1)
