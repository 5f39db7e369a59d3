import pytest


@pytest.fixture(scope="session")
def pretrained(store, recipe, tmp_path_factory):
    """Encoders and projectors of the waves."""
    methods = pytest.importorskip("kinefuse.methods")
    return methods.pretrain(store, recipe, out=tmp_path_factory.mktemp("pretrained"), seed=3)
