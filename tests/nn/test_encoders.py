import pytest
import torch

from kinefuse.errors import ConfigError, InputError, ShapeError
from kinefuse.nn import encoders
from kinefuse.nn.encoders.co_occurrence import motion

KINECT_PARENTS = (1, 2, 3, -1, 1, 4, 5, 6, 1, 8, 9, 10, 3, 12, 13, 14, 3, 16, 17, 18)

CASES = [
    ("cnn_transformer", {"channels": 6, "time": 50}),
    ("cnn_transformer", {"channels": 12, "time": 50, "kernel_size": 3, "n_layers": 1}),
    ("co_occurrence", {"dims": 3, "time": 50, "joints": 20}),
    ("co_occurrence", {"dims": 2, "time": 50, "joints": 17, "pool_time": False}),
    ("light_co_occurrence", {"dims": 3, "time": 32, "joints": 20}),
    ("light_co_occurrence", {"dims": 3, "time": 33, "joints": 5, "widths": [24, 12, 24, 48, 96]}),
    ("resnet1d", {"channels": 6, "time": 100}),
    ("resnet1d", {"channels": 1, "time": 7, "width": 8, "stem_stride": 1}),
    ("resnet1d", {"channels": 6, "time": 20, "width": 8, "feed_forward": 12}),
    ("light_co_occurrence", {"dims": 3, "time": 16, "joints": 20, "feed_forward": 12}),
    ("skeleton_resnet1d", {"dims": 3, "time": 32, "joints": 20, "parents": KINECT_PARENTS}),
    ("cnn_diff_transformer", {"channels": 6, "time": 100}),
    ("cnn_diff_transformer", {"channels": 3, "time": 9, "width": 16, "attention": "diff2"}),
    ("cnn_diff_transformer", {"channels": 6, "time": 30, "stem": "plain", "layers": 2}),
    ("skeleton_cnn_diff_transformer", {"dims": 3, "time": 32, "joints": 20}),
    ("skeleton_cnn_diff_transformer", {"dims": 2, "time": 9, "joints": 7, "attention": "none"}),
    ("skeleton_cnn_diff_transformer", {"dims": 3, "time": 16, "joints": 20, "stem": "plain"}),
]
IDS = [f"{name}-{i}" for i, (name, _) in enumerate(CASES)]


def batch(name, settings, size, **options):
    sizes = encoders.SIZES[encoders.get(name).modality]
    return torch.randn(size, *(settings[s] for s in sizes), **options)


def parameters(module):
    return sum(p.numel() for p in module.parameters())


def test_every_registered_encoder_is_tried_here():
    assert {name for name, _ in CASES} == set(encoders.names())


@pytest.mark.parametrize(("name", "settings"), CASES, ids=IDS)
class TestEveryEncoder:
    @pytest.mark.parametrize("size", [1, 2, 7])
    def test_embeds_batches_of_any_size(self, name, settings, size):
        encoder = encoders.build(name, **settings).eval()
        with torch.no_grad():
            z = encoder(batch(name, settings, size))
        assert z.shape == (size, encoder.out_features)
        assert torch.isfinite(z).all()

    def test_every_parameter_and_the_input_get_a_gradient(self, name, settings):
        torch.manual_seed(0)
        encoder = encoders.build(name, **settings)
        x = batch(name, settings, 5, requires_grad=True)
        (encoder(x) ** 2).sum().backward()
        for of, parameter in encoder.named_parameters():
            assert parameter.grad is not None, of
            assert torch.isfinite(parameter.grad).all(), of
        assert x.grad is not None
        assert x.grad.abs().sum() > 0

    def test_the_state_survives_a_round_trip(self, name, settings):
        torch.manual_seed(0)
        trained = encoders.build(name, **settings)
        trained(batch(name, settings, 4))  # moves the batch norm statistics
        again = encoders.build(trained.name, **trained.settings)
        again.load_state_dict(trained.state_dict())
        x = batch(name, settings, 3)
        torch.testing.assert_close(again.eval()(x), trained.eval()(x), rtol=0, atol=0)

    def test_a_window_does_not_depend_on_its_batch(self, name, settings):
        torch.manual_seed(0)
        encoder = encoders.build(name, **settings).eval()
        x = batch(name, settings, 6)
        with torch.no_grad():
            torch.testing.assert_close(encoder(x)[2:3], encoder(x[2:3]), rtol=1e-4, atol=1e-5)

    def test_a_view_of_a_larger_batch_is_as_good_as_a_copy(self, name, settings):
        torch.manual_seed(0)
        encoder = encoders.build(name, **settings).eval()
        views = torch.stack([batch(name, settings, 3), batch(name, settings, 3)])
        with torch.no_grad():
            torch.testing.assert_close(
                encoder(views[1]), encoder(views[1].clone()), rtol=1e-4, atol=1e-5
            )

    def test_refuses_another_shape_and_names_the_axes(self, name, settings):
        encoder = encoders.build(name, **settings)
        x = batch(name, settings, 2)
        sizes = ", ".join(encoders.SIZES[encoder.modality])
        with pytest.raises(ShapeError, match=rf"\(batch, {sizes}\)"):
            encoder(x[:, :, 1:])


