"""Skeleton normalisation beside NumPy, on the same data, with ``out=`` on both sides."""

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
