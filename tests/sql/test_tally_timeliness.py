"""How soon doses are entered: shares within 1, 7, 14 days, what never was, and that a past day stays what it was."""

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vaxtally.settings import Settings
from vaxtally.tally import gaps
from vaxtally.tally.readings import Timeliness

DAY = date(2021, 8, 2)
POLICIES = Settings().policies


def day(n: int) -> date:
    return DAY + timedelta(days=n)


def read(town: Any, as_of: date, **options: Any) -> dict[str, Timeliness]:
    found = gaps.timeliness(town.connection, as_of, POLICIES, **options)
    return {row.unit.unit_code: row.timeliness for row in found}


def raw(town: Any, as_of: date) -> list[tuple[Any, ...]]:
    rows = town.execute("SELECT * FROM tally.timeliness_as_of(:as_of) ORDER BY 1, 2", {"as_of": as_of})
    return [tuple(row) for row in rows]


def test_shares_of_the_doses_given(town):
    town.units("H1")
    town.apply_reports(("H1", day(1), [("H1", DAY, "AZ", 1, 10)]))
    for days, times in ((0, 1), (1, 2), (2, 1), (7, 1), (8, 1), (14, 1), (15, 1)):
        town.dose("H1", DAY, "AZ", received_on=day(days), times=times)
    found = read(town, day(20))["H1"]
    assert (found.within_1, found.within_7, found.within_14) == (3, 5, 7)
    assert (found.given_1, found.given_7, found.given_14) == (10, 10, 10)
    assert (found.share_within(1), found.share_within(7), found.share_within(14)) == (0.3, 0.5, 0.7)
    assert (found.reported, found.missing, found.share_missing) == (10, 2, 0.2)


def test_a_day_counts_when_its_time_has_passed(town):
    town.units("H1")
    town.apply_reports(("H1", day(1), [("H1", DAY, "AZ", 1, 10)]))
    town.dose("H1", DAY, "AZ", times=4)
    assert read(town, DAY) == {}
    found = read(town, day(1))["H1"]
    # not due yet, and nothing can be said of 7 days
    assert (found.share_within(1), found.share_within(7), found.share_missing) == (0.4, None, None)
    assert read(town, day(2))["H1"].share_missing == 0.6
    assert (read(town, day(6))["H1"].given_7, read(town, day(7))["H1"].given_7) == (0, 10)


def test_doses_nobody_reported_count_as_given_and_never_as_missing(town):
    town.units("H1")
    town.dose("H1", DAY, received_on=day(3), times=2)
    found = read(town, day(9))["H1"]
    assert (found.given_1, found.within_1, found.within_7, found.reported) == (2, 0, 2, 0)
    assert found.share_missing is None


def test_the_span_and_the_sum_of_two(town):
    town.units("H1", "H2")
    for unit in ("H1", "H2"):
        town.dose(unit, DAY)
        town.dose(unit, day(30), received_on=day(31))
    assert read(town, day(31))["H1"].given_1 == 1
    assert read(town, day(31), days=31)["H1"].given_1 == 2
    assert read(town, day(31), days=31, not_before=day(1))["H1"].given_1 == 1
    both = read(town, day(31), days=31)
    assert (both["H1"] + both["H2"]).given_1 == 4


events = st.lists(
    st.tuples(st.sampled_from(["enter", "void", "move", "report"]), st.integers(0, 3), st.integers(0, 2)),
    min_size=1,
    max_size=7,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(events=events)
def test_entered_is_what_the_gap_says_and_a_past_day_stays(town, events):
    with town.connection.begin_nested() as savepoint:
        town.units("H1", "H2")
        doses: list[int] = []
        seen = {}
        for n, (event, on, which) in enumerate(events, 3):
            play(town, event, day(n), day(on), f"H{which % 2 + 1}", doses)
            seen[n] = raw(town, day(n))
            by_day = "SELECT unit_code, given_on, sum(entered), sum(shortfall) FROM tally.entry_gap_as_of(:as_of)"
            gap = town.execute(f"{by_day} GROUP BY 1, 2 ORDER BY 1, 2", {"as_of": day(n)}).all()
            assert [(row[0], row[1], row[4], row[8]) for row in seen[n]] == [tuple(row) for row in gap]
            for row in seen[n]:
                given_, entered, within = row[3], row[4], row[5:8]
                assert 0 <= within[0] <= within[1] <= within[2] <= entered <= given_ == entered + row[8]
        assert {n: raw(town, day(n)) for n in seen} == seen
        savepoint.rollback()


def play(town: Any, event: str, today: date, on: date, unit: str, doses: list[int]) -> None:
    if event == "enter":
        doses += town.dose(unit, on, received_on=today, times=2)
    elif event == "report":
        town.apply_reports((None, today, [(unit, on, "PFIZER", 1, 5)]))
    elif event == "void" and doses:
        sql = "UPDATE registry.dose SET voided_at = now(), voided_on = :on WHERE dose_id = :id"
        town.execute(sql, {"on": today, "id": doses.pop()})
    elif event == "move" and doses:
        move(town, doses[-1], today, unit, on)


def move(town: Any, dose_id: int, today: date, unit: str, on: date) -> None:
    """A correction as the registry keeps it: the state before to history, the dose changed in place."""
    town.execute(
        """
        INSERT INTO registry.dose_history (
            dose_id, change, changed_by_upload_id, changed_by_row_number, entry_hash, dose, person, changed_on
        )
        SELECT dose_id, 'updated', :by, 1, entry_hash, to_jsonb(dose), to_jsonb(person), :today
        FROM registry.dose INNER JOIN registry.person USING (person_id) WHERE dose_id = :id
        """,
        {"id": dose_id, "by": town.upload(unit, today), "today": today},
    )
    sql = "UPDATE registry.dose SET unit_code = :unit, given_on = :on WHERE dose_id = :id"
    town.execute(sql, {"id": dose_id, "unit": unit, "on": on})
