import pytest

from kinefuse.cli.options import load_recipe, pairs, read_labels
from kinefuse.errors import ConfigError, InputError
from kinefuse.readers.cosmo_labels import cosmo_labels


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


def test_a_list_of_labels_is_a_file_or_one_of_cosmo_s(tmp_path):
    assert read_labels(None) is None
    assert read_labels("cosmo-10") == cosmo_labels(10)
    with pytest.raises(InputError, match=r"expected 5, 10, .* got 7"):
        read_labels("cosmo-7")
    file = tmp_path / "cosmo-mine"
    file.write_text("one\n\n  two\n")
    assert read_labels(str(file)) == ("one", "two")
