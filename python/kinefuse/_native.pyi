# The private extension. Public functions check their arguments before they call it.

__version__: str
debug_build: bool

# pool
def num_threads() -> int: ...
def set_num_threads(n: int) -> None: ...
