"""What the outreach room reads: who falls short, who is silent, what waits."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from vaxtally import tally
from vaxtally.settings import Settings
from vaxtally.tally import gaps
from vaxtally.tally.readings import ShortDay, Totals
from vaxtally.working_days import working_days

from .tally_town import EVERY_DAY

DAY = date(2021, 8, 1)


def day(n: int) -> date:
    return DAY + timedelta(days=n)


@pytest.fixture
def short_town(town):
    """H1: 3 + 6 short over two days and 2 over; H2: exact; H3: 4 short, nothing due before day 6; H4: no report."""
    town.units("H1", data_officer_name="Lê Thị Bình", data_officer_email="h1@example.org", head_email="")
    town.units("H2", "H3", "H4")
    lines = [("H1", DAY, "AZ", 1, 10), ("H1", DAY, "PFIZER", 1, 4), ("H1", day(1), "AZ", 2, 6)]
    town.apply_reports((None, day(1), [*lines, ("H2", DAY, "AZ", 1, 1)]))
    town.apply_reports(("H3", day(4), [("H3", day(4), "AZ", 1, 4)]))
    town.dose("H1", DAY, "AZ", times=7)
    town.dose("H1", DAY, times=6)
    town.dose("H2", DAY, "AZ")
    town.dose("H4", DAY, "AZ", times=2)
    return town


def reading(town: Any, as_of: date, **options: Any) -> list[Any]:
    policies = Settings(grace_days=options.pop("grace_days", 1)).policies
    return gaps.units_in_shortfall(town.connection, as_of, policies, **options)


def test_units_in_shortfall(short_town):
    (found,) = reading(short_town, day(5))
    assert found.unit.unit_code == "H1"
    assert (found.unit.data_officer_email, found.unit.head_email) == ("h1@example.org", None)
    assert found.totals == Totals(reported=20, entered=13, shortfall=9, surplus=2, entered_unreported=0)
    assert found.totals.entry_ratio == 0.65
    assert found.short_days == (
        ShortDay(given_on=DAY, vaccine="AZ", dose_number=1, reported=10, entered=7, missing=3, never_received=3),
        ShortDay(given_on=day(1), vaccine="AZ", dose_number=2, reported=6, entered=0, missing=6, never_received=6),
    )
    assert (found.open_rows, found.quarantined_files, found.rows_open("rejected")) == ((), (), 0)


def test_only_due_days_from_the_first_day_on(short_town):
    codes = lambda *args, **options: [found.unit.unit_code for found in reading(short_town, *args, **options)]  # noqa: E731
    assert codes(day(1)) == []
    assert codes(day(6)) == ["H1", "H3"]
    assert codes(day(6), grace_days=2) == ["H1"]
    (h1, _) = reading(short_town, day(6), not_before=day(1))
    assert [short.given_on for short in h1.short_days] == [day(1)]
    assert h1.totals == Totals(reported=6, entered=0, shortfall=6, surplus=0, entered_unreported=0)
    assert codes(day(6), not_before=day(2)) == ["H3"]


def test_readings_are_the_same_from_the_table_and_worked_out(short_town):
    def read() -> tuple[Any, ...]:
        connection = short_town.connection
        return (
            reading(short_town, day(6)),
            gaps.rank_units(connection, day(6), Settings(grace_days=1).policies),
            gaps.daily_series(connection, day(6)),
        )

    worked_out = read()
    tally.reconcile(short_town.connection, day(6), Settings())
    assert read() == worked_out
    short_town.execute("UPDATE tally.entry_gap SET reported = 11, shortfall = 4 WHERE reported = 10")
    assert read() != worked_out
    assert reading(short_town, day(5)) == [worked_out[0][0]]


def test_ranking(short_town):
    ranked = gaps.rank_units(short_town.connection, day(6), Settings(grace_days=1).policies)
    places = [(place.rank, place.unit.unit_code, place.totals.shortfall, place.days_short) for place in ranked]
    assert places == [(1, "H1", 9, 2), (2, "H3", 4, 1), (3, "H2", 0, 0), (3, "H4", 0, 0)]
    assert ranked[3].totals == Totals(reported=0, entered=0, shortfall=0, surplus=0, entered_unreported=2)
    assert ranked[3].totals.entry_ratio is None


def test_sums_over_units_and_days_are_those_of_the_city(short_town):
    found = tally.reconcile(short_town.connection, day(6), Settings(grace_days=0))
    ranked = [place.totals for place in gaps.rank_units(short_town.connection, day(6), Settings(grace_days=0).policies)]
    series = [row.totals for row in gaps.daily_series(short_town.connection, day(6))]
    for name in ("reported", "entered", "shortfall", "surplus", "entered_unreported"):
        assert sum(getattr(totals, name) for totals in ranked) == getattr(found, name)
        assert sum(getattr(totals, name) for totals in series) == getattr(found, name)
    short = reading(short_town, day(6), grace_days=0)
    assert sum(row.missing for unit in short for row in unit.short_days) == found.due_shortfall


def test_daily_series(short_town):
    city = gaps.daily_series(short_town.connection, day(4), days=5)
    assert [row.given_on for row in city] == [day(n) for n in range(5)]
    assert [(row.totals.reported, row.totals.entered) for row in city] == [(15, 14), (6, 0), (0, 0), (0, 0), (4, 0)]
    assert city[0].totals.entered_unreported == 2
    unit = gaps.daily_series_of(short_town.connection, day(4), "H3", days=2)
    assert [(row.unit_code, row.totals.reported) for row in unit] == [("H3", 0), ("H3", 4)]
    assert len(gaps.daily_series(short_town.connection, day(4))) == 28
    codes = [*short_town.execute("SELECT unit_code FROM reference.unit ORDER BY unit_code").scalars(), "NOBODY"]
    several = gaps.daily_series_of_units(short_town.connection, day(4), codes, days=5)
    assert several == {code: tuple(gaps.daily_series_of(short_town.connection, day(4), code, days=5)) for code in codes}
    assert {totals.totals.reported for totals in several["NOBODY"]} == {0}


def test_silent_units(town):
    town.units("QUIET", "UPLOADS", "REPORTS", "REFUSED", "EXPORT", "ABOVE", "BELOW")
    town.units("NEW", opened_on=day(8))
    town.units("SHUT", closed_on=day(10))
    town.units("SHUTS", closed_on=day(11))
    town.upload("QUIET", day(7))
    town.upload("UPLOADS", day(8))
    town.upload("REPORTS", day(9), "report")
    town.upload("REFUSED", day(9), status="quarantined")
    town.apply_reports((None, day(10), [("EXPORT", day(9), "AZ", 1, 5)]))
    town.dose("BELOW", day(9))
    town.execute("UPDATE intake.upload SET unit_code = 'ABOVE' WHERE unit_code = 'BELOW'")
    town.upload("SHUTS", day(11))

    def silent(as_of: date, silent_days: int) -> dict[str, tuple[Any, ...]]:
        found = gaps.silent_units(town.connection, as_of, Settings(silent_days=silent_days).policies, EVERY_DAY)
        return {row.unit.unit_code: (row.last_report_on, row.last_upload_on) for row in found}

    assert silent(day(10), 3) == {"QUIET": (None, day(7)), "SHUTS": (None, None)}
    assert silent(day(10), 4) == {"SHUTS": (None, None)}
    assert silent(day(12), 3)["BELOW"] == (None, day(9))
    assert "NEW" in silent(day(11), 3)
    # as known then
    assert silent(day(7), 3)["UPLOADS"] == (None, None)


def test_silence_counts_working_days(town):
    """A weekend and the Tết holidays, of which no unit is expected to send anything, make nobody silent."""
    friday, monday = date(2021, 8, 6), date(2021, 8, 9)
    town.units("WEEKDAYS", "TET")
    town.units("OPENS", opened_on=friday)
    town.upload("WEEKDAYS", friday)
    town.upload("TET", date(2022, 1, 28))
    settings = Settings(silent_days=3)

    def silent(as_of: date) -> set[str]:
        found = gaps.silent_units(town.connection, as_of, settings.policies, working_days(settings))
        return {row.unit.unit_code for row in found}

    assert silent(monday) == silent(monday + timedelta(days=1)) == {"TET"}
    assert silent(monday + timedelta(days=2)) == {"TET", "WEEKDAYS", "OPENS"}
    assert "TET" not in silent(date(2022, 2, 8))
    assert "TET" in silent(date(2022, 2, 9))


def test_units_without_address(town):
    town.units("A", "CLOSED", "LATER")
    town.units("B", data_officer_email="b@example.org")
    town.units("C", data_officer_email=" ")
    town.execute("UPDATE reference.unit SET closed_on = :on WHERE unit_code = 'CLOSED'", {"on": day(3)})
    town.execute("UPDATE reference.unit SET opened_on = :on WHERE unit_code = 'LATER'", {"on": day(4)})
    codes = lambda as_of: [unit.unit_code for unit in gaps.units_without_address(town.connection, as_of)]  # noqa: E731
    assert codes(day(3)) == ["A", "C"]
    assert codes(day(2)) == ["A", "C", "CLOSED"]
    assert codes(day(4)) == ["A", "C", "LATER"]


def row(town: Any, upload_id: int, number: int, outcome: str, *rules: str, closed: bool = False) -> None:
    place = {"upload_id": upload_id, "row_number": number, "outcome": outcome}
    closed_at = f"{day(2)}T05:00:00Z" if closed else None
    town.insert("intake.row", [{**place, "line": 2, "original": "[]", "canonical": "{}", "closed_at": closed_at}])
    if rules:
        town.insert("intake.row_issue", [{**place, "rule": rule, "message": "…"} for rule in rules])


def test_open_rows_by_the_rules_that_made_them_wait(town):
    town.units("H1", "H2")
    first, second = town.upload("H1", day(1)), town.upload("H1", day(3))
    refused, department = town.upload("H1", day(1), status="quarantined"), town.upload(None, day(1), "report")
    row(town, first, 1, "rejected", "sex.invalid", "vaccine.missing", "lot_number.missing")
    row(town, first, 2, "rejected", "sex.invalid")
    row(town, first, 3, "rejected", "sex.invalid", closed=True)
    row(town, first, 4, "held", "record.same_day_dose", "record.dose_order")
    row(town, second, 1, "rejected", "sex.invalid", "sex.invalid")
    row(town, refused, 1, "rejected", "file.mostly_rejected")
    row(town, department, 1, "rejected", "report.unit_unknown")

    def counts(as_of: date, unit_code: str | None = None) -> dict[tuple[Any, ...], int]:
        found = gaps.open_rows(town.connection, as_of, unit_code)
        return {(rows.unit_code, rows.outcome, rows.rule): rows.rows for rows in found}

    h1 = {
        ("H1", "held", None): 1,
        ("H1", "held", "record.same_day_dose"): 1,
        ("H1", "rejected", None): 2,
        ("H1", "rejected", "sex.invalid"): 2,
        ("H1", "rejected", "vaccine.missing"): 1,
    }
    sent = {(None, "rejected", None): 1, (None, "rejected", "report.unit_unknown"): 1}
    assert counts(day(2)) == h1 | sent
    assert counts(day(2), "H1") == h1
    assert counts(day(1), "H1")["H1", "rejected", None] == 3, "one is closed since"
    assert counts(day(3), "H1")["H1", "rejected", None] == 3
    assert counts(DAY) == {}


def test_what_waits_stands_with_the_unit_in_shortfall(short_town):
    upload_id = short_town.upload("H1", day(2))
    row(short_town, upload_id, 1, "rejected", "sex.invalid", "vaccine.missing")
    refused = short_town.upload("H1", day(2), status="quarantined")
    short_town.upload("H3", day(2), status="quarantined")
    (found,) = reading(short_town, day(5))
    assert (found.rows_open("rejected"), found.rows_open("held")) == (1, 0)
    assert [file.upload_id for file in found.quarantined_files] == [refused]


def test_quarantined_files_until_something_follows(town):
    town.units("H1", "H2")
    issues = json.dumps([{"rule": "file.encoding"}, {"rule": "file.empty"}])
    bad = {"status": "quarantined", "file_issues": issues}
    first = town.upload("H1", day(1), file_name="a.csv", **bad)
    other_kind = town.upload("H1", day(1), "report", file_name="a.csv", **bad)
    other_unit = town.upload("H2", day(1), file_name="a.csv", **bad)
    department = town.upload(None, day(1), "report", file_name="a.csv", **bad)
    again = town.upload("H1", day(2), file_name="a.csv", **bad)
    same_bytes = town.upload("H2", day(1), file_name="b.csv", sha256="b" * 64, **bad)
    town.upload("H2", day(2), file_name="c.csv", sha256="b" * 64)
    town.upload("H1", day(3), file_name="a.csv")

    def ids(as_of: date, unit_code: str | None = None) -> list[int]:
        return [file.upload_id for file in gaps.quarantined_files(town.connection, as_of, unit_code)]

    assert ids(day(1)) == [first, other_kind, other_unit, department, same_bytes]
    assert ids(day(2)) == [other_kind, other_unit, department, again]
    assert ids(day(3)) == [other_kind, other_unit, department]
    assert ids(day(2), "H1") == [other_kind, again]
    (file,) = gaps.quarantined_files(town.connection, day(3), "H2")
    assert (file.rules, file.kind, file.rows_total) == (("file.empty", "file.encoding"), "upload", 0)


def test_lowered_reports(town):
    town.units("H1")
    for n, (sender, doses) in enumerate([("H1", 30), (None, 25), ("H1", 20), ("H1", 22), ("H1", 21)], 1):
        town.apply_reports((sender, day(n), [("H1", DAY, "AZ", 1, doses)]))
    town.apply_reports(("H1", day(6), [("H1", DAY, None, None, 0)]))

    def lowered(as_of: date, **options: Any) -> list[tuple[Any, ...]]:
        found = gaps.lowered_reports(town.connection, as_of, **options)
        return [(row.received_on, row.previous, row.doses_given) for row in found]

    assert lowered(day(2)) == []
    assert lowered(day(3)) == [(day(3), 25, 20)]
    assert lowered(day(6), days=7) == [(day(3), 25, 20), (day(5), 22, 21), (day(6), 21, 0)]


def test_readings_are_values(short_town):
    (found,) = reading(short_town, day(5))
    assert found == replace(found)
    with pytest.raises(AttributeError):
        found.unit.name = "x"
