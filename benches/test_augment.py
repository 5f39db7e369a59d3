"""Two views of each of 64 windows, beside the same work in NumPy and in torch.

The peers draw other random numbers from the same distributions; theirs is the code that one would
write: whole batches at once wherever the library can, on one thread.
"""

import numpy as np
import pytest

from kinefuse.augment import inertial, skeleton

ITEMS = 128  # 64 windows, two views of each
IMU = (
    inertial.Permutation(4) | inertial.Rotation(30) | inertial.Scaling(0.1) | inertial.Jitter(0.05)
)
BODY = skeleton.CropResize(0.75) | skeleton.Rotation((8, 25, 8)) | skeleton.Jitter(0.02)


@pytest.fixture(params=[128, 50])
def imu(request):
    return np.random.default_rng(0).standard_normal((ITEMS, request.param, 6)).astype(np.float32)


@pytest.fixture
def body():
    return np.random.default_rng(0).standard_normal((ITEMS, 64, 20, 3)).astype(np.float32)


def axis_turns(rng, limit, n):
    """One turn of up to ``limit`` degrees about a uniform axis for each of ``n`` windows."""
    axis = rng.standard_normal((n, 3))
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    angle = np.radians(rng.uniform(-limit, limit, n))[:, None, None]
    k = np.zeros((n, 3, 3))
    k[:, [2, 0, 1], [1, 2, 0]] = axis
    k -= k.transpose(0, 2, 1)
    return (np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k).astype(np.float32)


def segment_orders(rng, n, time):
    """Indices that reorder 2 to 4 segments of time, for each of ``n`` windows."""
    segment = np.arange(time) * rng.integers(2, 5, (n, 1)) // time
    keys = np.take_along_axis(rng.random((n, 4)), segment, axis=1)
    return np.argsort(keys, axis=1, kind="stable")


def imu_numpy(x, rng):
    n, time, channels = x.shape
    x = np.take_along_axis(x, segment_orders(rng, n, time)[..., None], axis=1)
    x = (x.reshape(n, time, 2, 3) @ axis_turns(rng, 30, n).transpose(0, 2, 1)[:, None]).reshape(
        n, time, channels
    )
    x = x * (1 + 0.1 * rng.standard_normal((n, 1, channels), dtype=np.float32))
    x += 0.05 * rng.standard_normal(x.shape, dtype=np.float32)
    return x


def imu_torch(x, rng, torch):
    n, time, channels = x.shape
    order = torch.from_numpy(segment_orders(rng, n, time))
    x = x.gather(1, order[..., None].expand(-1, -1, channels))
    turn = torch.from_numpy(axis_turns(rng, 30, n))
    x = (x.view(n, time * 2, 3) @ turn.transpose(1, 2)).view(n, time, channels)
    x = x * (1 + 0.1 * torch.randn(n, 1, channels))
    return x.add_(torch.randn(x.shape), alpha=0.05)


def body_numpy(x, rng):
    n, time, joints, dims = x.shape
    share = rng.uniform(0.75, 1, n)
    start = rng.uniform(0, 1, n) * (1 - share)
    at = (start[:, None] + share[:, None] * np.linspace(0, 1, time)) * (time - 1)
    low = np.minimum(at.astype(int), time - 2)
    weight = (at - low).astype(np.float32)[..., None]
    x = x.reshape(n, time, joints * dims)
    a = np.take_along_axis(x, low[..., None], axis=1)
    b = np.take_along_axis(x, low[..., None] + 1, axis=1)
    x = (a + weight * (b - a)).reshape(n, time * joints, dims)
    turn = axis_turns(rng, 25, n)
    x = (x @ turn.transpose(0, 2, 1)).reshape(n, time, joints, dims)
    x += 0.02 * rng.standard_normal(x.shape, dtype=np.float32)
    return x


def body_torch(x, rng, torch):
    n, time, joints, dims = x.shape
    share = torch.empty(n, 1).uniform_(0.75, 1)
    start = torch.rand(n, 1) * (1 - share)
    at = (start + share * torch.linspace(0, 1, time)) * (time - 1)
    low = at.long().clamp_(max=time - 2)
    weight = (at - low)[..., None]
    x = x.view(n, time, joints * dims)
    index = low[..., None].expand(-1, -1, joints * dims)
    a, b = x.gather(1, index), x.gather(1, index + 1)
    x = torch.lerp(a, b, weight).view(n, time * joints, dims)
    turn = torch.from_numpy(axis_turns(rng, 25, n))
    x = (x @ turn.transpose(1, 2)).view(n, time, joints, dims)
    return x.add_(torch.randn(x.shape), alpha=0.02)


def check_alike(views, others):
    """Other draws of the same distribution: the same shape, spread within a few percent."""
    assert views.shape == others.shape
    np.testing.assert_allclose(np.std(views), np.std(others), rtol=0.1)


@pytest.mark.usefixtures("threads")
def test_inertial_kinefuse(benchmark, imu):
    benchmark.group = f"two views, inertial, 64 × 2 × {imu.shape[1:]}"
    check_alike(IMU(imu), imu_numpy(imu, np.random.default_rng(0)))
    benchmark(IMU, imu, out=np.empty_like(imu))


def test_inertial_numpy(benchmark, imu):
    benchmark.group = f"two views, inertial, 64 × 2 × {imu.shape[1:]}"
    benchmark.extra_info["by"] = "NumPy, whole batch"
    rng = np.random.Generator(np.random.SFC64(0))
    benchmark(imu_numpy, imu, rng)


def test_inertial_torch(benchmark, imu, torch_alone):
    benchmark.group = f"two views, inertial, 64 × 2 × {imu.shape[1:]}"
    benchmark.extra_info["by"] = "torch, whole batch"
    rng = np.random.default_rng(0)
    benchmark(imu_torch, torch_alone.from_numpy(imu), rng, torch_alone)


@pytest.mark.usefixtures("threads")
def test_skeleton_kinefuse(benchmark, body):
    benchmark.group = f"two views, skeleton, 64 × 2 × {body.shape[1:]}"
    check_alike(BODY(body), body_numpy(body, np.random.default_rng(0)))
    benchmark(BODY, body, out=np.empty_like(body))


def test_skeleton_numpy(benchmark, body):
    benchmark.group = f"two views, skeleton, 64 × 2 × {body.shape[1:]}"
    benchmark.extra_info["by"] = "NumPy, whole batch"
    rng = np.random.Generator(np.random.SFC64(0))
    benchmark(body_numpy, body, rng)


def test_skeleton_torch(benchmark, body, torch_alone):
    benchmark.group = f"two views, skeleton, 64 × 2 × {body.shape[1:]}"
    benchmark.extra_info["by"] = "torch, whole batch"
    rng = np.random.default_rng(0)
    benchmark(body_torch, torch_alone.from_numpy(body), rng, torch_alone)
