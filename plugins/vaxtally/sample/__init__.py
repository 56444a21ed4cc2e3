"""The sample room: a reproducible made-up city in the drop-folder layout, with an answer key."""

from vaxtally.sample.city import CitySummary, write_city

__all__ = ["CitySummary", "write_city"]
