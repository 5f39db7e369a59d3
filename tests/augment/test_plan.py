"""Plans: what they refuse, what they keep, and that only the seed matters."""

import contextlib
import hashlib
import json
import pickle
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kinefuse
from kinefuse.augment import Plan, check_shared, inertial, skeleton
from kinefuse.augment.plan import _STEPS
from kinefuse.errors import ConfigError, DtypeError, InputError, ShapeError

HERE = Path(__file__).parent
EXAMPLES = {
    (kind, name): parameters
    for kind in ("inertial", "skeleton")
    for name, parameters in tomllib.loads((HERE / kind / "examples.toml").read_text()).items()
}
EVERY = [(kind, {"name": name, **parameters}) for (kind, name), parameters in EXAMPLES.items()]
SHAPES = {"inertial": (40, 6), "skeleton": (40, 20, 3)}


def window(kind, *lead):
    return np.random.default_rng(0).standard_normal((*lead, *SHAPES[kind])).astype(np.float32)


def test_every_step_has_an_example_here():
    assert set(EXAMPLES) == {(kind, name) for kind, steps in _STEPS.items() for name in steps}


@pytest.mark.parametrize(("kind", "table"), EVERY)
def test_a_step_survives_its_table(kind, table):
    plan = Plan.from_list(kind, [table])
    assert plan.to_list() == [table]
    (core,) = json.loads(plan.to_json())
    assert core["name"] == table["name"]
    assert "layout" not in core
    if "layout" not in table:
        assert core == {"p": 1.0, **table}
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert hash(plan) == hash(Plan.from_list(kind, [table]))


@pytest.mark.parametrize(("kind", "table"), EVERY)
def test_a_view_depends_on_the_seed_and_the_item_only(kind, table):
    plan = Plan.from_list(kind, [table])
    x = window(kind, 256)
    before = x.copy()
    n = kinefuse.num_threads()
    try:
        views = []
        for threads in (1, 2, 5):
            kinefuse.set_num_threads(threads)
            views.append(plan(x, seed=9))
    finally:
        kinefuse.set_num_threads(n)
    np.testing.assert_array_equal(views[0], views[1])
    np.testing.assert_array_equal(views[0], views[2])
    np.testing.assert_array_equal(plan(x[:7], seed=9), views[0][:7])
    np.testing.assert_array_equal(plan(x[0], seed=9), views[0][0])
    np.testing.assert_array_equal(x, before)
    assert not np.array_equal(plan(x, seed=10), views[0])


@pytest.mark.parametrize(("kind", "table"), EVERY)
def test_probability_zero_leaves_the_window_and_a_half_leaves_half(kind, table):
    x = window(kind, 600)
    never = Plan.from_list(kind, [{**table, "p": 0}])
    np.testing.assert_array_equal(never(x, seed=0), x)
    axes = tuple(range(1, x.ndim))
    always = Plan.from_list(kind, [{**table, "p": 1}])(x, seed=0) != x
    half = Plan.from_list(kind, [{**table, "p": 0.5}])(x, seed=0) != x
    ratio = half.any(axis=axes).sum() / always.any(axis=axes).sum()
    assert 0.4 < ratio < 0.6


@pytest.mark.parametrize(("kind", "table"), EVERY)
def test_strided_and_float64_windows_are_the_same_windows(kind, table):
    plan = Plan.from_list(kind, [table])
    x = window(kind, 6)
    expected = plan(x[::2], seed=1)
    np.testing.assert_array_equal(plan(np.ascontiguousarray(x[::2]), seed=1), expected)
    np.testing.assert_array_equal(plan(x[::2].astype(np.float64), seed=1), expected)
    np.testing.assert_array_equal(plan(x[::2].astype(">f4"), seed=1), expected)
    out = np.empty_like(expected)
    assert plan(x[::2], seed=1, out=out) is out
    np.testing.assert_array_equal(out, expected)


# Written by hand from a first run; a change here is a change of what users' seeds give.
GOLDEN = {
    kind: json.loads((HERE / kind / "golden.json").read_text()) for kind in ("inertial", "skeleton")
}


@pytest.mark.parametrize(("kind", "table"), [e for e in EVERY if e[1].get("resize") != "fourier"])
def test_views_are_the_same_bytes_on_every_machine_and_in_every_release(kind, table):
    count = int(np.prod(SHAPES[kind]))
    x = ((np.arange(8 * count) * 37 % 1009) / 1024).astype(np.float32).reshape(8, *SHAPES[kind])
    y = Plan.from_list(kind, [table])(x, seed=2**63 + 5, modality=3)
    digest = hashlib.sha256(y.astype("<f4").tobytes()).hexdigest()[:16]
    assert digest == GOLDEN[kind].get(table["name"])


