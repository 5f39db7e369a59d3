"""Networks: encoders, projectors, heads, and what joins them.

Encoders eat batches as the loader makes them, without the view axis: inertial ``(B, C, T)``,
skeleton ``(B, D, T, J)``; they give embeddings ``(B, out_features)``.
"""

from kinefuse._extras import needs_extra

with needs_extra("train", "kinefuse.nn"):
    from kinefuse.nn import encoders, heads
    from kinefuse.nn.attention_block import AttentionBlock
    from kinefuse.nn.batch_norm import BatchNormOverRanks, train_over_ranks
    from kinefuse.nn.collaborative import CollaborativeClassifier, CollaborativeHead, Reading
    from kinefuse.nn.differential_attention import DifferentialAttention
    from kinefuse.nn.encoders import Encoder, TokenEncoder
    from kinefuse.nn.feed_forward import FeedForward
    from kinefuse.nn.fusion import ContrastiveModel, MultimodalClassifier, MultimodalEncoder
    from kinefuse.nn.gated_units import GatedUnits
    from kinefuse.nn.heads import Head, JointHead, LinearHead, MLPHead
    from kinefuse.nn.mixup import Mixup
    from kinefuse.nn.projector import Projector
    from kinefuse.nn.quality_attention import QualityAttention
    from kinefuse.nn.standardize import Standardize
    from kinefuse.nn.validity import measure_validity

__all__ = [
    "AttentionBlock",
    "BatchNormOverRanks",
    "CollaborativeClassifier",
    "CollaborativeHead",
    "ContrastiveModel",
    "DifferentialAttention",
    "Encoder",
    "FeedForward",
    "GatedUnits",
    "Head",
    "JointHead",
    "LinearHead",
    "MLPHead",
    "Mixup",
    "MultimodalClassifier",
    "MultimodalEncoder",
    "Projector",
    "QualityAttention",
    "Reading",
    "Standardize",
    "TokenEncoder",
    "encoders",
    "heads",
    "measure_validity",
    "train_over_ranks",
]
