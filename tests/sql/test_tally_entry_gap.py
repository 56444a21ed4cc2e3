"""tally.entry_gap_as_of: which doses count, which state, which band, and that a past day stays what it was."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DAY = date(2021, 8, 1)
NEXT = date(2021, 8, 2)
LATER = date(2021, 8, 20)
KEY = ("H1", DAY, "PFIZER", 1)


def report(town: Any, doses: int, received_on: date = NEXT, key: tuple[Any, ...] = KEY) -> None:
    town.apply_reports((None, received_on, [(*key, doses)]))


def nil(town: Any, received_on: date = NEXT) -> None:
    town.apply_reports(("H1", received_on, [("H1", DAY, None, None, 0)]))


def gap(town: Any, as_of: date = LATER) -> tuple[Any, ...] | None:
    """reported, entered, shortfall, surplus, state, band of the key."""
    row = town.gaps(as_of).get(KEY)
    return row and (row.reported, row.entered, row.shortfall, row.surplus, row.state, row.band)


BANDS = [
    # reported, entered, band: both sides of each edge
    (10, 0, "none"),
    (1000, 1, "critical"),
    (1000, 499, "critical"),
    (1000, 500, "low"),
    (1000, 899, "low"),
    (1000, 900, "near"),
    (1000, 999, "near"),
    (1000, 1000, "complete"),
    (1000, 1100, "complete"),
    (1000, 1101, "surplus"),
    (3, 1, "critical"),
    (3, 2, "low"),
    (0, 0, None),
    (0, 4, None),
]


@pytest.mark.parametrize(("reported", "entered", "band"), BANDS)
def test_band_and_ratio(town, reported, entered, band):
    town.units("H1")
    report(town, reported)
    town.dose("H1", DAY, times=entered)
    expected = (reported, entered, max(reported - entered, 0), max(entered - reported, 0), "reported", band)
    assert gap(town) == expected
    ratio = town.gaps(LATER)[KEY].entry_ratio
    assert ratio is None if not reported else float(ratio) == pytest.approx(entered / reported)


def test_doses_without_a_report_fall_neither_short_nor_over(town):
    town.units("H1")
    town.dose("H1", DAY, times=3)
    assert gap(town) == (None, 3, 0, 0, "no_report", None)


def test_a_key_is_unit_day_vaccine_and_dose_number(town):
    town.units("H1", "H2")
    report(town, 5)
    others = [("H2", DAY, "PFIZER", 1), ("H1", NEXT, "PFIZER", 1), ("H1", DAY, "AZ", 1), ("H1", DAY, "PFIZER", 2)]
    for unit, day, vaccine, dose in others:
        town.dose(unit, day, vaccine, dose)
    rows = town.gaps(LATER)
    assert {key: row.state for key, row in rows.items()} == {KEY: "reported"} | dict.fromkeys(others, "no_report")


@pytest.mark.parametrize(
    ("dose", "counts"),
    [
        ({}, 1),
        ({"source": "declared"}, 0),
        ({"voided_on": LATER}, 0),
        ({"voided_on": LATER + timedelta(days=1)}, 1),
        ({"received_on": LATER}, 1),
        ({"received_on": LATER + timedelta(days=1)}, 0),
    ],
)
def test_entered_are_administered_doses_known_that_day(town, dose, counts):
    town.units("H1")
    report(town, 2)
    town.dose("H1", DAY, **dose)
    assert gap(town)[1] == counts


def test_nil_report_over_a_figure(town):
    town.units("H1")
    report(town, 5)
    nil(town)
    town.dose("H1", DAY, times=2)
    assert gap(town) == (0, 2, 0, 2, "nil_report", None)


def test_nil_report_speaks_for_keys_that_never_had_a_line(town):
    town.units("H1")
    nil(town)
    town.dose("H1", DAY, times=2)
    assert gap(town) == (0, 2, 0, 2, "nil_report", None)
    town.dose("H1", NEXT)
    assert town.gaps(LATER)["H1", NEXT, "PFIZER", 1].state == "no_report"


def test_a_nil_day_without_figure_or_dose_makes_no_row(town):
    town.units("H1")
    nil(town)
    assert town.gaps(LATER) == {}


def test_a_positive_line_ends_the_nil_for_the_whole_day(town):
    town.units("H1")
    report(town, 5)
    nil(town)
    town.dose("H1", DAY, "AZ", 2)
    report(town, 7, key=("H1", DAY, "AZ", 1))
    states = {key[2:]: (row.state, row.reported) for key, row in town.gaps(LATER).items()}
    assert states == {("PFIZER", 1): ("reported", 0), ("AZ", 1): ("reported", 7), ("AZ", 2): ("no_report", None)}


def test_a_nil_counts_from_the_day_it_was_received_until_the_day_it_ended(town):
    town.units("H1")
    report(town, 5, received_on=DAY + timedelta(days=1))
    nil(town, received_on=DAY + timedelta(days=2))
    report(town, 6, received_on=DAY + timedelta(days=4))
    seen = [gap(town, DAY + timedelta(days=n)) for n in range(6)]
    assert [row and (row[0], row[4]) for row in seen] == [
        None,
        (5, "reported"),
        (0, "nil_report"),
        (0, "nil_report"),
        (6, "reported"),
        (6, "reported"),
    ]


def test_a_dose_changed_later_counts_as_it_stood(town):
    town.units("H1")
    (dose_id,) = town.dose("H1", DAY, received_on=NEXT)
    changed_on = DAY + timedelta(days=5)
    for vaccine, on in (("AZ", changed_on), ("MODERNA", changed_on + timedelta(days=2))):
        upload_id = town.upload("H1", on)
        town.execute(
            """
            WITH earlier AS (
                INSERT INTO registry.dose_history (
                    dose_id, change, changed_by_upload_id, changed_by_row_number, changed_on, entry_hash, dose, person
                )
                SELECT dose_id, 'updated', :upload_id, 1, :on, entry_hash, to_jsonb(dose), '{}'
                FROM registry.dose WHERE dose_id = :dose_id
            )
            UPDATE registry.dose SET vaccine = :vaccine, received_on = :on WHERE dose_id = :dose_id
            """,
            {"dose_id": dose_id, "upload_id": upload_id, "vaccine": vaccine, "on": on},
        )
    seen = {n: [key[2] for key in town.gaps(DAY + timedelta(days=n))] for n in range(9)}
    assert seen == dict(enumerate([[], *[["PFIZER"]] * 4, *[["AZ"]] * 2, *[["MODERNA"]] * 2]))


# --- arithmetic and reproducibility over anything that may come in ---------------------------------------------------

events = st.lists(
    st.one_of(
        st.tuples(st.just("report"), st.sampled_from(["AZ", "PFIZER"]), st.integers(0, 12)),
        st.tuples(st.just("nil"), st.none(), st.just(0)),
        st.tuples(st.just("dose"), st.sampled_from(["AZ", "PFIZER"]), st.integers(1, 12)),
        st.tuples(st.just("void"), st.sampled_from(["AZ", "PFIZER"]), st.integers(1, 3)),
    ),
    max_size=10,
)


def play(town: Any, event: tuple[str, Any, int], on: date, doses: dict[str, list[int]]) -> None:
    kind, vaccine, number = event
    if kind == "report":
        report(town, number, on, ("H1", DAY, vaccine, 1))
    elif kind == "nil":
        nil(town, on)
    elif kind == "dose":
        doses.setdefault(vaccine, []).extend(town.dose("H1", DAY, vaccine, received_on=on, times=number))
    else:
        voided = [doses[vaccine].pop() for _ in range(min(number, len(doses.get(vaccine, []))))]
        sql = "UPDATE registry.dose SET voided_at = now(), voided_on = :on WHERE dose_id = ANY(:voided)"
        town.execute(sql, {"on": on, "voided": voided})


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(events=events)
def test_each_day_adds_up_and_stays_what_it_was(town, events):
    with town.connection.begin_nested() as savepoint:
        town.units("H1")
        doses: dict[str, list[int]] = {}
        as_seen_then = []
        for n, event in enumerate(events):
            on = DAY + timedelta(days=n)
            play(town, event, on, doses)
            as_seen_then.append((on, town.gaps(on)))
            rows = as_seen_then[-1][1].values()
            assert sum(row.entered for row in rows) == sum(map(len, doses.values()))
            for row in rows:
                check(row)
        for on, seen in as_seen_then:
            assert town.gaps(on) == seen
        savepoint.rollback()


def check(row: Any) -> None:
    """What holds of every row."""
    assert (row.state == "no_report") == (row.reported is None)
    if row.reported is None:
        assert (row.shortfall, row.surplus, row.entry_ratio, row.band) == (0, 0, None, None)
        return
    assert row.reported - row.entered == row.shortfall - row.surplus
    assert min(row.shortfall, row.surplus) == 0
    assert row.state == "reported" or row.reported == 0
    assert row.band == band(row.reported, row.entered)


def band(reported: int, entered: int) -> str | None:
    if not reported:
        return None
    ratio = Fraction(entered, reported)
    edges = [(Fraction(1, 2), "critical"), (Fraction(9, 10), "low"), (Fraction(1), "near")]
    below = next((name for edge, name in edges if ratio < edge), None)
    return "none" if not ratio else below or ("complete" if ratio <= Fraction(11, 10) else "surplus")
