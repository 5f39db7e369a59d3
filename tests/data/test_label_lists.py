import polars as pl
import pytest

from kinefuse.data.label_lists import listed_labels
from kinefuse.errors import ConfigError, SplitError

INDEX = pl.DataFrame(
    {
        "window": pl.Series([3, 4, 7, 8, 9], dtype=pl.UInt64),
        "recording": ["b", "b", "a", "c", "c"],
        "label": [0, 1, 2, None, 0],
    }
)


@pytest.mark.parametrize(
    ("labels", "windows"),
    [
        (["a"], [7]),
        (["a", "b"], [3, 4, 7]),
        ([9, 3], [3, 9]),
        (["a", 4], [4, 7]),
        (["c"], [9]),  # one of its windows has no label
    ],
)
def test_windows_of_a_list_come_in_the_order_of_the_index(labels, windows):
    assert listed_labels(INDEX, labels)["window"].to_list() == windows
    assert listed_labels(INDEX, iter(labels))["window"].to_list() == windows


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([], ConfigError, "at least one recording"),
        (["a", "b", "a"], ConfigError, "labels: a more than once"),
        (["a", "x", 5], SplitError, "labels: x, 5 not among the labelled training windows"),
        ([8], SplitError, "labels: 8 not among"),
        (list("defghij"), SplitError, "labels: d, e, f, g, h and 2 more not among"),
    ],
)
def test_what_is_not_there_is_named(labels, error, message):
    with pytest.raises(error, match=message):
        listed_labels(INDEX, labels)
