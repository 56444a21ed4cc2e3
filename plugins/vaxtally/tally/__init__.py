"""Doses entered against doses reported: what is missing, where and since when."""

from vaxtally.tally.reconciliation import Reconciliation, reconcile

__all__ = ["Reconciliation", "reconcile"]
