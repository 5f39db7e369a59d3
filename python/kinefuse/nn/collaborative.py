"""CLMM's second stage: a branch for what modalities share and one for what is their own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from kinefuse.errors import InputError
from kinefuse.nn.encoders.tokens import TokenEncoder
from kinefuse.nn.fusion import MultimodalClassifier
from kinefuse.nn.gated_units import GatedUnits
from kinefuse.nn.heads import Head, register
from kinefuse.nn.quality_attention import QualityAttention
from kinefuse.nn.validity import measure_validity

__all__ = ["CollaborativeClassifier", "CollaborativeHead", "Reading"]

HEADS = ("anchored", "mlp")
DUALS = ("serial", "parallel")


@dataclass(frozen=True, eq=False)
class Reading:
    """What encoders made of a batch.

    Attributes
    ----------
    pooled : dict of modality to (B, F) tensor
        Embeddings; zero where a window lacks the modality.
    local : dict of modality to (B, N, d) tensor
        Tokens before attention; zero likewise.
    present : dict of modality to (B,) bool tensor
        Where a window has the modality.
    validity : dict of modality to (B,) tensor, or None
        The share of a window's samples that can be used
        (:func:`~kinefuse.nn.measure_validity`).
    """

    pooled: dict[str, Tensor]
    local: dict[str, Tensor]
    present: dict[str, Tensor]
    validity: dict[str, Tensor] | None = None

    def lacking(self, present: Mapping[str, Tensor]) -> "Reading":
        """Return the same reading with other modalities present."""
        return replace(self, present=dict(present))

    def detach(self) -> "Reading":
        """Return copies at which gradients end, and can be taken."""
        return replace(
            self,
            pooled={m: x.detach().requires_grad_() for m, x in self.pooled.items()},
            local={m: x.detach().requires_grad_() for m, x in self.local.items()},
        )

    def tensors(self) -> list[Tensor]:
        """Return the embeddings and tokens, always in one order."""
        return [*self.pooled.values(), *self.local.values()]


@register("collaborative")
class CollaborativeHead(Head):
    r"""Fuse a shared and a specific branch, on top of nearest prototypes.

    After CLMM (Jing, Yang, Zhang and Feng, arXiv:2604.23281), of which only the abstract was at
    hand; the arrangement is ours. With :math:`g_m` a modality's embedding and :math:`r_m` whether
    a window has it:

    - shared: :math:`f_{sh} = \sum_m r_m W_m g_m / \sum_m r_m`;
    - specific: :math:`s_m` by :class:`GatedUnits` from the tokens before attention, and
      :math:`f_{sp} = \sum_m \alpha_m s_m` by :class:`QualityAttention`. With ``dual="parallel"``
      attention weighs the tokens' means instead, and both sums are joined by a linear layer;
    - scores: :math:`o = o_{sh} + o_{res}`, with :math:`o_{sh} = \sigma \sum_m r_m
      \cos(g_m - \mu_m, c_{km}) / \sum_m r_m` the cosines to class prototypes c, and
      :math:`o_{res}` a two-layer perceptron on both branches whose last layer starts at zero:
      training begins at the nearest prototype. With ``head="mlp"`` the perceptron is all there is.

    Parameters
    ----------
    in_features : mapping of modality to int
        The length of each modality's embedding.
    n_classes : int
    width : int
        Length d of a token, the same in all modalities.
    hidden : int
        Of the perceptron.
    dropout : float
    quality, guidance, prior
        ``kind``, ``guidance`` and ``prior`` of :class:`QualityAttention`.
    gate : {"bigru", "gru", "none"}
        ``kind`` of :class:`GatedUnits`.
    dual : {"serial", "parallel"}
    head : {"anchored", "mlp"}
    use_shared, use_specific : bool
        Leave a branch out.
    vote : bool
        Predict by the mean log-probability of the head, the branches and the modalities that a
        window has, each of which counts once, instead of by the head alone. Training is the same.

    Raises
    ------
    InputError
        An unknown kind, sizes that do not fit, or no branch.
    """

    def __init__(
        self,
        in_features: Mapping[str, int],
        n_classes: int,
        *,
        width: int,
        hidden: int = 256,
        dropout: float = 0.3,
        quality: str = "guided",
        guidance: float = 0.5,
        prior: Mapping[str, float] | None = None,
        gate: str = "bigru",
        dual: str = "serial",
        head: str = "anchored",
        use_shared: bool = True,
        use_specific: bool = True,
        vote: bool = False,
    ) -> None:
        super().__init__(in_features, n_classes)
        for what, value, known in (("dual", dual, DUALS), ("head", head, HEADS)):
            if value not in known:
                raise InputError(
                    f"CollaborativeHead: {what}: expected one of {', '.join(known)}, got {value!r}"
                )
        if not (use_shared or use_specific) or (head == "anchored" and not use_shared):
            raise InputError(
                "CollaborativeHead: expected a branch, and the shared one for head 'anchored', got "
                f"use_shared={use_shared}, use_specific={use_specific} and head={head!r}"
            )
        self.anchored, self.dual, self.vote = head == "anchored", dual, vote
        self.use_shared, self.use_specific = use_shared, use_specific
        self.dropout = nn.Dropout(dropout)
        names, width = tuple(in_features), int(width)
        own = dict.fromkeys(names, 0)
        if use_shared:
            self.shared = nn.ModuleDict({m: nn.Linear(n, width) for m, n in in_features.items()})
            own = dict(in_features)
        if self.anchored:
            self.anchors = nn.ParameterDict(
                {m: nn.Parameter(torch.zeros(n_classes, n)) for m, n in in_features.items()}
            )
            self.log_scale = nn.Parameter(torch.tensor(10.0).log())
            for m, n in in_features.items():
                self.register_buffer(f"center_{m}", torch.zeros(n))
        elif use_shared:
            self.from_shared = nn.Linear(width, n_classes)
        if use_specific:
            self.gates = nn.ModuleDict({m: GatedUnits(width, kind=gate) for m in names})
            self.attend = QualityAttention(
                width, names, prior=prior, guidance=guidance, kind=quality
            )
            self.from_specific = nn.Linear(width, n_classes)
            own = {m: n + width for m, n in own.items()}
            if dual == "parallel":
                self.both = nn.Sequential(nn.Linear(2 * width, width), nn.LayerNorm(width))
        self.own = nn.ModuleDict({m: nn.Linear(n, n_classes) for m, n in own.items()})
        last = nn.Linear(hidden, n_classes)
        if self.anchored:
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        self.residual = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(width * (use_shared + use_specific), hidden),
            nn.LayerNorm(hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            last,
        )

    @torch.no_grad()
    def anchor(self, centers: Mapping[str, Tensor], prototypes: Mapping[str, Tensor]) -> None:
        """Begin at nearest prototypes.

        Parameters
        ----------
        centers : mapping of modality to (F,) tensor
            What is taken from each embedding: the mean of the training windows'.
        prototypes : mapping of modality to (K, F) tensor
            Directions of the classes around it. A row of zeros scores zero.

        Raises
        ------
        InputError
            The head has no anchors.
        """
        if not self.anchored:
            raise InputError("CollaborativeHead: head 'mlp' has no anchors")
        for m, anchors in self.anchors.items():
            self.get_buffer(f"center_{m}").copy_(centers[m])
            anchors.copy_(functional.normalize(prototypes[m], dim=1))

    def scores(self, reading: Reading) -> dict[str, Tensor]:
        """Return all scores ``(B, n_classes)`` that training gives a loss to.

        ``"joint"`` are those that count; ``"shared"`` and ``"specific"`` are the branches', the
        others each modality's own, which mean nothing where a window lacks it.
        """
        features, found = [], {}
        if self.use_shared:
            mapped = {m: layer(reading.pooled[m]) for m, layer in self._items(self.shared)}
            features.append(mean_over(mapped, reading.present))
        if self.anchored:
            found["shared"] = self._cosines(reading)
        elif self.use_shared:
            found["shared"] = self.from_shared(self.dropout(features[0]))
        gated: dict[str, Tensor] = {}
        if self.use_specific:
            gated = {m: gate(reading.local[m]) for m, gate in self._items(self.gates)}
            specific, _ = self._specific(reading, gated)
            features.append(specific)
            found["specific"] = self.from_specific(self.dropout(specific))
        for m, layer in self._items(self.own):
            parts = [reading.pooled[m]] if self.use_shared else []
            found[m] = layer(self.dropout(torch.cat([*parts, *([gated[m]] if gated else [])], 1)))
        joint = self.residual(torch.cat(features, 1))
        return {"joint": joint + found["shared"] if self.anchored else joint, **found}

    def forward(self, reading: Reading) -> Tensor:
        """Return the scores that count, ``(B, n_classes)``."""
        scores = self.scores(reading)
        if not self.vote:
            return scores["joint"]
        everywhere = torch.ones_like(next(iter(reading.present.values())))
        here = {name: reading.present.get(name, everywhere) for name in scores}
        voices = {name: score.log_softmax(1) for name, score in scores.items()}
        return mean_over(voices, here)

    def attention(self, reading: Reading) -> Tensor:
        """Return the modalities' weights ``(B, M)``, in their order.

        Raises
        ------
        InputError
            The head has no specific branch.
        """
        if not self.use_specific:
            raise InputError("CollaborativeHead: no specific branch, and so no attention")
        gated = {m: gate(reading.local[m]) for m, gate in self._items(self.gates)}
        return self._specific(reading, gated)[1]

    def _items(self, modules: nn.ModuleDict) -> list[tuple[str, Any]]:
        return [(m, modules[m]) for m in self.in_features]

    def _cosines(self, reading: Reading) -> Tensor:
        scale = self.log_scale.clamp(0.0, 3.912).exp()  # from 1 to 50
        cosines = {}
        for m in self.in_features:
            centred = reading.pooled[m] - self.get_buffer(f"center_{m}")
            units = functional.normalize(self.anchors[m], dim=1)
            cosines[m] = functional.normalize(centred, dim=1) @ units.T
        return scale * mean_over(cosines, reading.present)

    def _specific(self, reading: Reading, gated: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        if self.dual == "serial":
            fused: tuple[Tensor, Tensor] = self.attend(gated, reading.present, reading.validity)
            return fused
        means = {m: x.mean(1) for m, x in reading.local.items()}
        attended, weights = self.attend(means, reading.present, reading.validity)
        both = torch.cat([attended, mean_over(gated, reading.present)], 1)
        return self.both(both), weights


def mean_over(vectors: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
    """Return each window's mean over the vectors ``(B, n)`` that it has; zero if it has none.

    Parameters
    ----------
    vectors : mapping of name to (B, n) tensor
    present : mapping of name to (B,) tensor of bool
    """
    here = torch.stack([present[name] for name in vectors], 1)
    rows = torch.stack(list(vectors.values()), 1)
    rows = torch.where(here[:, :, None], rows, 0.0)
    return rows.sum(1) / here.sum(1, keepdim=True).clamp(min=1)


class CollaborativeClassifier(MultimodalClassifier):
    """Encoders of tokens under a :class:`CollaborativeHead`.

    Windows may lack modalities, in training and later; at least one must be there.

    Parameters
    ----------
    encoders : mapping of modality to TokenEncoder
        Of one width.
    head : CollaborativeHead
    inputs, frozen
        As for :class:`~kinefuse.nn.MultimodalClassifier`.

    Raises
    ------
    InputError
        An encoder that gives no tokens, or the head was built for other embeddings.

    Examples
    --------
    >>> from kinefuse.nn import encoders, heads
    >>> parts = {
    ...     "inertial": encoders.build("cnn_diff_transformer", channels=6, time=100),
    ...     "skeleton": encoders.build("skeleton_cnn_diff_transformer", dims=3, time=32, joints=20),
    ... }
    >>> sizes = {m: encoder.out_features for m, encoder in parts.items()}
    >>> head = heads.build("collaborative", sizes, n_classes=27, width=parts["inertial"].width)
    >>> model = CollaborativeClassifier(parts, head).eval()
    >>> batch = {"inertial": torch.zeros(8, 6, 100), "skeleton": torch.zeros(8, 3, 32, 20)}
    >>> model(batch).shape, model.attention(batch).shape
    (torch.Size([8, 27]), torch.Size([8, 2]))
    """

    partial = True
    head: CollaborativeHead

    def __init__(
        self,
        encoders: Mapping[str, Any],
        head: CollaborativeHead,
        *,
        inputs: Mapping[str, nn.Module] | None = None,
        frozen: bool = False,
    ) -> None:
        if lacking := [m for m, e in encoders.items() if not isinstance(e, TokenEncoder)]:
            raise InputError(
                f"CollaborativeClassifier: {', '.join(lacking)}: expected encoders that give "
                "tokens (TokenEncoder), such as cnn_diff_transformer"
            )
        super().__init__(encoders, head, inputs=inputs, frozen=frozen)

    def read(
        self, batch: Mapping[str, Tensor], present: Mapping[str, Tensor] | None = None
    ) -> Reading:
        """Return the embeddings and tokens of a batch.

        Parameters
        ----------
        batch, present
            As for :meth:`~kinefuse.nn.MultimodalEncoder.encode`; what is missing is not encoded.

        Raises
        ------
        InputError
            A modality of the model is not in the batch, or a window has none.
        """
        pooled, local, here = {}, {}, {}
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            for m, encoder in self._encoders():
                assert isinstance(encoder, TokenEncoder)
                x, rows = self._rows(m, batch, present)
                here[m] = rows
                if bool(rows.all()):
                    local[m], tokens = encoder.read(self._standardized(m, x))
                    pooled[m] = encoder.pool(tokens)
                    continue
                pooled[m] = x.new_zeros(len(x), encoder.out_features)
                local[m] = x.new_zeros(len(x), 1, encoder.width)
                if bool(rows.any()):
                    some, tokens = encoder.read(self._standardized(m, x[rows]))
                    local[m] = x.new_zeros(len(x), *some.shape[1:])
                    local[m][rows], pooled[m][rows] = some, encoder.pool(tokens)
        if empty := int((~torch.stack(list(here.values())).any(0)).sum()):
            raise InputError(
                f"CollaborativeClassifier: {empty} windows have none of {', '.join(here)}"
            )
        return Reading(pooled, local, here, self._validity(batch, here))

    def _validity(
        self, batch: Mapping[str, Tensor], here: Mapping[str, Tensor]
    ) -> dict[str, Tensor] | None:
        """Measure what of the windows can be used, where the head asks for it."""
        if not self.head.use_specific or self.head.attend.guidance == 0:
            return None
        return {m: measure_validity(batch[m], present=rows) for m, rows in here.items()}

    def branches(
        self, batch: Mapping[str, Tensor], present: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        """Return all scores that training gives a loss to (:meth:`CollaborativeHead.scores`)."""
        return self.head.scores(self.read(batch, present))

    def forward(
        self, batch: Mapping[str, Tensor], present: Mapping[str, Tensor] | None = None
    ) -> Tensor:
        """Return the scores, ``(B, n_classes)``."""
        scores: Tensor = self.head(self.read(batch, present))
        return scores

    def attention(
        self, batch: Mapping[str, Tensor], present: Mapping[str, Tensor] | None = None
    ) -> Tensor:
        """Return what each modality weighs, ``(B, M)``; rows sum to 1, what is missing weighs 0."""
        return self.head.attention(self.read(batch, present))