def test_steps_are_applied_in_order():
    x = window("inertial")
    plan = inertial.Jitter(0.1) | inertial.Scaling(0.5, per="all")
    swapped = inertial.Scaling(0.5, per="all") | inertial.Jitter(0.1)
    assert not np.allclose(plan(x), swapped(x))


def test_repeated_steps_draw_anew():
    once = inertial.Jitter(0.1)(np.zeros((20, 3)))
    twice = (inertial.Jitter(0.1) | inertial.Jitter(0.1))(np.zeros((20, 3)))
    assert not np.allclose(twice, 2 * once)
    np.testing.assert_array_equal(twice - once == 0, False)


def test_an_empty_plan_copies():
    x = window("inertial", 3)
    y = Plan("inertial")(x)
    np.testing.assert_array_equal(x, y)
    assert not np.shares_memory(x, y)


@pytest.mark.parametrize("shape", [(0, 6), (10, 0), (0, 10, 6), (3, 0, 6)])
def test_empty_windows(shape):
    plan = inertial.Jitter(1) | inertial.CropResize(0.5) | inertial.Permutation(3)
    plan |= inertial.ChannelShuffle() | inertial.Scaling(0.1) | inertial.Rotation(5)
    plan |= inertial.LowPass(0.1, 0.5) | inertial.Drift(1) | inertial.Gaps(0.2, 2)
    plan |= inertial.RateJitter(0.2) | inertial.AxisPermutation() | inertial.TimeMask(0.2)
    assert plan(np.zeros(shape)).shape == shape


