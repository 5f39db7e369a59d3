"""The tables of CLMM: against other methods, and switch by switch.

L. Jing, Z. Yang, Y. Zhang, X. Feng, "Contrastive Learning for Multimodal Human Activity Recognition
with Limited Labeled Data", arXiv:2604.23281. A re-implementation from its abstract, which is all
that was at hand; there are no published numbers to stand beside ours.
"""

from kinefuse.reproduce.clmm import ablation, methods

__all__ = ["ablation", "methods"]
