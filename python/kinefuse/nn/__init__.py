"""Networks: encoders, projectors, heads, and what joins them.

Encoders eat batches as the loader makes them, without the view axis: inertial ``(B, C, T)``,
skeleton ``(B, D, T, J)``; they give embeddings ``(B, out_features)``.
"""

from kinefuse._extras import needs_extra

with needs_extra("train", "kinefuse.nn"):
    from kinefuse.nn import encoders
    from kinefuse.nn.encoders import Encoder

__all__ = ["Encoder", "encoders"]
