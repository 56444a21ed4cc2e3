"""Policies by unit type: what is due, what is asked about, who is silent, and that a past day keeps its own."""

from datetime import date, timedelta
from typing import Any

import pytest

from vaxtally import tally
from vaxtally.outreach import cases
from vaxtally.settings import Settings
from vaxtally.tally import gaps

from .tally_town import EVERY_DAY

DAY = date(2021, 8, 2)


def day(n: int) -> date:
    return DAY + timedelta(days=n)


@pytest.fixture
def two_types(town):
    """A clinic and a health centre, each 2 of 40 short on DAY and 3 of 10 on the day after."""
    town.units("CLINIC", unit_type="private_clinic")
    town.units("CENTRE")
    for unit in ("CLINIC", "CENTRE"):
        town.apply_reports((unit, day(1), [(unit, DAY, "AZ", 1, 40), (unit, day(1), "AZ", 1, 10)]))
        town.dose(unit, DAY, "AZ", times=38)
        town.dose(unit, day(1), "AZ", times=7)
    return town


def asked(town: Any, as_of: date, **settings: Any) -> dict[str, list[int]]:
    """The doses missing on each day a unit is asked about."""
    found = gaps.units_in_shortfall(town.connection, as_of, Settings(**settings).policies)
    return {short.unit.unit_code: [key.missing for key in short.short_days] for short in found}


def test_the_plain_settings_hold_for_every_type(two_types):
    assert asked(two_types, day(5)) == {"CENTRE": [2, 3], "CLINIC": [2, 3]}
    assert asked(two_types, day(5), min_gap=6) == {}
    assert asked(two_types, day(5), tolerance_share=0.05) == {"CENTRE": [3], "CLINIC": [3]}
    assert asked(two_types, day(5), tolerance_share=0.049) == {"CENTRE": [2, 3], "CLINIC": [2, 3]}
    # the minimum is asked of what is left beyond tolerance
    assert asked(two_types, day(5), tolerance_share=0.05, min_gap=4) == {}


@pytest.mark.parametrize(
    ("policies", "clinic"),
    [
        ("private_clinic:grace_days=3", [2]),
        ("private_clinic:grace_days=9", None),
        ("private_clinic:min_gap=6", None),
        ("private_clinic:min_gap=5", [2, 3]),
        ("private_clinic:tolerance_share=0.1", [3]),
        ("private_clinic:tolerance_share=0.3", None),
    ],
)
def test_a_type_of_its_own(two_types, policies, clinic):
    found = asked(two_types, day(4), gap_policies=policies)
    assert found == {"CENTRE": [2, 3]} | ({"CLINIC": clinic} if clinic else {})
    assert {step.unit.unit_code for step in steps(two_types, day(4), policies)} == set(found)
    record = tally.reconcile(two_types.connection, day(4), Settings(gap_policies=policies))
    assert record.units_in_shortfall == len(found)


def steps(town: Any, as_of: date, policies: str) -> list[cases.Step]:
    return cases.advance(town.connection, as_of, Settings(gap_policies=policies))


def test_a_case_closes_within_tolerance(two_types):
    policies = "private_clinic:tolerance_share=0.1"
    tally.reconcile(two_types.connection, day(4), Settings(gap_policies=policies))
    assert [(step.unit.unit_code, step.missing) for step in steps(two_types, day(4), policies)] == [
        ("CENTRE", 5),
        ("CLINIC", 3),
    ]
    for unit in ("CLINIC", "CENTRE"):
        two_types.dose(unit, day(1), "AZ", received_on=day(5), times=2)
    tally.reconcile(two_types.connection, day(5), Settings(gap_policies=policies))
    assert [(step.unit.unit_code, step.kind) for step in steps(two_types, day(5), policies)] == [
        ("CENTRE", "shortfall"),
        ("CLINIC", "closed"),
    ]


def test_due_in_the_table_follows_the_type(two_types):
    settings = Settings(gap_policies="private_clinic:grace_days=3")
    found = tally.reconcile(two_types.connection, day(4), settings)
    due = two_types.execute("SELECT unit_code, given_on FROM tally.entry_gap WHERE due ORDER BY 1, 2").all()
    assert [tuple(row) for row in due] == [("CENTRE", DAY), ("CENTRE", day(1)), ("CLINIC", DAY)]
    assert found.due_shortfall == 7


def test_a_silent_unit_by_its_type(two_types):
    settings = Settings(gap_policies="private_clinic:silent_days=7")
    silent = gaps.silent_units(two_types.connection, day(5), settings.policies, EVERY_DAY)
    assert [(row.unit.unit_code, row.silent_days) for row in silent] == [("CENTRE", 3)]
    assert len(gaps.silent_units(two_types.connection, day(8), settings.policies, EVERY_DAY)) == 2


def test_a_past_day_keeps_the_policies_it_went_by(two_types):
    strict, lenient = Settings(), Settings(gap_policies="private_clinic:min_gap=6")
    connection = two_types.connection
    first = tally.reconcile(connection, day(4), strict)
    tally.reconcile(connection, day(5), lenient)
    told_then = {"CENTRE": [2, 3], "CLINIC": [2, 3]}
    assert asked(two_types, day(4), gap_policies=lenient.gap_policies) == told_then
    assert asked(two_types, day(5)) == {"CENTRE": [2, 3]}
    assert gaps.policies_on(connection, day(4), lenient.policies) == strict.policies
    assert gaps.policies_on(connection, day(5), strict.policies) == lenient.policies
    # a day that nobody reconciled goes by the settings
    assert gaps.policies_on(connection, day(3), lenient.policies) == lenient.policies
    # counted once more, it still does
    assert tally.reconcile(connection, day(4), lenient) == first
    # the last day may be told anew
    assert tally.reconcile(connection, day(5), strict).units_in_shortfall == 2
    assert asked(two_types, day(5)) == told_then
