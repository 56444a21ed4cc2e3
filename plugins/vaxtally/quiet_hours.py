"""Quiet hours: no mail leaves in them. They look at the true clock, whatever day a run counts as."""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vaxtally.settings import Settings


def read_hours(text: str) -> tuple[time, time]:
    """'21:00-06:30' as begin and end; the end may be on the next day. Raises ValueError."""
    begin, end = (datetime.strptime(part.strip(), "%H:%M").time() for part in text.split("-"))
    if begin == end:
        raise ValueError("begin and end are the same")
    return begin, end


def until(settings: "Settings", now: datetime | None = None) -> datetime | None:
    """When the quiet hours end that it is now (in the settings' zone); None outside them."""
    if not settings.quiet_hours:
        return None
    begin, end = read_hours(settings.quiet_hours)
    local = (now or datetime.now(settings.timezone)).astimezone(settings.timezone)
    for days_ago in (0, 1):
        day = local.date() - timedelta(days=days_ago)
        starts = datetime.combine(day, begin, settings.timezone)
        ends = datetime.combine(day + timedelta(days=end < begin), end, settings.timezone)
        if starts <= local < ends:
            return ends
    return None