@pytest.mark.parametrize(
    ("name", "settings", "count", "out_features"),
    [
        # The published code's counts less the layer of 593,024 that it never uses.
        ("cnn_transformer", {"channels": 6, "time": 50}, 1_831_904 - 593_024, 5632),
        ("cnn_transformer", {"channels": 12, "time": 50}, 1_832_864 - 593_024, 5632),
        (
            "cnn_transformer",
            {"channels": 6, "time": 50, "kernel_size": 3},
            1_811_040 - 593_024,
            6400,
        ),
        ("co_occurrence", {"dims": 3, "time": 50, "joints": 20}, 432_000, 256),
        ("co_occurrence", {"dims": 2, "time": 50, "joints": 17}, 430_144, 256),
        (
            "co_occurrence",
            {"dims": 2, "time": 50, "joints": 17, "pool_time": False},
            430_144,
            10_240,
        ),
    ],
)
def test_published_sizes(name, settings, count, out_features):
    encoder = encoders.build(name, **settings)
    assert parameters(encoder) == count
    assert encoder.out_features == out_features


def test_motion_is_zero_at_first_and_the_difference_after():
    x = torch.randn(2, 3, 5, 4)
    m = motion(x)
    assert (m[:, :, 0] == 0).all()
    for t in range(1, 5):
        assert torch.equal(m[:, :, t], x[:, :, t] - x[:, :, t - 1])


def test_co_occurrence_is_the_layers_it_says():
    torch.manual_seed(0)
    encoder = encoders.build("co_occurrence", dims=3, time=50, joints=20)
    seen = {}
    for of, module in encoder.named_modules():
        module.register_forward_hook(lambda _m, _i, out, of=of: seen.update({of: out.shape[1:]}))
    encoder(torch.randn(2, 3, 50, 20))
    for branch in ("branches.0", "branches.1"):
        assert seen[f"{branch}.points"] == (32, 48, 20)
        assert seen[f"{branch}.joints.2"] == (32, 15, 23)
        assert seen[branch] == (64, 6, 10)
    assert seen["joined.3"] == (128, 5, 4)


def test_a_moving_and_a_resting_skeleton_differ_only_by_the_motion_branch():
    encoder = encoders.build("co_occurrence", dims=3, time=50, joints=20).eval()
    still = torch.randn(1, 3, 1, 20).expand(-1, -1, 50, -1)
    assert (motion(still) == 0).all()
    assert not torch.equal(encoder(still), encoder(still.clone().roll(1, 3)))


def test_the_root_has_no_bone_whichever_way_parents_say_so():
    torch.manual_seed(0)
    sizes = {"dims": 3, "time": 16, "joints": 3, "width": 4}
    one = encoders.build("skeleton_resnet1d", parents=[-1, 0, 1], **sizes).eval()
    other = encoders.build("skeleton_resnet1d", parents=[0, 0, 1], **sizes).eval()
    other.load_state_dict(one.state_dict())
    x = torch.randn(2, 3, 16, 3)
    assert torch.equal(one(x), other(x))


def test_an_unknown_name_or_setting_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'resnet1d'"):
        encoders.build("resnet", channels=6, time=100)
    with pytest.raises(ConfigError, match="did you mean 'width'"):
        encoders.build("resnet1d", channels=6, time=100, widht=4)
    with pytest.raises(ConfigError, match="the setting 'time' is missing"):
        encoders.build("resnet1d", channels=6)
    with pytest.raises(ConfigError, match="there are"):
        encoders.build("zzz")


@pytest.mark.parametrize(
    ("name", "settings", "says"),
    [
        ("resnet1d", {"channels": 0, "time": 5}, "channels must be at least 1, got 0"),
        ("cnn_transformer", {"channels": 6, "time": 6}, "too few"),
        ("cnn_transformer", {"channels": 6, "time": 50, "n_heads": 3}, "multiple of"),
        ("co_occurrence", {"dims": 3, "time": 30, "joints": 20}, "too few"),
        ("light_co_occurrence", {"dims": 3, "time": 3, "joints": 20}, "at least 4 frames"),
        ("light_co_occurrence", {"dims": 3, "time": 32, "joints": 20, "widths": [8]}, "five"),
        ("skeleton_resnet1d", {"dims": 3, "time": 9, "joints": 3, "parents": [0, 0]}, "parents"),
        ("skeleton_resnet1d", {"dims": 3, "time": 9, "joints": 2, "parents": [0, 7]}, "parents"),
    ],
)
def test_impossible_settings_say_what_is_wrong(name, settings, says):
    with pytest.raises(InputError, match=says):
        encoders.build(name, **settings)


def test_a_registered_class_of_ones_own_is_found_and_a_taken_name_refused(monkeypatch):
    from kinefuse.nn.encoders import registry

    monkeypatch.setattr(registry._encoders, "classes", dict(registry._encoders.classes))

    @encoders.register("mine")
    class Mine(encoders.Encoder):
        modality = "inertial"

        def __init__(self, *, channels, time):
            super().__init__(channels, time)
            self.out_features = channels

    assert "mine" in encoders.names("inertial")
    assert "mine" not in encoders.names("skeleton")
    assert encoders.build("mine", channels=3, time=4).out_features == 3
    with pytest.raises(ConfigError, match="registered already"):
        encoders.register("mine")(type("Other", (Mine,), {}))
