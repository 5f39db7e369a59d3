"""Tables of results that one command makes again.

A table is defined apart from what runs it: jobs that need each other, and cells that average jobs
(:mod:`~kinefuse.reproduce.table`). :func:`kinefuse.reproduce.registry.get` returns one by name, and
:func:`kinefuse.reproduce.engine.run_jobs` runs its jobs in processes, each once.
"""

from kinefuse.reproduce.datasets import Dataset
from kinefuse.reproduce.registry import get, names
from kinefuse.reproduce.table import Cell, Comparison, Job, Table

__all__ = ["Cell", "Comparison", "Dataset", "Job", "Table", "get", "names"]
