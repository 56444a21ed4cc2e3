"""Held rows are settled, by a reviewer or by themselves, and whatever a reviewer decided can be undone."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from vaxtally import db, intake
from vaxtally.clock import RunTime
from vaxtally.errors import EarlierAsOfError, UsageError
from vaxtally.intake import settle
from vaxtally.intake.settle import Settled
from vaxtally.registry.reviews import Decided, Ruling

from ..intake_desk import AUG_10, AUG_11, Desk, person

AUG_12, AUG_13 = date(2021, 8, 12), date(2021, 8, 13)
# Agrees with person 1 in the number alone: neither name nor birth date.
STRANGER = {"Họ và tên": "Võ Thị Sáu", "Giới tính": "Nam", "Ngày sinh": "03/03/1980", "Số điện thoại": "0909123456"}


@pytest.fixture
def decide(desk: Desk) -> Callable[..., Settled]:
    """Settle or reopen the only review that waits, or one by its id."""

    def act(decision: str, person_id: int | None = None, review_id: int | None = None, as_of: date = AUG_12) -> Settled:
        time = RunTime.now(desk.settings, as_of)
        decided = Decided("Trần Thị Bình", "asked the unit by telephone", as_of)
        if decision == "reopen":
            assert review_id is not None
            done = settle.reopen(desk.engine, desk.settings, time, review_id, decided)
        else:
            chosen = review_id or waiting(desk)[0].review_id
            ruling = Ruling(decision, person_id)
            done = settle.settle(desk.engine, desk.settings, time, chosen, ruling, decided)
        intake.finish_files(desk.engine, desk.settings)
        check_sums(desk)
        return done

    return act


def waiting(desk: Desk) -> list[Any]:
    return desk.query("SELECT * FROM registry.review WHERE status = 'open' ORDER BY review_id")


def doses(desk: Desk, in_effect: str = "d.voided_at IS NULL") -> list[tuple[Any, ...]]:
    """(file, row, name, unit, day known) of doses in effect."""
    return [
        tuple(row)
        for row in desk.query(
            "SELECT u.file_name, d.row_number, p.full_name, d.unit_code, d.received_on FROM registry.dose AS d"
            " JOIN registry.person AS p USING (person_id) JOIN intake.upload AS u USING (upload_id)"
            f" WHERE d.source = 'administered' AND {in_effect} ORDER BY 1, 2, 3"
        )
    ]


def check_sums(desk: Desk) -> None:
    """Each loaded row has its dose, in effect or withdrawn by another row; no other row has one in effect."""
    wrong = desk.query(
        "SELECT u.upload_id FROM intake.upload AS u WHERE u.kind = 'upload' AND u.rows_loaded <> ("
        " SELECT count(*) FROM registry.dose AS d WHERE d.upload_id = u.upload_id AND d.source = 'administered'"
        " AND NOT EXISTS (SELECT 1 FROM intake.row AS r WHERE (r.upload_id, r.row_number) = (d.upload_id, d.row_number)"
        "  AND r.outcome <> 'loaded'))"
        " OR u.rows_held <> (SELECT count(*) FROM intake.row AS r"
        "  WHERE r.upload_id = u.upload_id AND r.outcome = 'held')"
    )
    assert wrong == []
    assert (
        desk.query(
            "SELECT 1 FROM intake.row AS r JOIN registry.dose AS d USING (upload_id, row_number)"
            " WHERE r.outcome <> 'loaded' AND d.voided_at IS NULL"
        )
        == []
    )
    assert desk.query("SELECT 1 FROM pg_inherits WHERE inhparent = 'intake.staged_row'::regclass") == []


def registry_of(desk: Desk) -> dict[str, list[Any]]:
    """Persons with all that finds them, and their doses; no surrogate key, no clock."""
    return {
        "persons": desk.query(
            "SELECT full_name, birth_date, sex, phone, phones, address, ward, district_code FROM registry.person"
            " ORDER BY 1, 2"
        ),
        "numbers": desk.query(
            "SELECT p.full_name, i.kind, i.value, i.trusted, i.under_own_name FROM registry.person_identifier AS i"
            " JOIN registry.person AS p USING (person_id) ORDER BY 1, 2, 3"
        ),
        "claims": desk.query(
            "SELECT c.kind, c.value, c.name_key, c.birth_date, p.full_name FROM registry.identifier_claim AS c"
            " LEFT JOIN registry.person AS p USING (person_id) ORDER BY 1, 2, 3, 4"
        ),
        "doses": doses(desk),
    }


def same_dose_twice(desk: Desk) -> None:
    """HOC-1 entered the dose first; HOC-2's row of it is held."""
    desk.put("a.csv", [person(1)])
    desk.put("b.csv", [person(1), person(2)], unit="HOC-2")
    desk.run(AUG_10)
    assert [each.rule for each in waiting(desk)] == ["record.same_dose_other_unit"]


