"""Text files of data sets, beside what is usually taken to read them."""

import numpy as np
import pytest

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


@pytest.mark.usefixtures("one_thread")
def test_columns_kinefuse(benchmark, numbers):
    file, values = numbers
    benchmark.group = f"text of {len(values):,} x {COLUMNS} numbers"
    np.testing.assert_array_equal(load_columns(file, COLUMNS, separator=" "), values)
    benchmark(load_columns, file, COLUMNS, separator=" ")


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
