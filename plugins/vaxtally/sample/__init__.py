"""The sample room: a reproducible made-up city in the drop-folder layout, with an answer key."""

from vaxtally.sample.city import CitySummary, write_city
from vaxtally.sample.clean import CleanUploads, write_clean_uploads

__all__ = ["CitySummary", "CleanUploads", "write_city", "write_clean_uploads"]
