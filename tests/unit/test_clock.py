"""Business time: a day of the city, not of the server, and none that is yet to come."""

from datetime import UTC, date, datetime

import pytest

from vaxtally.clock import RunTime
from vaxtally.errors import UsageError
from vaxtally.settings import Settings

# 23:30 on 9 August in UTC: already the 10th in the city.
CLOCK = datetime(2021, 8, 9, 23, 30, tzinfo=UTC)


def test_today_is_the_citys() -> None:
    assert RunTime.now(Settings(), clock=CLOCK).as_of == date(2021, 8, 10)


@pytest.mark.parametrize("as_of", [date(2020, 1, 1), date(2021, 8, 10), date(2021, 8, 11)])
def test_days_until_tomorrow_are_taken(as_of: date) -> None:
    time = RunTime.now(Settings(), as_of, CLOCK)
    assert (time.as_of, time.received_at.hour, time.processed_at) == (as_of, 12, CLOCK)


@pytest.mark.parametrize("as_of", [date(2021, 8, 12), date(2201, 8, 10)])
def test_a_day_in_the_future_is_refused(as_of: date) -> None:
    with pytest.raises(UsageError, match=f"{as_of} lies in the future: today is 2021-08-10"):
        RunTime.now(Settings(), as_of, CLOCK)


def test_more_days_by_setting() -> None:
    settings = Settings(future_as_of_days=30)
    assert RunTime.now(settings, date(2021, 9, 9), CLOCK).as_of == date(2021, 9, 9)
    with pytest.raises(UsageError):
        RunTime.now(settings, date(2021, 9, 10), CLOCK)
