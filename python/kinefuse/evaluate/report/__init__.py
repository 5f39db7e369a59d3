"""Reports: tables over seeds, figures, and how they came about, in one HTML file."""

from kinefuse._extras import needs_extra

with needs_extra("train", "kinefuse.evaluate.report"):
    from kinefuse.evaluate.report.html import Embedding, Report
from kinefuse.evaluate.report.results import Result, per_subject, summarize

__all__ = ["Embedding", "Report", "Result", "per_subject", "summarize"]
