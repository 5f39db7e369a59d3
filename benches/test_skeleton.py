"""Skeletons beside NumPy and Polars, on the same data, with ``out=`` where both have it."""

import numpy as np
import pytest

from kinefuse import skeleton

SPINE, NECK = 2, 1
LEFT, RIGHT = [4, 12], [8, 16]


def bodies(n, t):
    x = np.random.default_rng(0).uniform(-0.04, 0.04, (n, t, 20, 3))
    x[..., 1] += np.linspace(1, 0, 20)
    x[..., RIGHT, 0] += 0.5
    x[:, :, NECK, 1] += 0.5
    return x.astype(np.float32)


# One long recording, and windows such as a batch holds.
SIZES = {"one recording": (1, 100_000), "windows": (2000, 50)}


@pytest.fixture
def frames(size, request):
    n, t = SIZES[request.node.callspec.params["of"]]
    return bodies(n if n == 1 else size(n), size(t) if n == 1 else t)


def turns(x):
    """The yaw of each window, as ``(N, 3, 3)``."""
    side = (x[:, :5, RIGHT] - x[:, :5, LEFT]).sum(axis=(1, 2))
    r = np.hypot(side[:, 0], side[:, 2])
    c, s = side[:, 0] / r, side[:, 2] / r
    m = np.zeros((len(x), 3, 3), np.float32)
    m[:, 0, 0], m[:, 0, 2], m[:, 1, 1], m[:, 2, 0], m[:, 2, 2] = c, s, 1, -s, c
    return m


def by_numpy(x, out, align):
    origin = x[:, :1, SPINE : SPINE + 1]
    length = np.linalg.norm(x[:, 0, NECK] - x[:, 0, SPINE], axis=-1)
    if align:
        m = (turns(x) / length[:, None, None]).transpose(0, 2, 1)
        flat = (len(x), -1, 3)
        np.matmul((x - origin).reshape(flat), m, out=out.reshape(flat))
        return out
    np.subtract(x, origin, out=out)
    return np.divide(out, length[:, None, None, None], out=out)


def group_of(x, align):
    return f"skeleton normalize, align={align}, {x.shape}"


@pytest.mark.parametrize("of", SIZES)
@pytest.mark.parametrize("align", [None, "yaw"])
def test_kinefuse(benchmark, threads, of, frames, align):
    benchmark.group = group_of(frames, align)
    benchmark.extra_info["bytes"] = 2 * frames.nbytes
    out, expected = np.empty_like(frames), np.empty_like(frames)
    skeleton.normalize(frames, "kinect_v1", align=align, out=out)
    np.testing.assert_allclose(out, by_numpy(frames, expected, align), rtol=0, atol=1e-5)
    benchmark(skeleton.normalize, frames, "kinect_v1", align=align, out=out)


@pytest.mark.parametrize("of", SIZES)
@pytest.mark.parametrize("align", [None, "yaw"])
def test_numpy(benchmark, of, frames, align):
    benchmark.group = group_of(frames, align)
    benchmark.extra_info["by"] = "NumPy"
    benchmark(by_numpy, frames, np.empty_like(frames), align)


# Each frame turned by itself: kinect_v2, whose spine goes from joint 0 to joint 20.
LINES, TRUNK = (([4, 12], [8, 16]), (0, 20))


@pytest.fixture
def turning(size):
    """A body of 25 joints that turns once in 300 frames."""
    rng = np.random.default_rng(0)
    t = size(100_000)
    x = rng.uniform(-0.04, 0.04, (t, 25, 3)) + rng.uniform(-0.5, 0.5, (25, 3))
    x[:, LINES[1], 0] += 1
    x[:, TRUNK[1], 1] += 1
    angle = np.arange(t) * 2 * np.pi / 300
    c, s, o, i = np.cos(angle), np.sin(angle), np.zeros(t), np.ones(t)
    turn = np.array([[c, o, s], [o, i, o], [-s, o, c]]).transpose(2, 0, 1)
    return np.matmul(x, turn.transpose(0, 2, 1)).astype(np.float32)


