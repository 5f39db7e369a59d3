import pytest

torch = pytest.importorskip("torch")
from kinefuse.errors import InputError, ShapeError  # noqa: E402
from kinefuse.nn import GatedUnits  # noqa: E402

KINDS = ("bigru", "gru", "none")


def naive(units, row):
    """One window, one step at a time, by the cell's own equations."""
    w = dict(units.read.named_parameters())

    def run(tokens, suffix):
        wi, wh = w[f"weight_ih_l0{suffix}"], w[f"weight_hh_l0{suffix}"]
        bi, bh = w[f"bias_ih_l0{suffix}"], w[f"bias_hh_l0{suffix}"]
        h, states = torch.zeros(wh.shape[1], dtype=row.dtype), []
        for x in tokens:
            (ri, zi, ni), (rh, zh, nh) = (wi @ x + bi).chunk(3), (wh @ h + bh).chunk(3)
            r, z = torch.sigmoid(ri + rh), torch.sigmoid(zi + zh)
            h = (1 - z) * torch.tanh(ni + r * nh) + z * h
            states.append(h)
        return torch.stack(states)

    states = run(row, "")
    if units.kind == "bigru":
        states = torch.cat([states, run(row.flip(0), "_reverse").flip(0)], 1)
    t = (states @ units.weigh.weight[0]).softmax(0)
    return t @ states


@pytest.mark.parametrize("kind", ["bigru", "gru"])
def test_against_a_loop_over_steps(kind):
    torch.manual_seed(0)
    units = GatedUnits(6, kind=kind).double()
    x = torch.randn(3, 5, 6, dtype=torch.float64)
    lengths = torch.tensor([5, 2, 1])
    expected = torch.stack([naive(units, row[:n]) for row, n in zip(x, lengths, strict=True)])
    torch.testing.assert_close(units(x, lengths), expected)
    torch.testing.assert_close(units(x)[0], expected[0])


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_after_the_end_does_not_matter(kind):
    torch.manual_seed(0)
    units = GatedUnits(4, kind=kind)
    x = torch.randn(2, 6, 4)
    lengths = torch.tensor([6, 3])
    padded = x.clone()
    padded[1, 3:] = torch.nan
    padded.requires_grad_()
    found = units(padded, lengths)
    torch.testing.assert_close(found[1:], units(x[1:, :3]))
    found.sum().backward()
    assert torch.isfinite(padded.grad).all()


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="expected one of bigru, gru, none"):
        GatedUnits(4, kind="lstm")
    with pytest.raises(InputError, match="even width"):
        GatedUnits(5)
    with pytest.raises(ShapeError, match=r"\(B, N, 4\)"):
        GatedUnits(4)(torch.zeros(2, 3, 5))
    with pytest.raises(ShapeError, match="lengths from 1 to 3"):
        GatedUnits(4)(torch.zeros(2, 3, 4), torch.tensor([0, 3]))
