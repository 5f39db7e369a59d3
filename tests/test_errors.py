import inspect

import pytest

from kinefuse import _native, errors


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("InputError", ValueError),
        ("ShapeError", ValueError),
        ("DtypeError", TypeError),
        ("ConfigError", ValueError),
        ("TimeError", ValueError),
        ("FormatError", ValueError),
        ("StoreError", RuntimeError),
        ("SplitError", ValueError),
        ("CheckpointError", RuntimeError),
        ("MissingExtraError", ImportError),
    ],
)
def test_each_error_is_also_the_builtin_that_users_would_catch(name, builtin):
    error = getattr(errors, name)
    assert issubclass(error, builtin)
    assert issubclass(error, errors.KinefuseError)


def test_every_class_has_a_docstring():
    for _, cls in inspect.getmembers(errors, inspect.isclass):
        assert cls.__doc__


def test_a_core_error_arrives_as_its_python_class():
    with pytest.raises(errors.InputError, match="n_threads: expected 1 to 1024, got 0"):
        _native.set_num_threads(0)