BAD = [
    ("inertial", "jitter", {"sigma": -0.1}, "sigma: expected 0 or more"),
    ("inertial", "jitter", {"sigma": float("nan")}, "sigma: expected a finite number, got nan"),
    ("inertial", "jitter", {"sigma": "much"}, "jitter"),
    ("inertial", "jitter", {"sigma": None}, "jitter"),
    ("inertial", "jitter", {"sigma": 1e300}, "sigma"),
    ("inertial", "jitter", {"sigma": 0.1, "p": 1.5}, "p: expected 0 to 1, got 1.5"),
    ("inertial", "jitter", {"sigma": 0.1, "p": -0.1}, "p: expected 0 to 1"),
    ("inertial", "jitter", {}, "sigma is missing"),
    ("inertial", "jitter", {"sigm": 0.1}, "did you mean 'sigma'"),
    ("inertial", "jiter", {"sigma": 0.1}, "did you mean 'jitter'"),
    ("inertial", "shear", {"sigma": 0.1}, "no step named 'shear'"),
    ("inertial", "jitter", {"sigma": 0.1, "shared": True}, "no parameter named 'shared'"),
    ("inertial", "scaling", {}, "either sigma, or low and high"),
    ("inertial", "scaling", {"sigma": 0.1, "low": 0.5}, "either sigma, or low and high"),
    ("inertial", "scaling", {"low": 1.5, "high": 0.5}, "0 < low <= high"),
    ("inertial", "scaling", {"sigma": 0.1, "per": "axis"}, "unknown variant `axis`"),
    ("inertial", "rotation", {"max_deg": 181}, "max_deg: expected 0 to 180, got 181"),
    ("inertial", "rotation", {"max_deg": 10, "sensors": 0}, "sensors: expected 1"),
    ("inertial", "permutation", {"max_segments": 1}, "max_segments: expected 2 to 64, got 1"),
    ("inertial", "permutation", {"max_segments": 65}, "max_segments: expected 2 to 64"),
    ("inertial", "permutation", {"max_segments": 2.5}, "permutation"),
    ("inertial", "crop_resize", {"min": 0}, "0 < min <= max <= 1"),
    ("inertial", "crop_resize", {"min": 0.9, "max": 0.8}, "0 < min <= max <= 1"),
    ("inertial", "crop_resize", {"min": 0.9, "max": 1.1}, "0 < min <= max <= 1"),
    ("inertial", "crop_resize", {"min": 0.9, "resize": "cubic"}, "unknown variant `cubic`"),
    ("inertial", "time_warp", {"sigma": 3}, "sigma: expected 0 to 2, got 3"),
    ("inertial", "time_warp", {"sigma": 0.1, "knots": 1}, "knots: expected 2 to 16, got 1"),
    ("inertial", "time_warp", {"sigma": 0.1, "knots": 17}, "knots: expected 2 to 16, got 17"),
    ("inertial", "reference_channel_permutation", {"max_segments": 1}, "expected 2 to 64, got 1"),
    ("inertial", "reference_scaling", {"sigma": -1}, "sigma: expected 0 or more"),
    ("inertial", "reference_rotation", {"max_deg": 1}, "no parameter named 'max_deg'"),
    ("inertial", "axis_permutation", {"sensors": 0}, "sensors: expected 1 to 1024, got 0"),
    ("inertial", "axis_permutation", {"signs": 2}, "axis_permutation"),
    ("inertial", "channel_mask", {"max_channels": 0}, "max_channels: expected 1 or more"),
    ("inertial", "channel_mask", {"fill": "median"}, "unknown variant `median`"),
    ("inertial", "drift", {"sigma": -1}, "sigma: expected 0 or more"),
    ("inertial", "drift", {"sigma": 1, "knots": 17}, "knots: expected 2 to 16, got 17"),
    ("inertial", "magnitude_warp", {"sigma": 1, "knots": 1}, "knots: expected 2 to 16, got 1"),
    ("inertial", "frequency_mask", {"max": 0}, "max: expected above 0 and up to 1, got 0"),
    ("inertial", "frequency_mask", {"max": 0.2, "min": 0.3}, "0 < min <= max <= 1"),
    ("inertial", "frequency_mask", {"max": 0.2, "min": -0.3}, "0 < min <= max <= 1"),
    ("inertial", "gaps", {"share": 1, "length": 2}, "share: expected above 0 and below 1"),
    ("inertial", "gaps", {"share": 0.1, "length": 0.5}, "length: expected 1 or more, got 0.5"),
    ("inertial", "low_pass", {"min": 0, "max": 0.5}, "0 < min <= max <= 1"),
    ("inertial", "low_pass", {"min": 0.1, "max": 0.5, "order": 0}, "order: expected 1 to 16"),
    ("inertial", "phase_shift", {"max_deg": 200}, "max_deg: expected 0 to 180, got 200"),
    ("inertial", "phase_perturbation", {"sigma_deg": -1}, "sigma_deg: expected 0 to 180, got -1"),
    ("inertial", "quantize", {"min": 0, "max": 1}, "0 < min <= max, got 0 and 1"),
    ("inertial", "rate_jitter", {"sigma": 0.6}, "sigma: expected 0 to 0.5 of a step, got 0.6"),
    ("inertial", "rate_jitter", {"sigma": 0.1, "rate": 1}, "rate: expected 0 to 0.5, got 1"),
    ("inertial", "saturation", {"min": 2, "max": 1}, "0 < min <= max, got 2 and 1"),
    ("inertial", "sensor_dropout", {"sensors": 1}, "sensors: expected 2 to 1024, got 1"),
    ("inertial", "time_mask", {"max": 1}, "0 <= min <= max < 1"),
    ("inertial", "time_mask", {"max": 0.1, "count": 0}, "count: expected 1 to 64, got 0"),
    ("inertial", "time_reverse", {"negate": [-1]}, "time_reverse"),
    ("inertial", "window_slice", {"min": 0}, "0 < min <= max <= 1"),
    ("skeleton", "reference_scaling", {"low": 0, "high": 1}, "0 < low <= high"),
    ("skeleton", "reference_recenter", {"center": -1, "end": 1}, "reference_recenter"),
    ("skeleton", "reference_recenter", {"center": 1, "end": 1}, "expected two joints, got 1 twice"),
    ("skeleton", "reference_rotation", {"start": 5, "end": 0, "step": 1}, "start <= end"),
    ("skeleton", "reference_rotation", {"start": 0, "end": 5, "step": 0}, "step: expected 1"),
    ("skeleton", "reference_rotation", {"start": 0, "end": 5, "step": -1}, "reference_rotation"),
    ("skeleton", "rotation", {"max_deg": [8, 25]}, "rotation"),
    ("skeleton", "rotation", {"max_deg": [8, 25, -8]}, "max_deg: expected 0 to 180, got -8"),
    ("skeleton", "shear", {"sigma": float("inf")}, "sigma: expected a finite number, got inf"),
    ("skeleton", "scaling", {"sigma": 0.1, "per": "channel"}, "unknown variant `channel`"),
]


