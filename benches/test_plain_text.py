"""Text files of data sets, beside what is usually taken to read them."""

import numpy as np
import polars as pl
import pytest

from kinefuse.readers.plain_rows import parse_names
from kinefuse.readers.plain_text import load_columns

ROWS, COLUMNS = 100_000, 54


@pytest.fixture(scope="session")
def numbers(size, tmp_path_factory):
    """A file like one of PAMAP2: 54 numbers between blanks, some of them NaN."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(size(ROWS), COLUMNS)).round(5)
    values[rng.random(len(values)) < 0.01, 3:20] = np.nan
    file = tmp_path_factory.mktemp("columns") / "subject101.dat"
    with file.open("w") as out:
        for row in values.tolist():
            out.write(" ".join(map(repr, row)).replace("nan", "NaN") + "\n")
    return file, values


def test_columns_kinefuse(benchmark, threads, numbers):
    file, values = numbers
    benchmark.group = f"text of {len(values):,} x {COLUMNS} numbers"
    np.testing.assert_array_equal(load_columns(file, COLUMNS, separator=" "), values)
    benchmark(load_columns, file, COLUMNS, separator=" ")


def test_columns_polars(benchmark, numbers):
    file, values = numbers
    benchmark.group = f"text of {len(values):,} x {COLUMNS} numbers"
    benchmark.extra_info["by"] = "polars, all threads"
    schema = {str(column): pl.Float64 for column in range(COLUMNS)}

    def read():
        return pl.read_csv(file, has_header=False, separator=" ", schema=schema).to_numpy()

    np.testing.assert_array_equal(read(), values)
    benchmark(read)


def test_columns_pandas(benchmark, numbers):
    file, values = numbers
    pandas = pytest.importorskip("pandas")
    benchmark.group = f"text of {len(values):,} x {COLUMNS} numbers"
    benchmark.extra_info["by"] = "pandas"

    def read():
        return pandas.read_csv(file, sep=" ", header=None).to_numpy()

    np.testing.assert_array_equal(read(), values)
    benchmark(read)


def test_columns_numpy(benchmark, numbers):
    file, values = numbers
    benchmark.group = f"text of {len(values):,} x {COLUMNS} numbers"
    benchmark.extra_info["by"] = "NumPy"
    benchmark.pedantic(np.loadtxt, (file,), rounds=1)


@pytest.fixture(scope="session")
def labelled(size):
    """Rows whose third cell is one of six activities, each some hundred rows long."""
    activity = np.repeat(np.random.default_rng(0).integers(0, 6, 20_000), 250)[: size(2_000_000)]
    lines = [f"0.123,-9.81,activity{i},7\n" for i in range(6)]
    return "".join(lines[i] for i in activity).encode(), activity


def test_names_kinefuse(benchmark, threads, labelled):
    text, activity = labelled
    benchmark.group = f"activities of {len(activity):,} rows of text"
    codes, names = benchmark(parse_names, text, 2, separator=",", columns=4)
    assert np.array_equal(np.array([int(n[-1]) for n in names])[codes], activity)


def test_names_polars(benchmark, labelled):
    text, activity = labelled
    benchmark.group = f"activities of {len(activity):,} rows of text"
    benchmark.extra_info["by"] = "polars, all threads"

    def read():
        table = pl.read_csv(text, has_header=False, columns=[2])
        return table.to_series().cast(pl.Categorical).to_physical().to_numpy()

    assert len(benchmark(read)) == len(activity)
