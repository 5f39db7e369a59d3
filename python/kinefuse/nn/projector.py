"""What contrastive losses look at during pretraining."""

from torch import Tensor, nn

from kinefuse.errors import InputError

__all__ = ["Projector"]


class Projector(nn.Module):
    """Two linear layers with batch norm and ReLU between them.

    The defaults are those of CMC-CMKM (arXiv:2205.10071). Pretraining's losses compare what comes
    out of it; recognition builds on what goes in.

    Parameters
    ----------
    in_features : int
        Length of an embedding.
    hidden, out : int
        Length after the first and the second layer.

    Raises
    ------
    InputError
        A length is not positive.
    """

    def __init__(self, in_features: int, *, hidden: int = 256, out: int = 128) -> None:
        super().__init__()
        if min(in_features, hidden, out) < 1:
            raise InputError(
                f"Projector: lengths must be at least 1, got {(in_features, hidden, out)}"
            )
        self.settings = {"hidden": hidden, "out": out}
        self.out_features = out
        self.layers = nn.Sequential(
            nn.Linear(in_features, hidden),
            nn.BatchNorm1d(hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, out),
        )

    def forward(self, embeddings: Tensor) -> Tensor:
        """Project ``(B, in_features)`` to ``(B, out)``."""
        projections: Tensor = self.layers(embeddings)
        return projections
