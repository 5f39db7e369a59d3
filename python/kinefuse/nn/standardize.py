"""Standardisation inside a network, for augmentations that need physical units."""

import torch
from torch import Tensor, nn

from kinefuse.errors import InputError

__all__ = ["Standardize"]


class Standardize(nn.Module):
    """Subtract a mean and divide by a standard deviation that are part of the model's state.

    Where augmentation must come first: a rotation turns the body itself, and not its difference
    from the mean, only before the mean is subtracted. What is missing (NaN), as a joint that the
    camera did not see, becomes 0: the mean.

    Parameters
    ----------
    mean, std : tensor
        Broadcast against one sample: inertial ``(C, 1)``, skeleton ``(D, 1, J)``; or scalars.

    Raises
    ------
    InputError
        A standard deviation is not positive, or a value is not finite.
    """

    def __init__(self, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        mean, std = torch.as_tensor(mean).float(), torch.as_tensor(std).float()
        if not (torch.isfinite(mean).all() and torch.isfinite(std).all() and (std > 0).all()):
            raise InputError("Standardize: expected finite means and positive deviations")
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.mean: Tensor
        self.std: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """Standardise ``(B, ...)``."""
        z = (x - self.mean) / self.std
        return torch.where(z.isnan(), 0.0, z)
