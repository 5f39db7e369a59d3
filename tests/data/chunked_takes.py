"""A reader of recordings in chunks, for tests that run it in another process too."""

from pathlib import Path

import numpy as np

from kinefuse.data import Chunk, ChunkedStream, Recording
from kinefuse.readers import Source


def write_takes(folder: Path) -> Path:
    """Write nine recordings of three people, some of them in several chunks."""
    rng = np.random.default_rng(1)
    for number in range(9):
        rows = int(rng.integers(2000, 9000))
        time_s = np.cumsum(rng.uniform(0.015, 0.025, rows))
        takes = np.column_stack([time_s, rng.normal(size=(rows, 2))])
        np.save(folder / f"s{number % 3}_{number}.npy", takes)
    return folder


class ChunkedTakes:
    """Reads ``.npy`` files (n, 3) of a stamp and two channels, 500 rows at a time."""

    name = "chunked-takes"
    classes = ()

    def discover(self, path: Path) -> list[Source]:
        files = sorted(Path(path).glob("*.npy"))
        return [Source(file.name, (file,)) for file in files]

    def settings(self):
        return {}

    def read(self, source):
        (file,) = source.files

        def chunks():
            with file.open("rb") as content:
                np.lib.format.read_magic(content)
                shape, _, _ = np.lib.format.read_array_header_1_0(content)
                for begin in range(0, shape[0], 500):
                    n = min(500, shape[0] - begin)
                    rows = np.frombuffer(content.read(n * 24)).reshape(n, 3)
                    labels = (np.arange(begin, begin + n) // 800 % 3 - 1).astype(np.int8)
                    yield Chunk(
                        data=rows[:, 1:],
                        time_s=np.ascontiguousarray(rows[:, 0]),
                        labels=labels,
                        label_names=("walk", "sit"),
                        bytes_read=content.tell(),
                    )

        stream = ChunkedStream(
            name="wrist",
            modality="inertial",
            channels=("x", "y"),
            units="g",
            sample_shape=(2,),
            timed=True,
            labelled=True,
            rate_hz=50.0,
            chunks=chunks,
            file=file,
        )
        return Recording(id=file.stem, dataset="takes", subject=file.name[:2], streams=[stream])
