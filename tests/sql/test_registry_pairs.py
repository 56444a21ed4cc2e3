"""Registered persons who are found to be one are merged, and parted again as if they never had been."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from vaxtally import intake
from vaxtally.clock import RunTime
from vaxtally.errors import EarlierAsOfError, UsageError
from vaxtally.intake import merging
from vaxtally.intake.merging import Paired
from vaxtally.registry.reviews import Decided

from ..intake_desk import AUG_10, AUG_11, Desk, person
from .test_registry_reviews import AUG_12, AUG_13, check_sums, registry_of, waiting

# The same woman with another phone and a number wrong in four places: nobody could know.
LAN = {"Họ và tên": "Phan Thị Ngọc Lan", "Giới tính": "Nữ", "Ngày sinh": "07/05/1990"}
FIRST = {**LAN, "CCCD": "079190001234", "Số điện thoại": "0903123456"}
SECOND = {**LAN, "CCCD": "079190007777", "Số điện thoại": "0903999888"}
DOSE_2 = {"Mũi": "2", "Ngày tiêm": "01/08/2021"}


@pytest.fixture
def decide(desk: Desk) -> Callable[..., Any]:
    def act(what: str, *persons: int, keep: str | None = None, as_of: date = AUG_12) -> Paired | None:
        time = RunTime.now(desk.settings, as_of)
        decided = Decided("Trần Thị Bình", "asked the person", as_of)
        done = None
        if what == "merge":
            done = merging.merge(desk.engine, desk.settings, time, (persons[0], persons[1]), keep, decided)
        elif what == "part":
            done = merging.part(desk.engine, desk.settings, time, persons[0], decided)
        else:
            merging.keep_apart(desk.engine, time, (persons[0], persons[1]), decided)
        intake.finish_files(desk.engine, desk.settings)
        check_sums(desk)
        return done

    return act


def holder(desk: Desk, number: str) -> int:
    return desk.query("SELECT person_id FROM registry.person_identifier WHERE value = :n AND trusted", n=number)[0][0]


def entered_twice(desk: Desk, second_dose: dict[str, str] | None = None) -> tuple[int, int]:
    """One woman who is two persons in the registry, since a number of hers is wrong; a dose each."""
    desk.put("a.csv", [person(1, **FIRST)])
    desk.put("b.csv", [person(2, **SECOND, **(DOSE_2 if second_dose is None else second_dose))], unit="HOC-2")
    desk.run(AUG_10)
    assert waiting(desk) == []
    pair = holder(desk, FIRST["CCCD"]), holder(desk, SECOND["CCCD"])
    assert pair[0] != pair[1]
    return pair


def owners(desk: Desk) -> dict[tuple[str, int], int]:
    """(file, row) of each dose in effect → its person."""
    found = desk.query(
        "SELECT u.file_name, d.row_number, d.person_id FROM registry.dose AS d JOIN intake.upload AS u"
        " USING (upload_id) WHERE d.voided_at IS NULL AND d.superseded_by IS NULL"
    )
    return {(name, number): person_id for name, number, person_id in found}


def test_doses_and_keys_of_the_merged_person_are_the_kept_ones(desk: Desk, decide: Callable[..., Any]) -> None:
    kept, other = entered_twice(desk)
    done = decide("merge", kept, other)
    assert (done.doses_moved, done.doses_withdrawn) == (1, 0)
    assert set(owners(desk).values()) == {kept}
    third = {"Mũi": "3", "Ngày tiêm": "08/08/2021"}
    desk.put("by-number.csv", [person(2, **SECOND, **third)], unit="HOC-2")
    desk.put("by-phone.csv", [person(2, **SECOND | {"CCCD": ""}, Mũi="4", **{"Ngày tiêm": "05/08/2021"})])
    desk.run(AUG_13)
    assert waiting(desk) == []
    assert set(owners(desk).values()) == {kept} and len(owners(desk)) == 4
    desk.put("again.csv", [person(2, **SECOND, **DOSE_2), person(6)], unit="HOC-2")
    desk.run(AUG_13)
    assert desk.answer("again.csv", "HOC-2").outcomes == {"loaded": 1, "duplicate": 1}


def test_parted_both_are_as_if_never_merged(desk: Desk, decide: Callable[..., Any]) -> None:
    kept, other = entered_twice(desk)
    before, owned = registry_of(desk), owners(desk)
    decide("merge", kept, other)
    assert registry_of(desk)["doses"] == before["doses"] and owners(desk) != owned
    decide("part", other, as_of=AUG_13)
    assert registry_of(desk) == before and owners(desk) == owned
    said = desk.query("SELECT decision, decided_by, undone_by IS NULL FROM registry.review_decision ORDER BY 1")
    assert said == [("merge_persons", "Trần Thị Bình", False), ("part_persons", "Trần Thị Bình", True)]
    decide("merge", other, kept, as_of=AUG_13)
    assert set(owners(desk).values()) == {other}


def test_doses_since_go_to_whom_their_own_numbers_name(desk: Desk, decide: Callable[..., Any]) -> None:
    kept, other = entered_twice(desk)
    decide("merge", kept, other, as_of=AUG_11)
    third = {"Mũi": "3", "Ngày tiêm": "08/08/2021"}
    desk.put("c.csv", [person(2, **SECOND, **third)], unit="HOC-2")
    desk.put("d.csv", [person(1, **FIRST, Mũi="4", **{"Ngày tiêm": "05/08/2021"})], unit="HOC-1A")
    desk.run(AUG_12)
    assert set(owners(desk).values()) == {kept}
    decide("part", other, as_of=AUG_13)
    assert owners(desk) == {("a.csv", 1): kept, ("d.csv", 1): kept, ("b.csv", 1): other, ("c.csv", 1): other}
    numbers = desk.query("SELECT person_id, value FROM registry.person_identifier ORDER BY value")
    assert numbers == [(kept, FIRST["CCCD"]), (other, SECOND["CCCD"])]
    assert waiting(desk) == []


def test_a_row_that_spoke_of_both_is_settled_by_the_merge_and_waits_again_when_parted(
    desk: Desk, decide: Callable[..., Any]
) -> None:
    kept, other = entered_twice(desk)
    both = person(1, **FIRST | {"Số CCCD/CMND/Hộ chiếu": SECOND["CCCD"]}, Mũi="3", **{"Ngày tiêm": "08/08/2021"})
    desk.put("both.csv", [both], unit="HOC-1A")
    desk.run(AUG_11)
    assert [each.rule for each in waiting(desk)] == ["record.identity_conflict"]
    done = decide("merge", kept, other)
    assert done.followed == 1 and waiting(desk) == []
    assert owners(desk)["both.csv", 1] == kept
    decide("part", other, as_of=AUG_13)
    assert [each.rule for each in waiting(desk)] == ["record.identity_conflict"]
    assert ("both.csv", 1) not in owners(desk)


def test_of_two_doses_that_cannot_both_be_a_reviewer_says_which_stands(desk: Desk, decide: Callable[..., Any]) -> None:
    kept, other = entered_twice(desk, {"Ngày tiêm": "08/08/2021"})
    owned = owners(desk)
    with pytest.raises(UsageError, match="cannot both be of one person: say --keep"):
        decide("merge", kept, other)
    for keep, stays in (("kept", {("a.csv", 1)}), ("other", {("b.csv", 1)}), ("both", {("a.csv", 1), ("b.csv", 1)})):
        decide("merge", kept, other, keep=keep)
        assert owners(desk) == dict.fromkeys(stays, kept)
        decide("part", other)
        assert owners(desk) == owned
    entered = "SELECT coalesce(sum(entered), 0) FROM tally.entry_gap_as_of(:day)"
    assert [desk.query(entered, day=day)[0][0] for day in (AUG_10, AUG_12)] == [2, 2]


def test_the_same_record_of_one_unit_stands_once(desk: Desk, decide: Callable[..., Any]) -> None:
    desk.put("a.csv", [person(1, **FIRST), person(2, **SECOND)])
    desk.run(AUG_10)
    kept, other = holder(desk, FIRST["CCCD"]), holder(desk, SECOND["CCCD"])
    decide("merge", kept, other, keep="both")
    assert owners(desk) == {("a.csv", 1): kept}
    decide("part", other)
    assert owners(desk) == {("a.csv", 1): kept, ("a.csv", 2): other}


def test_a_declared_dose_gives_way_to_the_one_entered_for_the_other(desk: Desk, decide: Callable[..., Any]) -> None:
    declared = {"Mũi khai báo": "1", "Vắc xin khai báo": "Pfizer", "Ngày tiêm khai báo": "01/07/2021"}
    desk.put("a.csv", [person(1, **FIRST, **DOSE_2) | declared])
    desk.put("b.csv", [person(2, **SECOND, **{"Ngày tiêm": "01/07/2021"})], unit="HOC-2")
    desk.run(AUG_10)
    kept, other = holder(desk, FIRST["CCCD"]), holder(desk, SECOND["CCCD"])
    sources = "SELECT source FROM registry.dose WHERE person_id = :p AND voided_at IS NULL ORDER BY 1"
    assert decide("merge", kept, other).doses_withdrawn == 1
    assert desk.query(sources, p=kept) == [("administered",), ("administered",)]
    decide("part", other)
    assert desk.query(sources, p=kept) == [("administered",), ("declared",)]


def test_a_correction_by_the_merged_persons_name_finds_the_dose(desk: Desk, decide: Callable[..., Any]) -> None:
    kept, other = entered_twice(desk)
    decide("merge", kept, other)
    desk.put("void.csv", [person(2, **SECOND, **DOSE_2) | {"Thao tác": "hủy"}], unit="HOC-2")
    desk.run(AUG_13)
    assert desk.answer("void.csv", "HOC-2").outcomes == {"voided": 1}
    assert owners(desk) == {("a.csv", 1): kept}


def test_wrong_use_is_said_in_a_sentence(desk: Desk, decide: Callable[..., Any]) -> None:
    kept, other = entered_twice(desk)
    with pytest.raises(UsageError, match="two different persons"):
        decide("merge", kept, kept)
    with pytest.raises(UsageError, match="There is no person 999999999"):
        decide("merge", kept, 999_999_999)
    with pytest.raises(UsageError, match="was not merged into another one"):
        decide("part", other)
    with pytest.raises(EarlierAsOfError):
        decide("merge", kept, other, as_of=date(2021, 8, 9))
    decide("merge", kept, other)
    with pytest.raises(UsageError, match=f"Person {other} was merged into person {kept}: name that one"):
        decide("merge", other, kept)
    desk.put("c.csv", [person(5)])
    desk.run(AUG_13)
    third = holder(desk, person(5)["CCCD"])
    with pytest.raises(UsageError, match=f"Others were merged into person {kept}"):
        decide("merge", third, kept, as_of=AUG_13)


def test_the_search_finds_who_may_be_one_and_asks_once(desk: Desk, decide: Callable[..., Any]) -> None:
    """Two rows without anything in common by which likeness could decide: a number came for each later."""
    child = {"Họ và tên": "Phan Thị Ngọc Hanh", "Giới tính": "Nữ", "Ngày sinh": "07/05/1990"}
    at = {"Số điện thoại": "0903123456"}
    desk.put("a.csv", [person(1, **child, **at, CCCD="079190001234"), person(3), person(4)])
    desk.put("b.csv", [person(1, **child | {"Họ và tên": "Phan Thị Ngọc Hoanh"}, **at, CCCD="079190001235", **DOSE_2)])
    desk.run(AUG_10)
    (review,) = waiting(desk)
    from vaxtally.intake import settle
    from vaxtally.registry.reviews import Ruling

    time = RunTime.now(desk.settings, AUG_11)
    decided = Decided("Trần Thị Bình", "asked the unit", AUG_11)
    settle.settle(desk.engine, desk.settings, time, review.review_id, Ruling("new_person"), decided)
    assert merging.find_pairs(desk.engine, AUG_11) == 1
    assert merging.find_pairs(desk.engine, AUG_12) == 0, "found before"
    (pair,) = desk.query(
        "SELECT person_id, other_person_id, status, found_on, levels ->> 'birth' FROM registry.person_pair"
    )
    assert pair[2:] == ("open", AUG_11, "equal")
    decide("apart", pair[1], pair[0])
    assert desk.query("SELECT status FROM registry.person_pair") == [("apart",)]
    decide("merge", pair[0], pair[1])
    assert desk.query("SELECT status FROM registry.person_pair") == [("merged",)]
    decide("part", pair[1])
    assert desk.query("SELECT status FROM registry.person_pair") == [("open",)]
