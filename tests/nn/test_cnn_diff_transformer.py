import pytest
import torch

from kinefuse.errors import InputError
from kinefuse.nn import TokenEncoder, encoders

INERTIAL = {"name": "cnn_diff_transformer", "channels": 6, "time": 100}
SKELETON = {"name": "skeleton_cnn_diff_transformer", "dims": 3, "time": 32, "joints": 20}
BOTH = pytest.mark.parametrize("sizes", [INERTIAL, SKELETON], ids=["inertial", "skeleton"])
STEMS = pytest.mark.parametrize("stem", ["residual", "plain"])
TOKENS = {"inertial": 25, ("skeleton", "residual"): 24, ("skeleton", "plain"): 8}


def batch(encoder, size, **options):
    return torch.randn(size, *encoder.sample_shape, **options)


def count(module):
    return sum(p.numel() for p in module.parameters())


@BOTH
@STEMS
def test_the_embedding_is_pooled_from_the_global_tokens(sizes, stem):
    torch.manual_seed(0)
    encoder = encoders.build(**sizes, stem=stem).eval()
    x = batch(encoder, 3)
    local, tokens = encoder.read(x)
    n = TOKENS.get(encoder.modality) or TOKENS[encoder.modality, stem]
    assert local.shape == tokens.shape == (3, n, encoder.width) == (3, n, 96)
    assert torch.equal(encoder(x), encoder.pool(tokens))
    mean, largest = tokens.mean(1), tokens.max(1).values
    expected = mean if stem == "plain" else torch.cat([mean, largest], 1)
    torch.testing.assert_close(encoder(x), expected)


@pytest.mark.parametrize(
    ("sizes", "stem"),
    [
        (INERTIAL, {"name": "resnet1d", "channels": 6, "time": 100, "width": 48}),
        (
            SKELETON,
            {
                "name": "light_co_occurrence",
                **{k: v for k, v in SKELETON.items() if k != "name"},
                "widths": [24, 12, 24, 48, 96],
            },
        ),
    ],
    ids=["inertial", "skeleton"],
)
def test_the_residual_stem_is_the_encoder_without_attention(sizes, stem):
    torch.manual_seed(0)
    encoder, alone = encoders.build(**sizes).eval(), encoders.build(**stem).eval()
    part = encoder.stem if sizes is SKELETON else torch.nn.ModuleDict({"trunk": encoder.stem})
    alone.load_state_dict(part.state_dict())
    x = batch(encoder, 2)
    assert torch.equal(encoder.read(x)[0], alone.read(x)[0])
    with torch.no_grad():
        for block in encoder.blocks:
            block.scale.zero_()
    assert torch.equal(encoder(x), alone(x))


@pytest.mark.parametrize(
    ("sizes", "stem"),
    [(INERTIAL, 192_192), (SKELETON, 114_816)],
    ids=["inertial", "skeleton"],
)
def test_parameters(sizes, stem):
    block = 4 * 96 * 96 + 4 * 12 + 24 + 3 * 96  # matrices, lambdas, gains, norm and scale
    feed_forward = 3 * 96 * 256 + 3 * 96
    found = {
        (a, n): count(encoders.build(**sizes, attention=a, layers=n))
        for a in ("diff", "diff2", "softmax", "none")
        for n in (1, 2)
    }
    assert found["diff", 1] == stem + block + feed_forward
    assert found["diff", 2] - found["diff", 1] == block + feed_forward
    assert found["none", 2] == stem + 2 * feed_forward
    assert found["diff", 2] - found["softmax", 2] == 2 * (4 * 12 + 2 * 12)
    assert found["diff2", 1] - found["softmax", 1] == 96 * 96 + 96 * 4


@BOTH
@pytest.mark.parametrize("attention", ["diff", "diff2", "softmax"])
def test_attention_carries_what_is_far_and_convolutions_do_not(sizes, attention):
    """A change at the end of a long window reaches the first token by attention alone."""
    sizes = {**sizes, "time": 200, "dropout": 0.0}
    for kind, reaches in ((attention, True), ("none", False)):
        torch.manual_seed(0)
        encoder = encoders.build(**sizes, attention=kind).eval()
        x = batch(encoder, 2)
        other = x.clone()
        other[:, :, -10:] += 1
        with torch.no_grad():
            (local, tokens), (local2, tokens2) = encoder.read(x), encoder.read(other)
        assert torch.equal(local[:, 0], local2[:, 0])
        assert not torch.equal(local[:, -1], local2[:, -1])
        assert torch.equal(tokens[:, 0], tokens2[:, 0]) != reaches


@BOTH
@STEMS
@pytest.mark.parametrize("time", [16, 33, 102])
def test_a_position_is_added_to_its_token(sizes, stem, time):
    encoder = encoders.build(**{**sizes, "time": time}, stem=stem, positions=True).eval()
    x = batch(encoder, 2)
    with torch.no_grad():
        local, before = encoder.read(x)
        encoder.positions[:, -1] += 1
        again, after = encoder.read(x)
    assert local.shape[1] == encoder.positions.shape[1]
    assert torch.equal(local, again)
    assert not torch.equal(before[:, -1], after[:, -1])


@BOTH
@STEMS
def test_the_same_seed_trains_to_the_same_bytes(sizes, stem):
    def train():
        torch.manual_seed(3)
        encoder = encoders.build(**sizes, stem=stem)
        optimizer = torch.optim.AdamW(encoder.parameters(), lr=1e-2)
        for _ in range(2):
            optimizer.zero_grad()
            encoder(batch(encoder, 4)).square().mean().backward()
            optimizer.step()
        return encoder.state_dict()

    one, other = train(), train()
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_resnet_and_co_occurrence_give_tokens_too():
    parents = [-1, *range(19)]
    for sizes in (
        {"name": "resnet1d", "channels": 6, "time": 100},
        {"name": "light_co_occurrence", "dims": 3, "time": 32, "joints": 20},
        {"name": "skeleton_resnet1d", "dims": 3, "time": 32, "joints": 20, "parents": parents},
    ):
        for hidden in (0, 12):
            encoder = encoders.build(**sizes, feed_forward=hidden).eval()
            assert isinstance(encoder, TokenEncoder)
            x = batch(encoder, 2)
            local, tokens = encoder.read(x)
            assert local.shape == tokens.shape
            assert torch.equal(local, tokens) == (hidden == 0)
            assert tokens.shape[2] == encoder.width
            assert torch.equal(encoder.pool(tokens), encoder(x))


@pytest.mark.parametrize(
    ("sizes", "settings", "says"),
    [
        (INERTIAL, {"stem": "conv"}, "expected one of residual, plain, got 'conv'"),
        (INERTIAL, {"attention": "linear"}, "diff, diff2, softmax, none, got 'linear'"),
        (INERTIAL, {"width": 97}, "width must be even"),
        (INERTIAL, {"width": 60}, "multiple of twice the heads"),
        (SKELETON, {"layers": 0}, "layers must be at least 1"),
        (SKELETON, {"widths": [24, 12, 24, 48, 64]}, "the last of widths must be width, 96"),
    ],
)
def test_impossible_settings_say_what_is_wrong(sizes, settings, says):
    with pytest.raises(InputError, match=says):
        encoders.build(**sizes, **settings)
