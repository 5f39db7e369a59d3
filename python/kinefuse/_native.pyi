# The private extension. Public functions check their arguments before they call it.

import numpy as np
from numpy.typing import NDArray

__version__: str
debug_build: bool

# pool
def num_threads() -> int: ...
def set_num_threads(n: int) -> None: ...

# augment
class AugmentPlan:
    def __init__(self, kind: str, json: str) -> None: ...
    def apply(
        self, x: NDArray[np.float32], out: NDArray[np.float32], *, seed: int, modality: int
    ) -> None: ...

# skeleton
def skeleton_normalize_f32(x: NDArray[np.float32], spec: str, out: NDArray[np.float32]) -> int: ...
def skeleton_normalize_f64(x: NDArray[np.float64], spec: str, out: NDArray[np.float64]) -> int: ...
