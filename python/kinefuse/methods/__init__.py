"""Ways of training: one file a method, and the two stages that run them."""

from kinefuse._extras import needs_extra

with needs_extra("train", "kinefuse.methods"):
    from kinefuse.methods.cmc import CMC
    from kinefuse.methods.cmkm import CMKM
    from kinefuse.methods.cross_subject import CrossSubjectMethod
    from kinefuse.methods.finetuning import finetune
    from kinefuse.methods.pretraining import pretrain
    from kinefuse.methods.simclr import SimCLR
    from kinefuse.methods.supervised import SupervisedMethod

__all__ = [
    "CMC",
    "CMKM",
    "CrossSubjectMethod",
    "SimCLR",
    "SupervisedMethod",
    "finetune",
    "pretrain",
]