def test_keep_this_takes_the_other_dose_out_of_effect(desk: Desk, decide: Callable[..., Settled]) -> None:
    same_dose_twice(desk)
    done = decide("keep_this")
    assert (done.outcome, done.held_by) == ("loaded", None)
    assert [dose[:2] for dose in doses(desk)] == [("b.csv", 1), ("b.csv", 2)]
    assert doses(desk)[0][4] == AUG_12, "known since it was settled"
    answer = desk.answer("b.csv", "HOC-2")
    assert answer.outcomes == {"loaded": 2} and answer.rules(1) == set()
    (history,) = desk.query("SELECT change, changed_on FROM registry.dose_history")
    assert history == ("voided", AUG_12)
    entered = "SELECT coalesce(sum(entered), 0) FROM tally.entry_gap_as_of(:day) WHERE unit_code = :unit"
    for unit, before, after in (("HOC-1", 1, 0), ("HOC-2", 1, 2)):
        assert [desk.query(entered, day=day, unit=unit)[0][0] for day in (AUG_11, AUG_12)] == [before, after]


def test_keep_other_leaves_the_dose_on_record(desk: Desk, decide: Callable[..., Settled]) -> None:
    same_dose_twice(desk)
    assert decide("keep_other").outcome == "duplicate"
    assert [dose[:2] for dose in doses(desk)] == [("a.csv", 1), ("b.csv", 2)]
    answer = desk.answer("b.csv", "HOC-2")
    assert answer.outcomes == {"loaded": 1, "duplicate": 1}
    assert answer.rules(1) == {"record.same_dose_other_unit"}
    assert "HOC-1" not in answer.lines[0]["message"]


def test_keep_both_loads_it_beside_the_other(desk: Desk, decide: Callable[..., Settled]) -> None:
    same_dose_twice(desk)
    assert decide("keep_both").outcome == "loaded"
    assert [dose[:2] for dose in doses(desk)] == [("a.csv", 1), ("b.csv", 1), ("b.csv", 2)]
    assert "record.dose_repeated" not in desk.answer("b.csv", "HOC-2").rules(2)


@pytest.mark.parametrize("decision", ["keep_this", "keep_other", "keep_both"])
def test_a_question_of_doses_is_reopened_as_it_was(desk: Desk, decide: Callable[..., Settled], decision: str) -> None:
    same_dose_twice(desk)
    before, answered = registry_of(desk), desk.answer("b.csv", "HOC-2").lines
    (review,) = waiting(desk)
    decide(decision)
    done = decide("reopen", review_id=review.review_id, as_of=AUG_13)
    assert (done.outcome, done.held_by) == ("held", review.review_id)
    assert registry_of(desk) == before
    assert desk.answer("b.csv", "HOC-2").lines == answered
    (again,) = waiting(desk)
    assert (again.opened_on, again.candidate_dose_ids) == (review.opened_on, review.candidate_dose_ids)
    decide("keep_both", as_of=AUG_13)
    assert [dose[:2] for dose in doses(desk)] == [("a.csv", 1), ("b.csv", 1), ("b.csv", 2)]
    said = desk.query(
        "SELECT decision, decided_by, reason, undone_by IS NULL, outcome FROM registry.review_decision"
        " ORDER BY review_decision_id"
    )
    by, why = "Trần Thị Bình", "asked the unit by telephone"
    assert said[0][:4] == (decision, by, why, False)
    assert said[1:] == [("reopen", by, why, True, "held"), ("keep_both", by, why, True, "loaded")]


