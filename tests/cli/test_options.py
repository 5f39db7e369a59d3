import pytest

from kinefuse.cli.options import load_recipe, pairs
from kinefuse.errors import ConfigError


def test_pairs_are_read():
    assert pairs(["inertial=50", "skeleton=29.97"], "--rate", float) == {
        "inertial": 50.0,
        "skeleton": 29.97,
    }
    assert pairs(None, "--rate", float) == {}
    assert pairs(["a=b=c"], "--set", str) == {"a": "b=c"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["inertial"], "--rate: expected key=value, got 'inertial'"),
        (["=50"], "--rate: expected key=value, got '=50'"),
        (["a=1", "a=2"], "--rate: 'a' comes twice"),
        (["a=fast"], "--rate: a: could not convert"),
    ],
)
def test_what_is_no_pair_is_refused(words, message):
    with pytest.raises(ConfigError, match=message):
        pairs(words, "--rate", float)


def test_set_changes_a_recipe():
    assert load_recipe("utd-mhad-cmc", ["pretrain.epochs=3"]).pretrain.epochs == 3
