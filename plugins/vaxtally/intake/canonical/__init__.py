"""Canonical values: what a cell says, in the one form that rules, registry and tally compare."""

from vaxtally.intake.canonical.report import canonicalise_report
from vaxtally.intake.canonical.upload import canonicalise_upload

__all__ = ["canonicalise_report", "canonicalise_upload"]