def test_it_settles_itself_when_the_other_unit_withdraws_its_record(desk: Desk) -> None:
    same_dose_twice(desk)
    desk.put("c.csv", [person(1) | {"Thao tác": "hủy"}])
    desk.run(AUG_11)
    assert waiting(desk) == []
    assert [dose[:2] for dose in doses(desk)] == [("b.csv", 1), ("b.csv", 2)]
    assert desk.answer("b.csv", "HOC-2").outcomes == {"loaded": 2}
    check_sums(desk)
    assert desk.query("SELECT decision, decided_by, outcome FROM registry.review_decision") == [
        ("judged_again", "vaxtally", "loaded")
    ]
    before = desk.dump()
    desk.run(AUG_11)
    assert {name: rows for name, rows in desk.dump().items() if before[name] != rows}.keys() <= {"tally.reconciliation"}


def conflict(desk: Desk, *more: dict[str, str]) -> int:
    """Person 1, and a stranger who brings his number: held. Returns person 1's id."""
    desk.put("a.csv", [person(1)])
    desk.put("b.csv", [person(1, **STRANGER, **{"Ngày tiêm": "01/08/2021"}), *more], unit="HOC-2")
    desk.run(AUG_10)
    assert {each.rule for each in waiting(desk)} == {"record.identity_conflict"}
    return desk.query("SELECT person_id FROM registry.person_identifier WHERE value = '079080100001'")[0][0]


def test_the_same_person_gets_the_dose_and_rows_that_say_the_same_follow(
    desk: Desk, decide: Callable[..., Settled]
) -> None:
    second = person(1, **STRANGER, **{"Ngày tiêm": "05/08/2021", "Vắc xin": "Moderna", "Mũi": "2"})
    person_id = conflict(desk, second)
    assert len(waiting(desk)) == 2
    done = decide("same_person", person_id)
    assert (done.outcome, done.followed) == ("loaded", 1)
    assert waiting(desk) == []
    assert {dose[2] for dose in doses(desk)} == {person(1)["Họ và tên"]}
    assert len(doses(desk)) == 3
    assert desk.answer("b.csv", "HOC-2").outcomes == {"loaded": 2}


def test_a_different_person_is_founded_and_keeps_the_number_without_trust(
    desk: Desk, decide: Callable[..., Settled]
) -> None:
    conflict(desk)
    assert decide("new_person").outcome == "loaded"
    assert [(dose[0], dose[2]) for dose in doses(desk)] == [
        ("a.csv", person(1)["Họ và tên"]),
        ("b.csv", STRANGER["Họ và tên"]),
    ]
    numbers = desk.query("SELECT value, trusted FROM registry.person_identifier ORDER BY trusted DESC")
    assert numbers == [("079080100001", True), ("079080100001", False)]
    desk.put("c.csv", [person(1, **STRANGER, **{"Ngày tiêm": "06/08/2021", "Mũi": "2"})], unit="HOC-2")
    desk.run(AUG_13)
    assert waiting(desk) == [] and doses(desk)[-1][2] == STRANGER["Họ và tên"]


def test_an_unmerge_restores_both_as_if_never_merged(desk: Desk, decide: Callable[..., Settled]) -> None:
    person_id = conflict(desk)
    before = registry_of(desk)
    (review,) = waiting(desk)
    decide("same_person", person_id)
    assert registry_of(desk) != before
    done = decide("reopen", review_id=review.review_id, as_of=AUG_13)
    assert (done.outcome, done.held_by) == ("held", review.review_id)
    assert registry_of(desk) == before
    assert decide("new_person", as_of=AUG_13).outcome == "loaded"
    assert desk.query("SELECT count(*) FROM registry.dose") == [(2,)], "the row's dose is its own again"


