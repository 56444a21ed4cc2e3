"""Hours in which no mail leaves, by the clock of the city."""

from datetime import UTC, datetime

import pytest

from vaxtally import quiet_hours
from vaxtally.errors import SettingsError
from vaxtally.settings import Settings


@pytest.mark.parametrize(
    ("hours", "local", "until"),
    [
        ("21:00-06:30", "2021-10-07 20:59", None),
        ("21:00-06:30", "2021-10-07 21:00", "2021-10-08 06:30"),
        ("21:00-06:30", "2021-10-08 00:10", "2021-10-08 06:30"),
        ("21:00-06:30", "2021-10-08 06:29", "2021-10-08 06:30"),
        ("21:00-06:30", "2021-10-08 06:30", None),
        ("12:00 - 13:30", "2021-10-08 12:30", "2021-10-08 13:30"),
        ("12:00-13:30", "2021-10-08 13:30", None),
        (None, "2021-10-08 03:00", None),
    ],
)
def test_they_may_span_midnight_and_end_on_the_minute(hours, local, until):
    settings = Settings(quiet_hours=hours)
    now = datetime.fromisoformat(local).replace(tzinfo=settings.timezone)
    found = quiet_hours.until(settings, now.astimezone(UTC))
    assert (found and f"{found:%Y-%m-%d %H:%M}") == until


@pytest.mark.parametrize("hours", ["21:00", "9-5", "21:00-21:00", "21:00-25:00", "night", "1:00-2:00-3:00"])
def test_what_is_no_span_of_hours_is_refused(hours):
    with pytest.raises(SettingsError, match="VAXTALLY_QUIET_HOURS"):
        Settings(quiet_hours=hours)
