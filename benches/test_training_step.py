"""A training step with CMC-CMKM's own architectures, beside a plain transcription of its code.

The peer builds the two encoders the way the published code does: time-first Transformer, joints
as the last axis to permute, one Adam step of cross-entropy on 64 windows; without the loader.
"""

import pytest

torch = pytest.importorskip("torch", reason="a training step needs torch")

from torch import nn  # noqa: E402

from kinefuse.nn import encoders  # noqa: E402

CLASSES = 27
BATCH = 64


class ReferenceTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        blocks = []
        for before, after in ((6, 32), (32, 64), (64, 128)):
            blocks += [nn.Conv1d(before, after, 5, 1, 1), nn.BatchNorm1d(after), nn.ReLU()]
        self.convolutions = nn.Sequential(*blocks)
        layer = nn.TransformerEncoderLayer(d_model=128, nhead=2)
        self.transformer = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.dropout = nn.Dropout(0.1)
        self.register_buffer("positions", torch.zeros(44, 1, 128))

    def forward(self, x):
        x = self.convolutions(x).permute(2, 0, 1)
        x = self.transformer(self.dropout(x + self.positions))
        return x.permute(1, 2, 0).flatten(1)


class ReferenceBranch(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(3, 64, 1), nn.BatchNorm2d(64), nn.ReLU())
        self.conv2 = nn.Sequential(nn.Conv2d(64, 32, (3, 1)), nn.BatchNorm2d(32))
        self.conv3 = nn.Sequential(nn.Conv2d(20, 32, 3), nn.BatchNorm2d(32), nn.MaxPool2d(2))
        self.conv4 = nn.Sequential(nn.Conv2d(32, 64, 3), nn.BatchNorm2d(64), nn.MaxPool2d(2))

    def forward(self, x):
        return self.conv4(self.conv3(self.conv2(self.conv1(x)).permute(0, 3, 2, 1)))


class ReferenceCoOccurrence(nn.Module):
    def __init__(self):
        super().__init__()
        self.positions, self.motions = ReferenceBranch(), ReferenceBranch()
        self.conv5 = nn.Sequential(
            nn.Conv2d(64, 128, 3), nn.BatchNorm2d(128), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.conv6 = nn.Sequential(
            nn.Conv2d(128, 256, 3), nn.BatchNorm2d(256), nn.ReLU(), nn.MaxPool2d(2)
        )

    def forward(self, x):
        motion = torch.zeros_like(x)
        motion[:, :, 1:] = x[:, :, 1:] - x[:, :, :-1]
        joined = torch.cat([self.positions(x), self.motions(motion)], dim=-1)
        return self.conv6(self.conv5(joined)).flatten(1)


MODALITIES = {
    "inertial": {
        "shape": (6, 50),
        "reference": ReferenceTransformer,
        "kinefuse": lambda: encoders.build("cnn_transformer", channels=6, time=50),
        "features": 5632,
    },
    "skeleton": {
        "shape": (3, 50, 20),
        "reference": ReferenceCoOccurrence,
        "kinefuse": lambda: encoders.build("co_occurrence", dims=3, time=50, joints=20),
        "features": 256,
    },
}


def step_of(encoder, features):
    """One optimiser step, the same for both."""
    model = nn.Sequential(encoder, nn.Linear(features, CLASSES))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_of = nn.CrossEntropyLoss()

    def step(x, y):
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


@pytest.mark.usefixtures("torch_alone")
@pytest.mark.parametrize("who", ["reference", "kinefuse"])
@pytest.mark.parametrize("modality", MODALITIES)
def test_training_step(benchmark, modality, who):
    benchmark.group = f"training step, {modality}, batch of {BATCH}"
    benchmark.extra_info["by"] = "kinefuse" if who == "kinefuse" else "plain transcription"
    case = MODALITIES[modality]
    torch.manual_seed(0)
    x, y = torch.randn(BATCH, *case["shape"]), torch.randint(CLASSES, (BATCH,))
    encoder = case[who]()
    assert encoder(x).shape == (BATCH, case["features"])
    step = step_of(encoder, case["features"])
    loss = benchmark.pedantic(step, args=(x, y), rounds=30, warmup_rounds=5)
    assert torch.isfinite(loss)