def test_doses_since_a_merge_go_to_whom_their_own_identifiers_name_else_to_review(
    desk: Desk, decide: Callable[..., Settled]
) -> None:
    person_id = conflict(desk)
    (review,) = waiting(desk)
    decide("same_person", person_id, as_of=AUG_11)
    theirs = {"Vắc xin": "Moderna", "Mũi": "2"}
    desk.put("c.csv", [person(1, **theirs, **{"Ngày tiêm": "10/08/2021"})], unit="HOC-1A")
    desk.put("d.csv", [person(1, **STRANGER, **theirs, **{"Ngày tiêm": "05/08/2021"})], unit="HOC-2")
    desk.put("d.csv", [person(1, **STRANGER, **theirs, **{"Ngày tiêm": "05/08/2021"})], unit="HOC-1A")
    desk.run(AUG_12)
    decide_on = {"review_id": review.review_id, "as_of": AUG_13}
    done = decide("reopen", **decide_on)
    assert done.outcome == "held"
    assert [(dose[0], dose[2]) for dose in doses(desk)] == [
        ("a.csv", person(1)["Họ và tên"]),
        ("c.csv", person(1)["Họ và tên"]),
    ]
    assert {each.rule for each in waiting(desk)} == {"record.identity_conflict"}
    assert desk.answer("d.csv", "HOC-2").outcomes == {"held": 1}
    assert desk.answer("c.csv", "HOC-1A").outcomes == {"loaded": 1}


def test_what_was_withdrawn_is_added_again_only_if_a_reviewer_says_so(
    desk: Desk, decide: Callable[..., Settled]
) -> None:
    desk.put("a.csv", [person(1)])
    desk.run(AUG_10)
    desk.put("b.csv", [person(1) | {"Thao tác": "hủy"}])
    desk.put("c.csv", [person(1), person(2)])
    desk.run(AUG_11)
    (review,) = waiting(desk)
    assert review.rule == "record.voided_before"
    assert decide("drop").outcome == "rejected"
    assert not (desk.outbox / "HOC-1" / "c.csv.fix.csv").exists(), "nobody is asked to mend it"
    decide("reopen", review_id=review.review_id)
    assert decide("apply").outcome == "loaded"
    assert [dose[:2] for dose in doses(desk)] == [("c.csv", 1), ("c.csv", 2)]
    assert desk.answer("c.csv").outcomes == {"loaded": 2}


def test_wrong_use_is_said_in_a_sentence(desk: Desk, decide: Callable[..., Settled]) -> None:
    person_id = conflict(desk)
    (review,) = waiting(desk)
    with pytest.raises(UsageError, match="There is no review 999999999"):
        decide("drop", review_id=999_999_999)
    with pytest.raises(UsageError, match="is no candidate of review"):
        decide("same_person", person_id + 1000)
    with pytest.raises(UsageError, match=r"settled by one of --same PERSON, --different, --drop"):
        decide("keep_both")
    with pytest.raises(EarlierAsOfError):
        decide("new_person", as_of=date(2021, 8, 9))
    with pytest.raises(UsageError, match="open: there is no reviewer's decision to undo"):
        decide("reopen", review_id=review.review_id)
    decide("new_person", as_of=AUG_12)
    with pytest.raises(UsageError, match="was settled by Trần Thị Bình: new_person"):
        decide("drop", review_id=review.review_id)
    with pytest.raises(EarlierAsOfError):
        decide("reopen", review_id=review.review_id, as_of=AUG_11)


def held_update(desk: Desk, **changes: str) -> None:
    """HOC-1 corrects its dose of somebody whom HOC-2 has entered too; that is held."""
    desk.put("a.csv", [person(1) | {"Mã bản ghi": "R1"}])
    desk.put("b.csv", [person(1, **{"Ngày tiêm": "01/08/2021"})], unit="HOC-2")
    desk.run(AUG_10)
    told = {name: changes.get(name, "") for name in person(1)}
    desk.put("c.csv", [told | {"Mã bản ghi": "R1", "Thao tác": "sửa"}])
    desk.run(AUG_11)
    assert desk.answer("c.csv").outcomes == {"held": 1}


def state_of_r1(desk: Desk) -> tuple[Any, ...]:
    ((*state,),) = desk.query(
        "SELECT p.full_name, d.given_on FROM registry.dose AS d JOIN registry.person AS p USING (person_id)"
        " WHERE d.record_id = 'R1' AND d.voided_at IS NULL"
    )
    return tuple(state)