def turn_by_numpy(x, out):
    origin, length = x[:, 0], np.linalg.norm(x[0, TRUNK[1]] - x[0, TRUNK[0]])
    side = (x[:, LINES[1]] - x[:, LINES[0]]).sum(axis=1)
    ez = x[:, TRUNK[1]] - x[:, TRUNK[0]]
    ez /= np.linalg.norm(ez, axis=1, keepdims=True)
    ex = side - (side * ez).sum(axis=1, keepdims=True) * ez
    ex /= np.linalg.norm(ex, axis=1, keepdims=True)
    turns = np.stack([ex, np.cross(ez, ex), ez], axis=2) / length
    return np.matmul(x - origin[:, None], turns, out=out)


def turn(x, out):
    settings = {"center": "each", "align": "body", "align_over": "each"}
    return skeleton.normalize(x, "kinect_v2", **settings, out=out)


def test_each_frame_kinefuse(benchmark, threads, turning):
    benchmark.group = f"skeleton view alignment of each frame, {turning.shape}"
    benchmark.extra_info["bytes"] = 2 * turning.nbytes
    out, expected = np.empty_like(turning), np.empty_like(turning)
    np.testing.assert_allclose(turn(turning, out), turn_by_numpy(turning, expected), atol=1e-5)
    benchmark(turn, turning, out)


def test_each_frame_numpy(benchmark, turning):
    benchmark.group = f"skeleton view alignment of each frame, {turning.shape}"
    benchmark.extra_info["by"] = "NumPy"
    benchmark(turn_by_numpy, turning, np.empty_like(turning))


STREAMS = ("bone", "motion", "bone_motion", "angles")


def stream_by_numpy(x, name, out):
    body = skeleton.KINECT_V2
    if name == "angles":
        a, b, c = np.array([[body.index(j) for j in angle] for angle in body.angles]).T
        u, v = x[:, a] - x[:, b], x[:, c] - x[:, b]
        across = np.linalg.norm(np.cross(u, v), axis=2)
        return np.degrees(np.arctan2(across, (u * v).sum(axis=2)), out=out)
    if name != "motion":
        x = np.subtract(x, x[:, body.parent_indices], out=out if name == "bone" else None)
    if name == "bone":
        return x
    np.subtract(x[1:], x[:-1], out=out[:-1])
    out[-1] = 0
    return out


def stream_room(x, name):
    return np.empty((len(x), len(skeleton.KINECT_V2.angles)) if name == "angles" else x.shape, "f4")


@pytest.mark.parametrize("name", STREAMS)
def test_stream_kinefuse(benchmark, threads, turning, name):
    benchmark.group = f"skeleton stream {name}, {turning.shape}"
    out = {name: stream_room(turning, name)}
    benchmark.extra_info["bytes"] = turning.nbytes + out[name].nbytes
    expected = stream_by_numpy(turning, name, stream_room(turning, name))
    got = skeleton.streams(turning, "kinect_v2", [name], out=out)[name]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-3 if name == "angles" else 1e-6)
    benchmark(skeleton.streams, turning, "kinect_v2", [name], out=out)


@pytest.mark.parametrize("name", STREAMS)
def test_stream_numpy(benchmark, turning, name):
    benchmark.group = f"skeleton stream {name}, {turning.shape}"
    benchmark.extra_info["by"] = "NumPy"
    benchmark(stream_by_numpy, turning, name, stream_room(turning, name))


@pytest.fixture
def holed(turning):
    """Some joints are missing for up to eight frames."""
    rng = np.random.default_rng(1)
    for start in rng.integers(1, len(turning) - 10, len(turning) // 50):
        turning[start : start + rng.integers(1, 9), rng.integers(0, 25)] = np.nan
    return turning


def fill_by_polars(x):
    """All gaps, short and long: the limit of frames is what it does not have."""
    import polars as pl

    frame = pl.from_numpy(x.reshape(len(x), -1)).fill_nan(None)
    return frame.interpolate().to_numpy().reshape(x.shape)


def test_fill_kinefuse(benchmark, threads, holed):
    benchmark.group = f"skeleton missing joints, {holed.shape}"
    benchmark.extra_info["bytes"] = 2 * holed.nbytes
    out = np.empty_like(holed)
    done = skeleton.fill_missing(holed, "kinect_v2", max_gap=100, out=out)
    np.testing.assert_allclose(done.x, fill_by_polars(holed), rtol=0, atol=1e-5)
    benchmark(skeleton.fill_missing, holed, "kinect_v2", max_gap=100, out=out)


def test_fill_polars(benchmark, holed):
    benchmark.group = f"skeleton missing joints, {holed.shape}"
    benchmark.extra_info["by"] = "Polars"
    benchmark(fill_by_polars, holed)
