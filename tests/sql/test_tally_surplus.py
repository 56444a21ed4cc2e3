"""tally.surplus_cause_as_of: what is entered beyond the reports, and what it is put down to."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vaxtally import tally
from vaxtally.settings import Settings
from vaxtally.tally import gaps

from .test_tally_timeliness import move

DAY = date(2021, 8, 5)
LATER = DAY + timedelta(days=9)
PARTS = (
    "duplicate_persons",
    "wrong_vaccine_or_dose",
    "wrong_date",
    "wrong_unit",
    "nil_report",
    "missing_report",
    "unexplained",
)


def day(n: int) -> date:
    return DAY + timedelta(days=n)


@pytest.fixture
def kin(town):
    """H1 and H2 below P, H3 of its own. Persons are strangers to each other."""
    town.units("P", "H3")
    town.units("H1", "H2", parent_unit_code="P")
    return town


def enter(town: Any, unit: str, on: date, times: int, *, received_on: date | None = None, **key: Any) -> list[int]:
    """Doses of persons of different names."""
    doses = town.dose(unit, on, key.get("vaccine", "PFIZER"), key.get("dose", 1), received_on=received_on, times=times)
    town.execute(
        "UPDATE registry.person SET name_key = 'person ' || person_id "
        "WHERE person_id IN (SELECT person_id FROM registry.dose WHERE dose_id = ANY(:ids))",
        {"ids": doses},
    )
    return doses


def same_name(town: Any, doses: list[int], precision: str = "day") -> None:
    town.execute(
        "UPDATE registry.person SET name_key = 'tran van binh', birth_date_precision = :precision "
        "WHERE person_id IN (SELECT person_id FROM registry.dose WHERE dose_id = ANY(:ids))",
        {"ids": doses, "precision": precision},
    )


def report(town: Any, unit: str, on: date, doses: int, vaccine: str | None = "PFIZER", dose: int | None = 1) -> None:
    town.apply_reports((None, day(1), [(unit, on, vaccine, dose, doses)]))


def causes(town: Any, as_of: date = LATER) -> dict[tuple[Any, ...], dict[str, int]]:
    """By key, the parts that are not 0."""
    found = gaps.surplus_causes(town.connection, as_of, Settings().policies)
    return {
        (key.unit_code, key.given_on, key.vaccine, key.dose_number): {
            part: getattr(key, part) for part in PARTS if getattr(key, part)
        }
        for key in found
    }


H1 = ("H1", DAY, "PFIZER", 1)


def test_without_any_evidence_it_is_unexplained(kin):
    report(kin, "H1", DAY, 2)
    enter(kin, "H1", DAY, 5)
    assert causes(kin) == {H1: {"unexplained": 3}}


def test_without_a_report_and_against_a_nil_report(kin):
    enter(kin, "H1", DAY, 5)
    enter(kin, "H2", DAY, 4)
    report(kin, "H2", DAY, 0, None, None)
    assert causes(kin) == {H1: {"missing_report": 5}, ("H2", DAY, "PFIZER", 1): {"nil_report": 4}}
    # not due: the report may still come
    assert causes(kin, day(1)) == {}


def test_the_same_name_and_birth_date_under_two_persons(kin):
    report(kin, "H1", DAY, 2)
    doses = enter(kin, "H1", DAY, 6)
    same_name(kin, doses[:3])
    assert causes(kin) == {H1: {"duplicate_persons": 2, "unexplained": 2}}
    # a year of birth is too little
    same_name(kin, doses[:3], "year")
    assert causes(kin) == {H1: {"unexplained": 4}}


def test_the_same_person_twice_with_two_dose_numbers(kin):
    report(kin, "H1", DAY, 3)
    report(kin, "H1", DAY, 1, dose=2)
    doses = enter(kin, "H1", DAY, 4) + enter(kin, "H1", DAY, 1, dose=2)
    same_name(kin, [doses[0], doses[-1]])
    assert causes(kin) == {H1: {"duplicate_persons": 1}}


@pytest.mark.parametrize(
    ("key", "part", "likely"),
    [
        (("H1", DAY, "AZ", 1), "wrong_vaccine_or_dose", ("AZ", 1, None, None)),
        (("H1", DAY, "PFIZER", 2), "wrong_vaccine_or_dose", ("PFIZER", 2, None, None)),
        (("H1", day(3), "PFIZER", 1), "wrong_date", (None, None, day(3), None)),
        (("H1", day(-3), "PFIZER", 1), "wrong_date", (None, None, day(-3), None)),
        # 5 August written as 8 May
        (("H1", date(2021, 5, 8), "PFIZER", 1), "wrong_date", (None, None, date(2021, 5, 8), None)),
        (("H2", DAY, "PFIZER", 1), "wrong_unit", (None, None, None, "H2")),
        (("P", DAY, "PFIZER", 1), "wrong_unit", (None, None, None, "P")),
        (("H1", day(4), "PFIZER", 1), None, None),
        (("H1", day(1), "AZ", 1), None, None),
        (("H3", DAY, "PFIZER", 1), None, None),
        (("H2", DAY, "AZ", 1), None, None),
    ],
)
def test_a_shortfall_that_speaks_for_it(kin, key, part, likely):
    report(kin, "H1", DAY, 2)
    enter(kin, "H1", DAY, 7)
    unit, on, vaccine, dose = key
    kin.apply_reports((None, day(4), [(unit, on, vaccine, dose, 4)]))
    enter(kin, unit, on, 1, vaccine=vaccine, dose=dose)
    assert causes(kin) == {H1: {part: 3, "unexplained": 2} if part else {"unexplained": 5}}
    if part:
        (found,) = gaps.surplus_causes(kin.connection, day(9), Settings().policies)
        pointed = (found.likely_vaccine, found.likely_dose_number, found.likely_given_on, found.likely_unit_code)
        assert pointed == likely


def test_parts_are_capped_in_their_order_the_more_telling_first(kin):
    same_name(kin, enter(kin, "H1", DAY, 2))
    enter(kin, "H1", DAY, 4)
    for unit, on, dose in (("H1", DAY, 2), ("H1", day(1), 1), ("H2", DAY, 1)):
        report(kin, unit, on, 2, dose=dose)
    assert causes(kin) == {H1: {"duplicate_persons": 1, "wrong_vaccine_or_dose": 2, "wrong_date": 2, "wrong_unit": 1}}


events = st.lists(
    st.tuples(
        st.sampled_from(["enter", "enter", "report", "nil", "move", "void"]),
        st.sampled_from(["H1", "H2"]),
        st.integers(0, 1),
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(events=events)
def test_the_parts_add_up_and_a_past_day_stays_what_it_was(kin, events):
    with kin.connection.begin_nested() as savepoint:
        doses: list[int] = []
        seen = {}
        for n, (event, unit, on, number) in enumerate(events, 5):
            play(kin, event, day(n), (unit, day(on), number), doses)
            if n % 2:
                tally.reconcile(kin.connection, day(n), Settings())
            seen[n] = raw(kin, day(n))
            excess = {
                key: gap.entered if gap.state == "no_report" else gap.surplus for key, gap in kin.gaps(day(n)).items()
            }
            assert {tuple(row[:4]): row[7] for row in seen[n]} == {key: n for key, n in excess.items() if n}
            for row in seen[n]:
                assert sum(row[8:15]) == row[7]
                assert min(row[8:15]) >= 0
        assert {n: raw(kin, day(n)) for n in seen} == seen
        savepoint.rollback()


def raw(town: Any, as_of: date) -> list[tuple[Any, ...]]:
    rows = town.execute("SELECT * FROM tally.surplus_cause_as_of(:as_of) ORDER BY 1, 2, 3, 4", {"as_of": as_of})
    return [tuple(row) for row in rows]


def play(town: Any, event: str, today: date, key: tuple[str, date, int], doses: list[int]) -> None:
    unit, on, number = key
    if event == "enter":
        # strangers and, of the town's making, namesakes
        doses += enter(town, unit, on, 2, received_on=today, dose=number)
        doses += town.dose(unit, on, dose=number, received_on=today)
    elif event == "report":
        town.apply_reports((None, today, [(unit, on, "PFIZER", number, 2)]))
    elif event == "nil":
        town.apply_reports((None, today, [(unit, on, None, None, 0)]))
    elif event == "void" and doses:
        sql = "UPDATE registry.dose SET voided_at = now(), voided_on = :on WHERE dose_id = :id"
        town.execute(sql, {"on": today, "id": doses.pop()})
    elif event == "move" and doses:
        move(town, doses[-1], today, unit, on)