def test_a_held_correction_of_a_dose_is_applied_beside_the_other_or_not_at_all(
    desk: Desk, decide: Callable[..., Settled]
) -> None:
    held_update(desk, **{"Ngày tiêm": "02/08/2021"})
    (review,) = waiting(desk)
    assert review.rule == "record.same_dose_other_unit"
    assert decide("keep_other").outcome == "rejected"
    assert state_of_r1(desk)[1] == date(2021, 8, 9)
    assert decide("reopen", review_id=review.review_id).outcome == "held"
    assert decide("keep_both").outcome == "updated"
    assert state_of_r1(desk)[1] == date(2021, 8, 2)
    assert len(doses(desk)) == 2 and desk.answer("c.csv").outcomes == {"updated": 1}
    with pytest.raises(UsageError, match="applied a correction"):
        decide("reopen", review_id=review.review_id)


@pytest.mark.parametrize("decision", ["apply", "new_person"])
def test_a_held_correction_of_who_it_is_changes_the_person_or_moves_the_dose(
    desk: Desk, decide: Callable[..., Settled], decision: str
) -> None:
    held_update(desk, **{"Họ và tên": "Nguyễn Đức Bảo"})
    assert waiting(desk)[0].rule == "record.identity_conflict"
    assert decide(decision).outcome == "updated"
    assert state_of_r1(desk)[0] == "Nguyễn Đức Bảo"
    names = {dose[2] for dose in doses(desk)}
    assert names == ({"Nguyễn Đức Bảo"} if decision == "apply" else {"Nguyễn Đức Bảo", person(1)["Họ và tên"]})


def test_copies_of_a_row_in_its_file_share_its_fate(desk: Desk, decide: Callable[..., Settled]) -> None:
    desk.put("a.csv", [person(1)])
    desk.put("b.csv", [person(1), person(1)], unit="HOC-2")
    desk.run(AUG_10)
    assert len(waiting(desk)) == 2
    assert decide("keep_both").rows == {"loaded": 1, "duplicate": 1}
    assert waiting(desk) == []
    assert desk.answer("b.csv", "HOC-2").rules(2) == {"record.duplicate_in_file"}


def test_declarations_give_way_to_the_dose_that_is_kept(desk: Desk, decide: Callable[..., Settled]) -> None:
    """A declaration had given way to the dose that is withdrawn: now it gives way to the other, and back again."""
    declared = {"Mũi": "2", "Ngày tiêm": "09/08/2021", "Mũi khai báo": "1", "Vắc xin khai báo": "Pfizer"}
    desk.put("a.csv", [person(1, **declared) | {"Ngày tiêm khai báo": "01/07/2021"}], unit="HOC-1A")
    desk.put("b.csv", [person(1, **{"Ngày tiêm": "02/07/2021"})])
    desk.put("c.csv", [person(1, **{"Ngày tiêm": "01/07/2021"})], unit="HOC-2")
    desk.run(AUG_10)
    given = (
        "SELECT u.file_name FROM registry.dose AS d JOIN registry.dose AS g ON d.superseded_by = g.dose_id"
        " JOIN intake.upload AS u ON g.upload_id = u.upload_id WHERE d.source = 'declared' AND d.voided_at IS NULL"
    )
    assert desk.query(given) == [("b.csv",)]
    (review,) = waiting(desk)
    decide("keep_this")
    assert desk.query(given) == [("c.csv",)]
    decide("reopen", review_id=review.review_id)
    assert desk.query(given) == [("b.csv",)]


def test_killed_in_the_middle_nothing_is_decided(
    desk: Desk, decide: Callable[..., Settled], monkeypatch: pytest.MonkeyPatch
) -> None:
    same_dose_twice(desk)
    before, run = desk.dump(), db.run

    def killing(connection: Any, name: str, parameters: Any = None) -> Any:
        if name == "registry/review/settle":
            raise KeyboardInterrupt
        return run(connection, name, parameters)

    with monkeypatch.context() as patched:
        patched.setattr(db, "run", killing)
        with pytest.raises(KeyboardInterrupt):
            decide("keep_this")
    after = desk.dump()
    assert {name for name, rows in before.items() if after[name] != rows} <= {"intake.ruleset"}
    assert decide("keep_this").outcome == "loaded"


TWIN = {"Họ và tên": "Phan Thị Ngọc Hanh", "Giới tính": "Nữ", "Ngày sinh": "07/05/1990", "Số điện thoại": "0903123456"}
OTHER_TWIN = TWIN | {"Họ và tên": "Phan Thị Ngọc Hoanh", "CCCD": "079190001235", "Mũi": "2", "Ngày tiêm": "01/08/2021"}


