"""A reader of small files that say what goes wrong with them, for tests with other processes."""

import os
import signal
import time
import warnings
from dataclasses import replace

import numpy as np
from tests.data.chunked_takes import ChunkedTakes

from kinefuse.data import Recording, Stream, sink
from kinefuse.errors import FormatError, KinefuseWarning, StoreError
from kinefuse.readers import Source


class TwoWordsError(FormatError):
    """An error that pickle cannot make again."""

    def __init__(self, file, row):
        super().__init__(f"{file}: row {row}")


class LetterError(UnicodeDecodeError):
    """Another one, of a kind that takes five words."""

    def __init__(self, file):
        super().__init__("ascii", b"", 0, 1, f"{file}: no such letter")


class TroubledTakes:
    """Reads ``.take`` files: a seed, and words of what happens when they are read."""

    name = "troubled-takes"
    classes = ("sit",)

    def settings(self):
        return {}

    def discover(self, path):
        return [Source(file.stem, (file,)) for file in sorted(path.glob("*.take"))]

    def read(self, source):
        seed, *words = source.files[0].read_text().split()
        for word in words:
            getattr(self, word)(source)
        rng = np.random.default_rng(int(seed))
        return Recording(
            id=source.name,
            dataset="troubled",
            subject=str(int(seed) % 3),
            activity=("walk", "sit", None)[int(seed) % 3],
            streams=[
                Stream(
                    name="wrist",
                    modality="inertial",
                    data=rng.normal(size=(20 + int(rng.integers(80)), 3)),
                    channels=("acc_x", "acc_y", "acc_z"),
                    units="g",
                    rate_hz=50.0,
                )
            ],
        )

    def fine(self, source):
        pass

    def broken(self, source):
        raise FormatError(f"{source.name}: broken")

    def odd(self, source):
        raise TwoWordsError(source.name, 3)

    def vanish(self, source):
        source.files[0].with_suffix(".gone").read_text()

    def hopeless(self, source):
        raise StoreError(f"{source.name}: no other will do either")

    def mistaken(self, source):
        return {}["a mistake of the reader"]

    def bad(self, source):
        raise LetterError(source.name)

    def warns(self, source):
        warnings.warn("something is odd", KinefuseWarning, stacklevel=1)

    def dies(self, source):
        """Kill who reads it, as often as the file beside it says."""
        lives = source.files[0].with_suffix(".lives")
        left = int(lives.read_text())
        if left:
            lives.write_text(str(left - 1))
            os.kill(os.getpid(), signal.SIGKILL)


class SlowLargeTakes(ChunkedTakes):
    """Reads in chunks, not too fast, what is large enough for files, and tells who reads."""

    def __init__(self, seconds_a_chunk=0.0):
        self.seconds_a_chunk = seconds_a_chunk

    def read(self, source):
        sink.SPOOL_BYTES = 20_000
        recording = super().read(source)
        (stream,) = recording.streams
        chunks = stream.chunks

        def slowly():
            for chunk in chunks():
                time.sleep(self.seconds_a_chunk)
                yield chunk

        who = source.files[0].parent / "who"
        who.mkdir(exist_ok=True)
        (who / str(os.getpid())).touch()
        return replace(recording, streams=(replace(stream, chunks=slowly),))
