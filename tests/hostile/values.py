"""Values that no argument expects: each gives a result or one of our errors, never a panic."""

import numpy as np

HOSTILE = {
    "none": None,
    "number": 3,
    "nan": float("nan"),
    "text": "abc",
    "bytes": b"xx",
    "empty list": [],
    "list of nothing": [[]],
    "list of None": [None] * 3,
    "dict": {},
    "no row": np.zeros((0, 20, 3)),
    "no frame": np.zeros((2, 0, 20, 3)),
    "no window": np.zeros((0, 5, 20, 3)),
    "infinite": np.full((4, 20, 3), np.inf),
    "huge": np.full((4, 20, 3), 1e308) * np.linspace(-1, 1, 3),
    "tiny": np.full((4, 20, 3), -1e-320),
    "dates": np.zeros((4, 20, 3), "M8[s]"),
    "objects": np.zeros((4, 20, 3), object),
    "long double": np.zeros((4, 20, 3), np.longdouble),
    "records": np.array([("a", 1)], dtype=[("x", "U1"), ("y", "i4")]),
    "a large integer": 2**80,
    "large integers": [2**80],
    "a complex number": 1j,
}
