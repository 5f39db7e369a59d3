"""Our reading of plain arrays against SciPy's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import loadmat, savemat

from kinefuse.errors import FormatError
from kinefuse.readers.matlab import _plain_variable, load_variable

RNG = np.random.default_rng(0)
ARRAYS = {
    "double": RNG.normal(size=(7, 6)),
    "cube": RNG.normal(size=(20, 3, 9)),
    "whole": np.arange(12.0).reshape(3, 4),
    "one": np.array([[5.0]]),
    "none": np.empty((0, 6)),
    "single": RNG.normal(size=(4, 2)).astype(np.float32),
    "integer": np.arange(6, dtype=np.int16).reshape(2, 3),
    "complex": RNG.normal(size=(3, 2)) + 1j,
    "text": "words",
}


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("name", ARRAYS)
def test_equals_scipy(tmp_path, name, compressed):
    file = tmp_path / "a.mat"
    savemat(file, {"before": np.arange(3), **ARRAYS}, do_compression=compressed)
    values = load_variable(file, name)
    np.testing.assert_array_equal(values, loadmat(file)[name])
    plain = _plain_variable(file.read_bytes(), name)
    assert (plain is not None) == (name in ("double", "cube", "whole", "one", "none"))


@settings(max_examples=300, deadline=None)
@given(data=st.data(), compressed=st.booleans())
def test_a_damaged_file_is_an_error_or_an_array(tmp_path_factory, data, compressed):
    file = tmp_path_factory.mktemp("mat") / "a.mat"
    savemat(file, {"x": ARRAYS["double"]}, do_compression=compressed)
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    plain = _plain_variable(bytes(content), "x")
    assert plain is None or plain.dtype == np.float64


def test_a_missing_file_stays_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_variable(tmp_path / "nowhere.mat", "x")
    (tmp_path / "empty.mat").write_bytes(b"")
    with pytest.raises(FormatError, match=r"empty.mat: not a whole MATLAB version 5 file"):
        load_variable(tmp_path / "empty.mat", "x")
