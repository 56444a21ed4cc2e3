"""What a row of a known person comes to: the four steps of the contract, and the remarks on a dose that is loaded."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from .registry_world import Upload, Verdict, row, upload

if TYPE_CHECKING:
    from .registry_world import World

CCCD = "079090001234"
FIRST_DAY = date(2021, 8, 2)
TIMED = {"record.interval_short", "record.series_mixed", "record.dose_missing_before"}


def dose(number: int = 1, after: int = 0, vaccine: str = "PFIZER", **changes: Any) -> dict[str, Any]:
    """A dose of one and the same person, `after` days after the first of the tests."""
    given_on = FIRST_DAY + timedelta(days=after)
    return row(national_id=CCCD, dose_number=number, given_on=given_on, vaccine=vaccine, **changes)


def outcomes(verdicts: list[Verdict]) -> list[str]:
    return [verdict.outcome for verdict in verdicts]


def last(world: "World", *uploads: Upload) -> Verdict:
    """The verdict on the last row of the last of these uploads."""
    return world.apply_one_by_one(uploads)[-1][-1]


def test_dose_is_kept_as_sent(world: "World") -> None:
    sent = dose(2, 30, "AZ", lot_number="ABX123", record_id="P-7", reaction="Sốt nhẹ", note="Tiêm tại nhà")

    (verdict,) = world.send("U1", sent, name="a.csv")

    assert verdict.outcome == "loaded"
    kept = ("nguyen van an", date(1990, 5, 17), "U1", "AZ", 2, date(2021, 9, 1), "ABX123", "administered", "P-7")
    assert world.doses() == [(*kept, "Sốt nhẹ", "Tiêm tại nhà", world.run_time.as_of, "a.csv", 1)]


def test_dose_belongs_to_the_unit_that_the_row_names(world: "World") -> None:
    world.send("U1", dose(unit_code="U2"))

    assert [kept[2] for kept in world.doses()] == ["U2"]


# Duplicates


@pytest.mark.parametrize(
    "again",
    [
        pytest.param({}, id="all fields"),
        pytest.param({"note": "gửi lại"}, id="another note"),
        pytest.param({"record_id": "P-8"}, id="another record id"),
        pytest.param({"action": "new", "said": {"action": "mới"}}, id="action in words"),
        pytest.param({"said": {"vaccine": "Comirnaty", "given_on": "02.08.2021"}}, id="other spelling, same values"),
    ],
)
def test_equal_row_of_the_file_is_a_duplicate(world: "World", again: dict) -> None:
    first, second = world.send("U1", dose(), dose(**again))

    assert (first.outcome, first.rules) == ("loaded", set())
    assert (second.outcome, second.values) == ("duplicate", {"record.duplicate_in_file": {"row_number": 1}})
    assert len(world.doses()) == 1
    assert world.doses()[0][10] is None, "the first row stands"


def test_every_further_copy_names_the_row_that_stands(world: "World") -> None:
    verdicts = world.send("U1", dose(2, 30), dose(), dose(), dose(2, 30), dose())

    assert outcomes(verdicts) == ["loaded", "loaded", "duplicate", "duplicate", "duplicate"]
    named = [verdict.values["record.duplicate_in_file"]["row_number"] for verdict in verdicts[2:]]
    assert named == [2, 1, 2]


def test_copy_of_a_held_row_shares_its_fate(world: "World") -> None:
    world.send("U2", dose())

    held, copy, third = world.send("U1", dose(), dose(), dose(), name="b.csv")

    assert (held.outcome, held.rules) == ("held", {"record.same_dose_other_unit"})
    for again in (copy, third):
        assert (again.outcome, again.rules) == ("held", {"record.same_dose_other_unit", "record.duplicate_in_file"})
        assert again.values["record.duplicate_in_file"] == {"row_number": 1}


def test_rejected_row_stays_rejected_and_makes_nothing(world: "World") -> None:
    rejected, _ = world.send("U1", dose(outcome="rejected", rules=["given_on.in_future"]), row(phone="0903123456"))

    assert (rejected.outcome, rejected.rules) == ("rejected", {"given_on.in_future"})
    assert len(world.persons()) == len(world.doses()) == 1


def test_rejected_row_has_no_copies(world: "World") -> None:
    _, sound = world.send("U1", dose(outcome="rejected", rules=["row.malformed"]), dose())

    assert (sound.outcome, sound.rules) == ("loaded", set())


def test_row_equal_to_one_that_was_changed_since_is_no_duplicate_in_file(world: "World") -> None:
    verdicts = world.send("U1", dose(lot_number="L1"), dose(lot_number="L2"), dose(lot_number="L1"))

    assert outcomes(verdicts) == ["loaded", "updated", "duplicate"]
    assert verdicts[2].rules == {"record.stale"}


def test_row_of_an_earlier_file_that_was_changed_since_is_stale(world: "World") -> None:
    world.send("U1", dose(lot_number="L1"), name="first.csv")
    world.send("U1", dose(lot_number="L2"), name="second.csv")

    (verdict,) = world.send("U1", dose(lot_number="L1"), name="third.csv")

    assert (verdict.outcome, verdict.rules) == ("duplicate", {"record.stale"})
    assert [kept[6] for kept in world.doses()] == ["L2"]


def test_row_sent_again_is_a_duplicate_that_names_the_earlier_file(world: "World") -> None:
    world.send("U1", dose(2, 60), dose(), name="first.csv")
    before = world.persons(), world.doses()

    (verdict,) = world.send("U1", dose(), name="second.csv")

    assert verdict.outcome == "duplicate"
    assert verdict.values == {"record.duplicate": {"file_name": "first.csv", "row_number": 2}}
    assert (world.persons(), world.doses(), world.history()) == (*before, [])


def test_copies_in_a_file_sent_again(world: "World") -> None:
    world.send("U1", dose(), dose(), name="first.csv")

    again = world.send("U1", dose(), dose(), name="second.csv")

    assert outcomes(again) == ["duplicate", "duplicate"]
    assert "record.duplicate" in again[0].rules
    assert again[1].rules <= {"record.duplicate", "record.duplicate_in_file"}


# Changes


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("lot_number", {"lot_number": "L2"}),
        ("note", {"note": "đã hỏi lại"}),
        ("reaction", {"reaction": "Sốt"}),
        ("record_id", {"record_id": "P-9"}),
    ],
)
def test_changed_row_updates_the_dose_and_keeps_what_was_there(
    world: "World", field: str, change: dict[str, Any]
) -> None:
    world.send("U1", dose(lot_number="L1"), name="first.csv")

    (verdict,) = world.send("U1", dose(**{"lot_number": "L1", **change}), name="second.csv")

    assert (verdict.outcome, verdict.rules) == ("updated", set())
    assert len(world.doses()) == 1
    assert change[field] in world.doses()[0]
    assert world.history() == [("updated", "Nguyễn Văn An", "L1", None, "second.csv", 1)]


def test_change_within_a_file_updates(world: "World") -> None:
    verdicts = world.send("U1", dose(lot_number="L1"), dose(lot_number="L2"))

    assert outcomes(verdicts) == ["loaded", "updated"]
    assert [kept[6] for kept in world.doses()] == ["L2"]
    assert world.history() == [("updated", "Nguyễn Văn An", "L1", None, "a.csv", 2)]


def test_every_state_goes_to_history(world: "World") -> None:
    sent = [upload("U1", dose(lot_number=f"L{number}"), name=f"{number}.csv") for number in range(4)]

    world.apply(sent)

    assert [kept[6] for kept in world.doses()] == ["L3"]
    assert [(before[2], before[4]) for before in world.history()] == [("L0", "1.csv"), ("L1", "2.csv"), ("L2", "3.csv")]


def test_update_sent_again_is_a_duplicate(world: "World") -> None:
    world.send("U1", dose(lot_number="L1"), name="first.csv")
    world.send("U1", dose(lot_number="L2"), name="second.csv")

    (verdict,) = world.send("U1", dose(lot_number="L2"), name="third.csv")

    assert verdict.outcome == "duplicate"
    assert verdict.rules == {"record.duplicate"}
    assert len(world.history()) == 1


def test_empty_cell_never_blanks_what_is_stored(world: "World") -> None:
    full = dose(lot_number="L1", note="N", reaction="R", record_id="P-1", phone="0903123456")
    world.send("U1", full, name="first.csv")

    (verdict,) = world.send("U1", dose(lot_number=None), name="second.csv")

    assert verdict.outcome in {"updated", "duplicate"}
    assert world.doses()[0][6:11] == ("L1", "administered", "P-1", "R", "N")
    assert world.persons()[0][4] == "0903123456"


def test_change_beside_an_empty_cell_changes_only_what_is_given(world: "World") -> None:
    world.send("U1", dose(lot_number="L1", note="N"), name="first.csv")

    (verdict,) = world.send("U1", dose(lot_number="L2", note=None), name="second.csv")

    assert verdict.outcome == "updated"
    assert (world.doses()[0][6], world.doses()[0][10]) == ("L2", "N")


# Held


@pytest.mark.parametrize("days", [-2, -1, 0, 1, 2])
def test_same_dose_at_another_unit_is_held(world: "World", days: int) -> None:
    verdict = last(world, upload("U2", dose(after=5), name="a.csv"), upload("U1", dose(after=5 + days), name="b.csv"))

    assert (verdict.outcome, verdict.rules) == ("held", {"record.same_dose_other_unit"})
    assert verdict.review == {"record.same_dose_other_unit": (("nguyen van an 1990-05-17",), ("a.csv 1",))}
    assert [kept[2] for kept in world.doses()] == ["U2"]


@pytest.mark.parametrize("days", [-3, 3])
def test_same_dose_at_another_unit_days_apart_is_a_repeated_one(world: "World", days: int) -> None:
    verdict = last(world, upload("U2", dose(after=5)), upload("U1", dose(after=5 + days), name="b.csv"))

    assert verdict.outcome == "loaded"
    assert "record.dose_repeated" in verdict.rules


@pytest.mark.parametrize("other", [{"vaccine": "AZ"}, {"number": 2}])
def test_another_dose_at_another_unit_the_day_after_is_loaded(world: "World", other: dict) -> None:
    verdict = last(world, upload("U2", dose()), upload("U1", dose(after=1, **other), name="b.csv"))

    assert verdict.outcome == "loaded"


@pytest.mark.parametrize("unit", ["U1", "U2"])
@pytest.mark.parametrize("other", [{"vaccine": "AZ"}, {"number": 2}, {"number": 2, "vaccine": "MODERNA"}])
def test_another_dose_on_the_same_day_is_held(world: "World", unit: str, other: dict) -> None:
    verdict = last(world, upload(unit, dose(), name="a.csv"), upload("U1", dose(**other), name="b.csv"))

    assert (verdict.outcome, verdict.rules) == ("held", {"record.same_day_dose"})
    assert verdict.review == {"record.same_day_dose": (("nguyen van an 1990-05-17",), ("a.csv 1",))}
    assert len(world.doses()) == 1


def test_same_dose_at_another_unit_takes_precedence_over_the_same_day(world: "World") -> None:
    world.send("U1", dose(2, 1))
    world.send("U2", dose(1, 0), name="b.csv")

    (verdict,) = world.send("U1", dose(1, 1), name="c.csv")

    assert (verdict.outcome, verdict.rules) == ("held", {"record.same_dose_other_unit"})


def test_own_record_comes_before_any_holding_rule(world: "World") -> None:
    """Step (a): what a unit has loaded stays its own, whatever others sent since."""
    world.send("U1", dose(), name="a.csv")
    world.send("U2", dose(after=1), dose(2, 3), name="b.csv")

    assert outcomes(world.send("U1", dose(), dose(lot_number="L2"), name="c.csv")) == ["duplicate", "updated"]


@pytest.mark.parametrize("one_file", [True, False])
def test_first_of_two_on_a_day_stands(world: "World", one_file: bool) -> None:
    pair = [dose(), dose(vaccine="AZ")]
    sent = [upload("U1", *pair)] if one_file else [upload("U1", each, name=f"{each['vaccine']}.csv") for each in pair]

    verdicts = [verdict for answers in world.apply(sent) for verdict in answers]

    assert outcomes(verdicts) == ["loaded", "held"]
    assert [kept[3] for kept in world.doses()] == ["PFIZER"]


def test_held_row_stands_in_nobodys_way(world: "World") -> None:
    """A dose that is not in effect holds, repeats and precedes nothing."""
    world.send("U1", dose(), dose(2, vaccine="AZ"))

    (verdict,) = world.send("U1", dose(2, 60), name="b.csv")

    assert (verdict.outcome, verdict.rules) == ("loaded", set())


# Remarks on a loaded dose


def test_second_dose_in_time_has_no_remark(world: "World") -> None:
    assert [verdict.values for verdict in world.send("U1", dose(), dose(2, 21))] == [{}, {}]


def test_dose_number_on_another_day_is_repeated(world: "World") -> None:
    earlier, later = world.send("U1", dose(), dose(after=60))

    assert earlier.rules == set()
    assert (later.outcome, later.values) == ("loaded", {"record.dose_repeated": {"dose_number": 1}})


def test_repeated_dose_is_the_one_that_arrives_later(world: "World") -> None:
    earlier, later = world.apply([upload("U1", dose(after=60), name="a.csv"), upload("U2", dose(), name="b.csv")])

    assert earlier[0].rules == set()
    assert later[0].rules == {"record.dose_repeated"}


def test_higher_number_after_a_later_lower_one_runs_against_it(world: "World") -> None:
    verdict = last(world, upload("U1", dose(1, 60)), upload("U1", dose(2, 0), name="b.csv"))

    assert verdict.outcome == "loaded"
    assert "record.dose_order" in verdict.rules


def test_lower_number_after_an_earlier_higher_one_runs_against_it(world: "World") -> None:
    verdict = last(world, upload("U1", dose(2, 0)), upload("U1", dose(1, 60), name="b.csv"))

    assert verdict.outcome == "loaded"
    assert "record.dose_order" in verdict.rules


@pytest.mark.parametrize("higher_first", [True, False])
def test_order_within_a_file_is_remarked_on_the_later_row(world: "World", higher_first: bool) -> None:
    rows = [dose(2, 0), dose(1, 60)] if higher_first else [dose(1, 60), dose(2, 0)]

    earlier, later = world.send("U1", *rows)

    assert "record.dose_order" not in earlier.rules
    assert "record.dose_order" in later.rules


@pytest.mark.parametrize(
    ("vaccine", "days", "short"),
    [
        ("PFIZER", 16, True),
        ("PFIZER", 17, False),
        ("AZ", 23, True),
        ("AZ", 24, False),
        ("ABDALA", 9, True),
        ("ABDALA", 10, False),
        ("JANSSEN", 1, False),
    ],
)
def test_interval_is_short_below_the_minimum_less_four_days(
    world: "World", vaccine: str, days: int, short: bool
) -> None:
    _, verdict = world.send("U1", dose(1, 0, vaccine), dose(2, days, vaccine))

    assert verdict.outcome == "loaded"
    assert verdict.values.get("record.interval_short") == ({"days": days} if short else None)


def test_interval_is_that_of_the_earlier_doses_vaccine(world: "World") -> None:
    _, verdict = world.send("U1", dose(1, 0, "AZ"), dose(2, 23, "PFIZER"))
    assert verdict.values["record.interval_short"] == {"days": 23}

    other = {"full_name": "Trần Thị Bình", "birth": "1985-11-03", "sex": "female", "phone": "0912987654"}
    _, verdict = world.send(
        "U1",
        row(**other, vaccine="PFIZER", given_on=FIRST_DAY),
        row(**other, vaccine="AZ", dose_number=2, given_on=FIRST_DAY + timedelta(days=23)),
        name="b.csv",
    )
    assert "record.interval_short" not in verdict.rules


def test_interval_is_counted_from_the_nearest_earlier_dose(world: "World") -> None:
    verdict = last(world, upload("U1", dose(1, 0), dose(2, 40)), upload("U2", dose(3, 50), name="b.csv"))

    assert verdict.values["record.interval_short"] == {"days": 10}


def test_later_dose_makes_no_interval(world: "World") -> None:
    verdict = last(world, upload("U1", dose(2, 10)), upload("U1", dose(1, 0), name="b.csv"))

    assert "record.interval_short" not in verdict.rules


@pytest.mark.parametrize(
    ("first", "second", "second_on", "mixed"),
    [
        ("AZ", "PFIZER", date(2021, 7, 12), True),
        ("AZ", "PFIZER", date(2021, 7, 13), False),
        ("MODERNA", "PFIZER", date(2021, 9, 7), True),
        ("MODERNA", "PFIZER", date(2021, 9, 8), False),
        ("PFIZER", "AZ", date(2021, 12, 1), True),
        ("PFIZER", "PFIZER", date(2021, 12, 1), False),
    ],
)
def test_series_is_mixed_where_the_pair_was_not_allowed(
    world: "World", first: str, second: str, second_on: date, mixed: bool
) -> None:
    rows = (
        dose(1, 0, first) | {"given_on": date(2021, 5, 10)},
        dose(2, 0, second) | {"given_on": second_on},
    )

    _, verdict = world.send("U1", *rows)

    assert verdict.outcome == "loaded"
    assert ("record.series_mixed" in verdict.rules) == mixed


def test_booster_may_be_of_another_vaccine(world: "World") -> None:
    verdicts = world.send("U1", dose(1, 0, "VEROCELL"), dose(2, 30, "VEROCELL"), dose(3, 145, "AZ"))

    assert "record.series_mixed" not in verdicts[2].rules


def test_third_dose_of_a_series_of_three_is_within_it(world: "World") -> None:
    verdicts = world.send("U1", dose(1, 60, "ABDALA"), dose(2, 80, "ABDALA"), dose(3, 100, "ABDALA"))
    assert verdicts[2].rules == set()

    world.forget()
    verdicts = world.send("U1", dose(1, 60, "ABDALA"), dose(2, 80, "ABDALA"), dose(3, 100, "PFIZER"))
    assert verdicts[2].rules == {"record.series_mixed"}


@pytest.mark.parametrize("number", [2, 3])
def test_later_dose_without_an_earlier_one_is_remarked(world: "World", number: int) -> None:
    (verdict,) = world.send("U1", dose(number))

    assert (verdict.outcome, verdict.rules) == ("loaded", {"record.dose_missing_before"})


def test_first_dose_misses_nothing(world: "World") -> None:
    assert world.send("U1", dose(1))[0].rules == set()


@pytest.mark.parametrize("unit", ["U1", "U2"])
def test_earlier_dose_of_any_unit_is_not_missed(world: "World", unit: str) -> None:
    verdict = last(world, upload(unit, dose(1)), upload("U1", dose(2, 30), name="b.csv"))

    assert verdict.rules == set()


def test_rows_of_a_file_count_for_time_in_any_order(world: "World") -> None:
    later_first = world.send("U1", dose(2, 10, "AZ"), dose(1, 0, "PFIZER"))
    world.forget()
    earlier_first = world.send("U1", dose(1, 0, "PFIZER"), dose(2, 10, "AZ"))

    expected = {"record.interval_short", "record.series_mixed"}
    assert later_first[0].rules & TIMED == earlier_first[1].rules & TIMED == expected
    assert later_first[0].values["record.interval_short"] == {"days": 10}


@pytest.mark.parametrize("one_batch", [True, False])
def test_later_files_never_count(world: "World", one_batch: bool) -> None:
    sent = [upload("U1", dose(2, 10, "AZ"), name="a.csv"), upload("U1", dose(1, 0, "PFIZER"), name="b.csv")]

    earlier, later = world.apply(sent) if one_batch else world.apply_one_by_one(sent)

    assert earlier[0].rules == {"record.dose_missing_before"}
    assert later[0].rules == set()


def test_held_row_of_the_file_does_not_count_for_time(world: "World") -> None:
    """18 days after the dose in effect is long enough; 16 after the held one would not be."""
    world.send("U2", dose(1, 10))

    held, loaded = world.send("U1", dose(1, 12), dose(2, 28), name="b.csv")

    assert (held.outcome, held.rules) == ("held", {"record.same_dose_other_unit"})
    assert (loaded.outcome, loaded.rules) == ("loaded", set())


def test_duplicates_and_updates_of_a_dose_are_not_remarked(world: "World") -> None:
    world.send("U1", dose(1, 0, "PFIZER"), dose(2, 5, "AZ"))

    duplicate, updated = world.send("U1", dose(2, 5, "AZ"), dose(2, 5, "AZ", lot_number="L9"), name="b.csv")

    assert duplicate.rules == {"record.duplicate"}
    assert updated.outcome == "updated"
    assert not {"record.dose_repeated", "record.dose_order"} & updated.rules


# The database's own word


def test_a_units_dose_stands_once_in_effect(world: "World") -> None:
    world.send("U1", dose())
    columns = (
        "person_id, unit_code, vaccine, dose_number, given_on, source, upload_id, row_number, received_on, entry_hash"
    )
    copy = f"INSERT INTO registry.dose ({columns}) SELECT {columns} FROM registry.dose"

    with pytest.raises(IntegrityError, match="dose_in_effect"), world.engine.begin() as connection:
        connection.execute(text(copy))


def test_a_number_has_one_trusted_holder(world: "World") -> None:
    world.send("U1", dose(), row(full_name="Trần Thị Bình", phone="0912987654"))
    steal = (
        "INSERT INTO registry.person_identifier (person_id, kind, value, trusted, upload_id)"
        " SELECT p.person_id, i.kind, i.value, true, i.upload_id"
        " FROM registry.person AS p, registry.person_identifier AS i WHERE p.person_id <> i.person_id"
    )

    with pytest.raises(IntegrityError, match="person_identifier_owner"), world.engine.begin() as connection:
        connection.execute(text(steal))
