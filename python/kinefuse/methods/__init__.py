"""Ways of training: one file a method, and the two stages that run them."""

from kinefuse._extras import needs_extra

with needs_extra("train", "kinefuse.methods"):
    from kinefuse.methods.cmc import CMC
    from kinefuse.methods.simclr import SimCLR
    from kinefuse.methods.stages import finetune, pretrain
    from kinefuse.methods.supervised import SupervisedMethod

__all__ = ["CMC", "SimCLR", "SupervisedMethod", "finetune", "pretrain"]
