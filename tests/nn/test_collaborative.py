from itertools import product

import pytest
import torch

from kinefuse.errors import InputError
from kinefuse.nn import CollaborativeClassifier, Standardize, encoders, heads

SIZES = {
    "inertial": ("cnn_diff_transformer", {"channels": 6, "time": 20}),
    "skeleton": ("skeleton_cnn_diff_transformer", {"dims": 3, "time": 8, "joints": 5}),
}


def model(modalities=("inertial", "skeleton"), **options):
    torch.manual_seed(0)
    parts = {}
    for m in modalities:
        name, sizes = SIZES[m]
        parts[m] = encoders.build(name, width=32, heads=2, hidden=16, **sizes)
    lengths = {m: e.out_features for m, e in parts.items()}
    head = heads.build("collaborative", lengths, 4, width=32, hidden=16, **options)
    return CollaborativeClassifier(parts, head)


def draw(n=6, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return {
        "inertial": torch.randn(n, 6, 20, generator=generator),
        "skeleton": torch.randn(n, 3, 8, 5, generator=generator),
    }


def mask(*inertial_and_skeleton):
    both = torch.tensor(inertial_and_skeleton, dtype=torch.bool)
    return {"inertial": both[:, 0], "skeleton": both[:, 1]}


SOME = mask((1, 1), (0, 1), (1, 0), (1, 1), (0, 1), (1, 0))


def anchored(made):
    """Give the head anchors drawn at random."""
    generator = torch.Generator().manual_seed(5)
    sizes = made.head.in_features
    centers = {m: torch.randn(n, generator=generator) for m, n in sizes.items()}
    classes = {m: torch.randn(4, n, generator=generator) for m, n in sizes.items()}
    made.head.anchor(centers, classes)
    return centers, classes


def test_training_begins_at_the_nearest_prototype():
    made = model().eval()
    centers, classes = anchored(made)
    batch = draw()
    z = made.encode(batch)
    cosines = [
        torch.cosine_similarity((z[m] - centers[m])[:, None], classes[m][None], dim=2) for m in z
    ]
    expected = torch.stack(cosines).mean(0)
    assert torch.equal(made(batch).argmax(1), expected.argmax(1))
    assert torch.allclose(made(batch), 10 * expected, atol=1e-5)


@pytest.mark.parametrize("options", [{}, {"head": "mlp"}, {"dual": "parallel"}])
def test_what_a_missing_modality_holds_does_not_matter(options):
    made = model(**options).eval()
    if made.head.anchored:
        anchored(made)
    batch = draw()
    other = {m: x.clone() for m, x in batch.items()}
    for m, rows in SOME.items():
        other[m][~rows] = torch.nan
    assert torch.equal(made(batch, SOME), made(other, SOME))
    assert torch.isfinite(made(other, SOME)).all()


def test_a_single_modality_has_all_the_weight():
    weights = model().eval().attention(draw(), SOME)
    assert weights[SOME["inertial"] & ~SOME["skeleton"]].tolist() == [[1, 0], [1, 0]]
    assert weights[SOME["skeleton"] & ~SOME["inertial"]].tolist() == [[0, 1], [0, 1]]
    assert torch.allclose(weights.sum(1), torch.ones(6))


@pytest.mark.parametrize("dual", ["serial", "parallel"])
def test_a_sensor_that_hangs_weighs_less(dual):
    made = model(quality="prior", prior={"inertial": 1.0, "skeleton": 3.0}, dual=dual).eval()
    batch = draw(3)
    batch["inertial"][1, :, 5:] = 0.7  # three quarters of its samples hang
    batch["skeleton"][2, :, :2, :] = torch.nan  # a quarter of its frames is lost
    skeleton = torch.tensor([3 / 4, 3 / 3.25, 2.25 / 3.25])
    expected = torch.stack([1 - skeleton, skeleton], 1)
    made.inputs["skeleton"] = Standardize(torch.zeros(()), torch.ones(()))
    assert torch.allclose(made.attention(batch), expected, atol=1e-6)
    learned = model(quality="learned", dual=dual).eval()
    assert learned.read(draw()).validity is None


def test_modalities_in_another_order_give_the_same_scores():
    first, second = model().eval(), model(("skeleton", "inertial")).eval()
    second.load_state_dict(
        {k: v.flip(0) if k == "head.attend.prior" else v for k, v in first.state_dict().items()}
    )
    batch = draw()
    assert torch.allclose(first(batch, SOME), second(batch, SOME), atol=1e-6)
    turned = second.attention(batch, SOME).flip(1)
    assert torch.allclose(first.attention(batch, SOME), turned, atol=1e-6)


@pytest.mark.parametrize("pattern", [p for p in product((0, 1), repeat=4) if p[0] | p[1]])
def test_gradients_are_finite_whatever_is_missing(pattern):
    a, b, c, d = pattern
    here = mask((a, b), (c | (not d), d), (1, 1))
    made = model()
    anchored(made)
    batch = draw(3)
    for m, rows in here.items():
        batch[m][~rows] = torch.nan
    sum(s.square().mean() for s in made.branches(batch, here).values()).backward()
    gradients = [p.grad for p in made.parameters() if p.grad is not None]
    assert gradients
    assert all(torch.isfinite(g).all() for g in gradients)


def test_nothing_missing_is_the_same_as_no_mask():
    made = model().eval()
    batch = draw()
    assert torch.equal(made(batch), made(batch, mask(*[(1, 1)] * 6)))


def test_a_window_without_any_modality_is_refused():
    with pytest.raises(InputError, match="1 windows have none of inertial, skeleton"):
        model()(draw(2), mask((1, 1), (0, 0)))


@pytest.mark.parametrize("head", ["anchored", "mlp"])
def test_a_vote_counts_each_score_that_a_window_has_once(head):
    made = model(head=head, vote=True).eval()
    x = draw()
    voices = made.branches(x, SOME)
    for row in range(6):
        there = [
            score[row].log_softmax(0)
            for name, score in voices.items()
            if name not in SOME or SOME[name][row]
        ]
        expected = sum(there) / len(there)
        torch.testing.assert_close(made(x, SOME)[row], expected)
    alone = model(head=head).eval()
    alone.load_state_dict(made.state_dict())
    torch.testing.assert_close(alone(x, SOME), voices["joint"])


@pytest.mark.parametrize(
    ("options", "branches"),
    [
        ({}, {"joint", "shared", "specific", "inertial", "skeleton"}),
        ({"use_specific": False}, {"joint", "shared", "inertial", "skeleton"}),
        (
            {"use_shared": False, "head": "mlp"},
            {"joint", "specific", "inertial", "skeleton"},
        ),
    ],
)
def test_branches(options, branches):
    scores = model(**options).eval().branches(draw())
    assert set(scores) == branches
    assert {tuple(s.shape) for s in scores.values()} == {(6, 4)}


def test_a_modality_s_own_scores_need_no_other():
    made = model().eval()
    batch = draw()
    alone = made.branches(batch, mask(*[(1, 0)] * 6))
    assert torch.allclose(made.branches(batch)["inertial"], alone["inertial"], atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dual": "x"}, "dual"),
        ({"head": "x"}, "head"),
        ({"use_shared": False}, "shared one"),
        ({"use_shared": False, "use_specific": False, "head": "mlp"}, "a branch"),
    ],
)
def test_settings_that_do_not_fit_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        model(**options)


def test_encoders_without_tokens_are_refused():
    parts = {"inertial": encoders.build("cnn_transformer", channels=6, time=50)}
    lengths = {m: e.out_features for m, e in parts.items()}
    head = heads.build("collaborative", lengths, 4, width=32)
    with pytest.raises(InputError, match="give tokens"):
        CollaborativeClassifier(parts, head)
