import numpy as np
import pytest

from kinefuse import cli, readers
from kinefuse.data import MotionStore, ingest
from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import FormatError
from kinefuse.readers import Source
from kinefuse.recipe import Recipe


class Tiny:
    """Twelve recordings of two subjects, made on the spot; one is broken if asked for."""

    name = "tiny-for-tests"
    classes = ("sit", "walk", "run")

    def __init__(self, *, broken: bool = False):
        self.broken = broken

    def settings(self):
        return {"broken": self.broken}

    def discover(self, path):
        return [
            Source(f"s{s}_a{a}_t{t}", (), {"s": s, "a": a, "t": t})
            for s in (1, 2)
            for a in range(3)
            for t in (1, 2)
        ]

    def read(self, source):
        s, a, t = (source.info[key] for key in "sat")
        if self.broken and (s, a, t) == (2, 2, 2):
            raise FormatError("s2_a2_t2: expected numbers, got none")
        data = np.random.default_rng([s, a, t]).normal(a, 1, (100 + 10 * s, 3))
        stream = Stream(
            name="wrist",
            modality="inertial",
            data=data,
            channels=("acc_x", "acc_y", "acc_z"),
            units="g",
            rate_hz=50.0,
        )
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=str(s),
            activity=self.classes[a],
            streams=[stream],
        )


if Tiny.name not in readers.names():
    readers.register(Tiny.name, Tiny)


RECIPE = """
name = "tiny"
method = "simclr"

[split]
train = ["1"]
test = ["2"]

[modalities.inertial]
prepare = { length = 32 }
encoder = { name = "resnet1d", width = 4 }

[pretrain]
epochs = 2
batch_size = 3
lr = 1e-3
augment = { inertial = [{ name = "jitter", sigma = 0.1 }] }

[finetune]
epochs = 2
batch_size = 3
lr = 1e-3
copies = 2
hidden = 8
augment = { inertial = [{ name = "jitter", sigma = 0.1 }] }

[supervised]
epochs = 2
batch_size = 3
lr = 1e-3
"""


@pytest.fixture(scope="session")
def recipe(tmp_path_factory):
    """Settings for the recordings of :class:`Tiny`, whose training takes no time."""
    path = tmp_path_factory.mktemp("recipe") / "tiny.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    """The recordings of :class:`Tiny`."""
    path = tmp_path_factory.mktemp("store") / "tiny"
    ingest(Tiny.name, path.parent, path)
    return path


@pytest.fixture(scope="session")
def pretrained(store, recipe, tmp_path_factory):
    """Encoders of :class:`Tiny`, pretrained without labels."""
    methods = pytest.importorskip("kinefuse.methods")
    out = tmp_path_factory.mktemp("pretrained") / "simclr"
    return methods.pretrain(MotionStore(store), Recipe.load(recipe), out=out)


@pytest.fixture
def kinefuse(capsys):
    """Run a command: its status, what it said, and what it complained about."""

    def run(*words):
        with pytest.raises(SystemExit) as exit_:
            cli.main([str(word) for word in words])
        told = capsys.readouterr()
        return exit_.value.code or 0, told.out, told.err

    return run
