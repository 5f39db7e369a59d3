import pytest
import torch

from kinefuse.errors import ConfigError, InputError
from kinefuse.nn import heads
from kinefuse.nn.heads import JointHead, LinearHead, MLPHead

LENGTHS = {"inertial": 6, "skeleton": 4}


def embeddings(n=5, **options):
    generator = torch.Generator().manual_seed(0)
    return {m: torch.randn(n, f, generator=generator, **options) for m, f in LENGTHS.items()}


# "collaborative" reads tokens too, and is tested by itself.
@pytest.mark.parametrize("name", sorted(set(heads.names()) - {"collaborative"}))
class TestEveryHead:
    def test_scores_one_or_more_windows(self, name):
        head = heads.build(name, LENGTHS, 3).eval()
        for n in (1, 5):
            assert head(embeddings(n)).shape == (n, 3)

    def test_the_joint_branch_is_the_prediction(self, name):
        head = heads.build(name, LENGTHS, 3).eval()
        z = embeddings()
        assert torch.equal(head.branches(z)["joint"], head(z))

    def test_takes_embeddings_in_any_order_of_the_mapping(self, name):
        head = heads.build(name, LENGTHS, 3).eval()
        z = embeddings()
        assert torch.equal(head(dict(reversed(z.items()))), head(z))

    def test_every_parameter_gets_a_gradient(self, name):
        head = heads.build(name, LENGTHS, 3)
        sum((scores**2).sum() for scores in head.branches(embeddings()).values()).backward()
        assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in head.parameters())

    def test_is_built_again_from_its_settings(self, name):
        options = {"dropout": (0.2, 0.4)} if name == "mlp" else {"dropout": 0.2}
        head = heads.build(name, LENGTHS, 3, **options)
        again = heads.build(head.name, head.in_features, head.n_classes, **head.settings)
        again.load_state_dict(head.state_dict())
        assert torch.equal(again.eval()(embeddings()), head.eval()(embeddings()))

    def test_refuses_to_be_built_for_nothing(self, name):
        with pytest.raises(InputError, match="0 classes"):
            heads.build(name, LENGTHS, 0)
        with pytest.raises(InputError, match="embeddings"):
            heads.build(name, {}, 3)


def test_published_size_of_the_multimodal_head():
    head = MLPHead({"inertial": 5632, "skeleton": 256}, 27)
    assert sum(p.numel() for p in head.parameters()) == 1_522_715


def test_published_sizes_of_linear_evaluation():
    for length, count in ((5632, 152_091), (256, 6_939)):
        head = LinearHead({"inertial": length}, 27)
        assert sum(p.numel() for p in head.parameters()) == count


def test_the_mlp_is_the_layers_it_says():
    torch.manual_seed(0)
    head = MLPHead(LENGTHS, 3, hidden=8).eval()
    z = embeddings()
    hidden = []
    for modality in LENGTHS:
        _, linear, norm, *_ = head.hidden[modality]
        h = z[modality] @ linear.weight.T + linear.bias
        h = (h - norm.running_mean) / torch.sqrt(norm.running_var + norm.eps)
        hidden.append(torch.relu(h * norm.weight + norm.bias))
    expected = torch.cat(hidden, 1) @ head.linear.weight.T + head.linear.bias
    torch.testing.assert_close(head(z), expected)


def test_the_joint_layer_trains_no_encoder_and_each_branch_only_its_own():
    head = JointHead(LENGTHS, 3)
    z = {m: x.requires_grad_(True) for m, x in embeddings().items()}
    branches = head.branches(z)
    assert set(branches) == {"inertial", "skeleton", "joint"}
    (branches["joint"] ** 2).sum().backward()
    assert all(x.grad is None for x in z.values())
    (branches["inertial"] ** 2).sum().backward()
    assert z["inertial"].grad.abs().sum() > 0
    assert z["skeleton"].grad is None


def test_an_unknown_head_or_option_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'linear'"):
        heads.build("liner", LENGTHS, 3)
    with pytest.raises(ConfigError, match="did you mean 'hidden'"):
        heads.build("mlp", LENGTHS, 3, hiden=3)
