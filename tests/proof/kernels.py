"""Every kernel once, on fixed data: a name and a function that returns arrays.

As a program it prints a digest of each one's bytes, or writes it to the file `OUT`.
"""

import hashlib
import json
import tomllib
from pathlib import Path

import numpy as np

import kinefuse
from kinefuse import filters, skeleton
from kinefuse.augment import Plan
from kinefuse.data import BatchLoader, Prepare

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(0)
#: Two lengths: a tail shorter than any vector, and one that is none.
SIGNALS = {
    f"{rows} of {dtype}": RANDOM.normal(size=(3, rows, 6)).astype(dtype)
    for rows in (64, 997)
    for dtype in ("float32", "float64")
}
BODIES = {
    dtype: RANDOM.normal(size=(30, 20, 3)).astype(dtype) + np.linspace(0, 2, 60).reshape(20, 3)
    for dtype in ("float32", "float64")
}
STAMPS = np.cumsum(RANDOM.uniform(0.007, 0.013, 997))
EXAMPLES = HERE.parent / "augment"


def _resampling():
    for name, x in SIGNALS.items():
        for up, down in ((1, 2), (1, 4), (3, 10), (2, 1), (20, 41)):
            yield (
                f"resample {up}/{down}, {name}",
                lambda x=x, up=up, down=down: kinefuse.resample(x, from_hz=down, to_hz=up),
            )
        yield (
            f"resample, any ratio, {name}",
            lambda x=x: kinefuse.resample(x, from_hz=64, to_hz=63.97),
        )
        if x.dtype == np.float32:
            yield (
                f"resample 20/41, precise, {name}",
                lambda x=x: kinefuse.resample(x, from_hz=41, to_hz=20, precise=True),
            )
        for rows in (50, 61, 1200):
            yield (
                f"resample_to_length {rows}, {name}",
                lambda x=x, rows=rows: kinefuse.resample_to_length(x, rows),
            )
    for name in ("997 of float32", "997 of float64"):
        for hz in (100, 50, 30):
            yield (
                f"regrid {hz} Hz, {name}",
                lambda x=SIGNALS[name][0], hz=hz: (
                    kinefuse.regrid(STAMPS, x, rate_hz=hz, max_gap_s=1).data
                ),
            )


def _filters():
    for order, kind, cutoff_hz in (
        (1, "lowpass", 10),
        (4, "bandpass", (1, 20)),
        (11, "highpass", 5),
    ):
        sos = filters.design_butterworth(order, cutoff_hz, rate_hz=100, kind=kind)
        for name, x in SIGNALS.items():
            for filter_ in (filters.filter_sos, filters.filter_zero_phase):
                for channels in (6, 3):
                    yield (
                        f"{filter_.__name__} {order} {kind}, {channels} channels, {name}",
                        lambda x=x[..., :channels], sos=sos, filter_=filter_: filter_(x, sos),
                    )


def _skeletons():
    for dtype, x in BODIES.items():
        for align in (None, "yaw", "body"):
            for over in ("first", "each"):
                yield (
                    f"normalize align={align} over {over} {dtype}",
                    lambda x=x, align=align, over=over: skeleton.normalize(
                        x, "kinect_v1", align=align, align_over=over, ground=_ground(align)
                    ),
                )
        yield (
            f"skeleton streams {dtype}",
            lambda x=x: list(skeleton.streams(x, "kinect_v1").values()),
        )


def _ground(align):
    return None if align == "body" else (0.1, 1.0, 0.2)


def _augmentations():
    windows = {"inertial": SIGNALS["997 of float32"], "skeleton": BODIES["float32"][None]}
    windows |= {"short inertial": SIGNALS["64 of float32"]}
    for of, x in windows.items():
        kind = of.split()[-1]
        for step, values in tomllib.loads((EXAMPLES / kind / "examples.toml").read_text()).items():
            plan = Plan.from_list(kind, [{"name": step, **values, "p": 1.0}])
            yield (
                f"augment {of} {step}",
                lambda plan=plan, x=x: [plan(x, seed=seed) for seed in range(5)],
            )


def _batches():
    def views(resize):
        prepare = {
            "inertial": Prepare(50, resize, mean=np.arange(6) / 10, std=np.arange(1, 7) / 3),
            "skeleton": Prepare(32, resize, normalize={"layout": "kinect_v1"}),
        }
        arrays = {"inertial": [x for x in SIGNALS["64 of float32"]], "skeleton": []}
        arrays["skeleton"] = [BODIES["float32"][a:] for a in range(3)]
        (batch,) = BatchLoader.from_arrays(arrays, prepare=prepare, batch_size=3, shuffle=False)
        return [batch["inertial"], batch["skeleton"]]

    for resize in ("linear", "fourier"):
        yield f"batch, {resize}", lambda resize=resize: views(resize)


KERNELS = {
    name: call
    for kernels in (_resampling, _filters, _skeletons, _augmentations, _batches)
    for name, call in kernels()
}


def digest(name):
    """The bytes that a kernel makes, in short."""
    made = KERNELS[name]()
    made = made if isinstance(made, list | tuple) else [made]
    digests = [hashlib.blake2b(np.ascontiguousarray(part)).hexdigest()[:16] for part in made]
    return " ".join(digests)


if __name__ == "__main__":
    digests = json.dumps({name: digest(name) for name in KERNELS}, indent=1)
    if "OUT" in globals():
        Path(globals()["OUT"]).write_text(digests)
    else:
        print(digests)