@pytest.mark.parametrize(("kind", "name", "parameters", "message"), BAD)
def test_bad_parameters_are_refused_when_the_plan_is_built(kind, name, parameters, message):
    with pytest.raises(ConfigError, match=message):
        Plan.from_list(kind, [{"name": name, **parameters}])


@pytest.mark.parametrize("steps", [["jitter"], [{"sigma": 0.1}], [{"name": None}]])
def test_bad_descriptions_are_refused(steps):
    with pytest.raises(ConfigError, match="step 0"):
        Plan.from_list("inertial", steps)


def test_kinds_do_not_mix():
    with pytest.raises(ConfigError, match="rotation is a step for skeleton data"):
        inertial.Jitter(0.1) | skeleton.Rotation(5)
    with pytest.raises(ConfigError, match="'inertial' or 'skeleton', got 'audio'"):
        Plan.from_list("audio", [])


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (np.zeros(10), ShapeError, r"inertial data \(T, C\) or \(N, T, C\), got \(10,\)"),
        (np.zeros((1, 1, 1, 1)), ShapeError, "got"),
        (np.zeros((10, 6), int), DtypeError, "expected float32 or float64, got int64"),
        (np.zeros((10, 6), np.float16), DtypeError, "float16"),
        (np.zeros((10, 6), object), DtypeError, "object"),
        ([["a"]], DtypeError, "<U1"),
    ],
)
def test_bad_windows_are_refused(x, error, message):
    with pytest.raises(error, match=message):
        inertial.Jitter(0.1)(x)


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "0", True])
def test_bad_seeds_are_refused(seed):
    with pytest.raises(InputError, match="seed: expected a whole number"):
        inertial.Jitter(0.1)(np.zeros((10, 6)), seed=seed)


def test_bad_outputs_are_refused():
    x = np.zeros((10, 6), np.float32)
    step = inertial.Jitter(0.1)
    with pytest.raises(InputError, match="memory of its own"):
        step(x, out=x)
    with pytest.raises(ShapeError, match="out"):
        step(x, out=np.zeros((10, 3), np.float32))
    with pytest.raises(DtypeError, match="out"):
        step(x, out=np.zeros((10, 6)))
    with pytest.raises(DtypeError, match="out"):
        step(x, out=np.zeros((6, 10), np.float32).T)


def test_shared_steps_must_agree():
    imu = inertial.Jitter(0.1) | inertial.CropResize(0.8, shared=True)
    body = skeleton.CropResize(0.8, shared=True) | skeleton.Shear(0.1)
    check_shared({"inertial": imu, "skeleton": body})
    check_shared({})
    with pytest.raises(ConfigError, match="the shared steps of inertial"):
        check_shared({"inertial": imu, "skeleton": Plan("skeleton")})
    with pytest.raises(ConfigError, match=r"0\.7"):
        check_shared({"inertial": imu, "skeleton": skeleton.CropResize(0.7, shared=True) | body})


def test_shared_mirrors_agree_on_when_and_not_on_how():
    imu = inertial.Mirror(("acc", "gyro"), "y", swap=((0, 1),), p=0.5, shared=True)
    check_shared(
        {
            "inertial": Plan("inertial", (imu,)),
            "skeleton": Plan("skeleton", (skeleton.Mirror("kinect_v1", p=0.5, shared=True),)),
        }
    )
    with pytest.raises(ConfigError, match=r"0\.4"):
        check_shared(
            {
                "inertial": Plan("inertial", (imu,)),
                "skeleton": Plan("skeleton", (skeleton.Mirror("kinect_v1", p=0.4, shared=True),)),
            }
        )


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3),
    st.lists(st.floats(), max_size=4), st.dictionaries(st.text(max_size=2), st.integers()),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_hostile_parameters_make_a_plan_or_a_config_error(data):
    kind, name = data.draw(st.sampled_from(sorted(EXAMPLES)))
    keys = [*EXAMPLES[kind, name], "p", "shared", "sigma", "low", "max_deg", "other"]
    table = {"name": name, **EXAMPLES[kind, name]}
    table |= data.draw(st.dictionaries(st.sampled_from(keys), values, max_size=3))
    try:
        plan = Plan.from_list(kind, [table])
    except ConfigError:
        return
    with contextlib.suppress(ShapeError):  # more joints masked than there are, and the like
        assert plan(window(kind)).shape == SHAPES[kind]
