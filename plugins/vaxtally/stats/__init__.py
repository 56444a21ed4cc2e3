"""What the units report giving: every figure, every revision."""

from vaxtally.stats.revisions import apply

__all__ = ["apply"]
