"""What a run says, in the forms people and programs read. All of them show one summary."""

from __future__ import annotations

from .summary import FORMAT, summary_of

__all__ = ["FORMAT", "summary_of"]
