"""tally.reconcile: the table of the last day, its record, and that nothing is written without news."""

from datetime import date, timedelta
from typing import Any

import pytest

from vaxtally import tally
from vaxtally.settings import Settings

DAY = date(2021, 8, 1)
SETTINGS = Settings(grace_days=1)


def table(town: Any) -> list[tuple[Any, ...]]:
    """Its rows, with where each is stored: a row that is written again has moved."""
    sql = "SELECT *, CAST(ctid AS text) FROM tally.entry_gap ORDER BY unit_code, given_on, vaccine, dose_number"
    return [tuple(row) for row in town.execute(sql)]


def day(n: int) -> date:
    return DAY + timedelta(days=n)


@pytest.fixture
def busy(town):
    """Two units: one 3 short and 2 over, one that enters without a report."""
    town.units("H1", "H2")
    lines = [("H1", DAY, "AZ", 1, 10), ("H1", DAY, "PFIZER", 1, 4), ("H1", day(1), "AZ", 1, 6)]
    town.apply_reports(("H1", day(1), lines))
    town.dose("H1", DAY, "AZ", times=7)
    town.dose("H1", DAY, times=6)
    town.dose("H2", DAY, times=5)
    return town


def test_totals(busy):
    found = tally.reconcile(busy.connection, day(2), SETTINGS)
    assert (found.units, found.keys, found.keys_reported, found.keys_no_report, found.keys_nil_report) == (
        2,
        4,
        3,
        1,
        0,
    )
    assert (found.reported, found.entered, found.entered_unreported) == (20, 13, 5)
    assert (found.shortfall, found.surplus) == (9, 2)
    assert found.reported - found.entered == found.shortfall - found.surplus
    assert found.entry_ratio == 0.65
    # DAY is due, the day after not yet
    assert (found.due_shortfall, found.units_in_shortfall) == (3, 1)


@pytest.mark.parametrize(("as_of", "grace_days", "missing"), [(1, 0, 3), (1, 1, 0), (2, 1, 3), (3, 1, 9), (3, 2, 3)])
def test_a_day_is_due_when_day_plus_grace_is_past(busy, as_of, grace_days, missing):
    found = tally.reconcile(busy.connection, day(as_of), Settings(grace_days=grace_days))
    assert found.due_shortfall == missing
    assert found.units_in_shortfall == (1 if missing else 0)
    due = busy.execute("SELECT coalesce(sum(shortfall), 0) FROM tally.entry_gap WHERE due").scalar_one()
    assert due == missing


def test_the_table_is_the_function_of_that_day(busy):
    for n in range(4):
        tally.reconcile(busy.connection, day(n), SETTINGS)
        columns = "unit_code, given_on, vaccine, dose_number, reported, entered, shortfall, surplus, entry_ratio, state"
        difference = """
            (SELECT {0}, band FROM tally.entry_gap EXCEPT SELECT {0}, band FROM tally.entry_gap_as_of(:as_of))
            UNION ALL
            (SELECT {0}, band FROM tally.entry_gap_as_of(:as_of) EXCEPT SELECT {0}, band FROM tally.entry_gap)
        """
        assert busy.execute(difference.format(columns), {"as_of": day(n)}).all() == []


def test_nothing_new_writes_nothing(busy):
    first = tally.reconcile(busy.connection, day(5), SETTINGS)
    before = table(busy)
    assert tally.reconcile(busy.connection, day(5), SETTINGS) == first
    assert table(busy) == before
    # a new day with the same doses rewrites no row either, nor does it where nothing falls due
    tally.reconcile(busy.connection, day(6), SETTINGS)
    assert table(busy) == before


def test_only_what_changed_is_rewritten(busy):
    tally.reconcile(busy.connection, day(5), SETTINGS)
    before = table(busy)
    busy.dose("H1", DAY, "AZ", received_on=day(5))
    busy.execute("UPDATE registry.dose SET voided_at = now(), voided_on = :on WHERE unit_code = 'H2'", {"on": day(5)})
    tally.reconcile(busy.connection, day(5), SETTINGS)
    after = table(busy)
    assert {row[0] for row in after} == {"H1"}
    assert [row[:3] for row in after if row not in before] == [("H1", DAY, "AZ")]


def test_an_earlier_day_is_counted_and_recorded_and_leaves_the_table(busy):
    late = tally.reconcile(busy.connection, day(5), SETTINGS)
    standing = table(busy)
    early = tally.reconcile(busy.connection, DAY, SETTINGS)
    assert (early.as_of, early.reported, early.entered_unreported, early.keys) == (DAY, 0, 18, 3)
    assert table(busy) == standing
    recorded = busy.execute("SELECT as_of, reported FROM tally.reconciliation ORDER BY as_of").all()
    assert [tuple(row) for row in recorded] == [(DAY, 0), (day(5), late.reported)]


def test_an_empty_registry_comes_to_nothing(town):
    found = tally.reconcile(town.connection, DAY, SETTINGS)
    assert (found.units, found.keys, found.reported, found.shortfall, found.entry_ratio) == (0, 0, 0, 0, None)


def test_nil_reports_are_counted_as_such(busy):
    busy.apply_reports(("H1", day(1), [("H1", DAY, None, None, 0)]))
    found = tally.reconcile(busy.connection, day(5), SETTINGS)
    assert (found.keys_nil_report, found.keys_reported, found.surplus, found.shortfall) == (2, 1, 13, 6)


def test_the_planner_knows_of_what_was_just_loaded(busy):
    """Never looked at, a table counts as tiny, and reading 1,300 units' gaps would take the square of their number."""
    unknown = "SELECT count(*) FROM pg_class WHERE reltuples < 0 AND oid = ANY(ARRAY[{}]::regclass[])"
    tables = "'stats.report', 'reference.unit', 'registry.dose', 'tally.entry_gap', 'tally.gap_cause'"
    tally.reconcile(busy.connection, day(2), SETTINGS)
    assert busy.execute(unknown.format(tables)).scalar_one() == 0