def likenesses(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.query("SELECT is_same, decided_by FROM registry.match_decision ORDER BY 1")


def test_somebody_who_may_be_known_is_asked_about_once(desk: Desk, decide: Callable[..., Settled]) -> None:
    """Twins by their likeness: a reviewer's word stands for rows that say the same, until it is taken back."""
    desk.put("a.csv", [person(1, **TWIN, CCCD="079190001234")])
    desk.put("b.csv", [person(1, **OTHER_TWIN)], unit="HOC-2")
    desk.run(AUG_10)
    before = registry_of(desk)
    (review,) = waiting(desk)
    assert review.rule == "record.possible_match" and len(review.candidate_person_ids) == 1
    scores = desk.query("SELECT score > 0, levels ->> 'birth' FROM registry.review_candidate")
    assert scores == [(True, "equal")]

    assert decide("same_person", review.candidate_person_ids[0]).outcome == "loaded"
    assert {dose[2] for dose in doses(desk)} == {TWIN["Họ và tên"]}
    assert likenesses(desk) == [(True, "Trần Thị Bình")]
    done = decide("reopen", review_id=review.review_id)
    assert (done.outcome, done.held_by) == ("held", review.review_id)
    assert registry_of(desk) == before and likenesses(desk) == []
    assert waiting(desk)[0].candidate_person_ids == review.candidate_person_ids

    assert decide("new_person").outcome == "loaded"
    assert [dose[2] for dose in doses(desk)] == [TWIN["Họ và tên"], OTHER_TWIN["Họ và tên"]]
    desk.put("c.csv", [person(1, **OTHER_TWIN | {"Mũi": "3", "Ngày tiêm": "08/08/2021"})])
    desk.run(AUG_13)
    assert waiting(desk) == [] and doses(desk)[-1][2] == OTHER_TWIN["Họ và tên"]


def corrected_into_a_twin(desk: Desk) -> None:
    """HOC-1 corrects its record R1 of somebody else into one that may be the twin whom HOC-2 has entered; held."""
    desk.put("a.csv", [person(2, Mũi="2") | {"Mã bản ghi": "R1"}])
    desk.put("b.csv", [person(1, **TWIN | {"CCCD": "079190001234", "Ngày tiêm": "05/07/2021"})], unit="HOC-2")
    desk.run(AUG_10)
    told = dict.fromkeys(person(1), "") | {name: OTHER_TWIN[name] for name in (*TWIN, "CCCD") if name != "Mũi"}
    desk.put("c.csv", [told | {"Mã bản ghi": "R1", "Thao tác": "sửa"}])
    desk.run(AUG_11)
    assert [review.rule for review in waiting(desk)] == ["record.possible_match"]
    assert state_of_r1(desk)[0] == person(2)["Họ và tên"]


@pytest.mark.parametrize("decision", ["same_person", "new_person", "apply", "drop"])
def test_a_correction_that_may_be_about_somebody_known_goes_where_the_reviewer_says(
    desk: Desk, decide: Callable[..., Settled], decision: str
) -> None:
    corrected_into_a_twin(desk)
    (review,) = waiting(desk)
    before = registry_of(desk)

    done = decide(decision, review.candidate_person_ids[0] if decision == "same_person" else None)

    assert done.outcome == ("rejected" if decision == "drop" else "updated")
    twin, other = TWIN["Họ và tên"], OTHER_TWIN["Họ và tên"]
    if decision == "drop":
        assert registry_of(desk) == before
        assert decide("reopen", review_id=review.review_id).outcome == "held"
        assert waiting(desk)[0].candidate_person_ids == review.candidate_person_ids
        return
    assert state_of_r1(desk)[0] == (twin if decision == "same_person" else other)
    # What was said holds for rows that say the same: nobody is asked a second time.
    desk.put("d.csv", [person(1, **OTHER_TWIN | {"Mũi": "3", "Ngày tiêm": "08/08/2021"})])
    desk.run(AUG_13)
    assert waiting(desk) == [] and doses(desk)[-1][2] == state_of_r1(desk)[0]
