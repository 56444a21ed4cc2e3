"""What the units report giving: every figure, every revision."""

from vaxtally.stats.revisions import apply, leave_revised

__all__ = ["apply", "leave_revised"]
