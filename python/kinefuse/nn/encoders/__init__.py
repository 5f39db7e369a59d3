"""Encoders: from a batch of prepared windows to embeddings ``(B, out_features)``.

One encoder, one file; each registers itself by name and is built by :func:`build`.
"""

from kinefuse.nn.encoders.registry import SIZES, Encoder, build, get, names, register
from kinefuse.nn.encoders.tokens import TokenEncoder

from kinefuse.nn.encoders.cnn_diff_transformer import CNNDiffTransformer  # isort: skip
from kinefuse.nn.encoders.cnn_diff_transformer import SkeletonCNNDiffTransformer  # isort: skip
from kinefuse.nn.encoders.cnn_transformer import CNNTransformer  # isort: skip
from kinefuse.nn.encoders.co_occurrence import CoOccurrence  # isort: skip
from kinefuse.nn.encoders.light_co_occurrence import LightCoOccurrence  # isort: skip
from kinefuse.nn.encoders.resnet1d import ResNet1d, SkeletonResNet1d  # isort: skip

__all__ = [
    "SIZES",
    "CNNDiffTransformer",
    "CNNTransformer",
    "CoOccurrence",
    "Encoder",
    "LightCoOccurrence",
    "ResNet1d",
    "SkeletonCNNDiffTransformer",
    "SkeletonResNet1d",
    "TokenEncoder",
    "build",
    "get",
    "names",
    "register",
]
