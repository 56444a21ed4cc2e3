"""Rows that change or withdraw an earlier record: what they find, what they change, and what stands against them."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from .registry_world import Verdict, change, listed, row, upload, withdrawal

if TYPE_CHECKING:
    from .registry_world import World

CCCD = "079090001234"
OTHER_CCCD = "079090004321"
FIRST_DAY = date(2021, 8, 2)
AN_BORN = date(1990, 5, 17)
AN = {"full_name": "Nguyễn Văn An", "birth": "1990-05-17", "national_id": CCCD}
BINH = {"full_name": "Trần Văn Bình", "birth": "1985-11-03", "national_id": "079085004321"}


def dose(number: int = 1, after: int = 0, **changes: Any) -> dict[str, Any]:
    return row(**{**AN, "dose_number": number, "given_on": FIRST_DAY + timedelta(days=after), **changes})


def told(verdicts: list[Verdict]) -> list[tuple[str, set[str]]]:
    """Outcome and rules; that a correction comes late is said of every one here."""
    return [(verdict.outcome, verdict.rules - {"given_on.late_entry"}) for verdict in verdicts]


def names(world: "World") -> list[str]:
    return [kept[0] for kept in world.persons()]


def kept(world: "World", column: str) -> list[Any]:
    """A column of the doses in effect."""
    return [value for (value,) in world._select(
        f"SELECT {column} FROM registry.dose WHERE voided_at IS NULL AND superseded_by IS NULL"
        " AND source = 'administered'"
    )]  # fmt: skip


def effect(world: "World") -> list[tuple[Any, ...]]:
    """(name, number, day, lot) of the administered doses in effect."""
    return world._select(
        "SELECT p.full_name, d.dose_number, d.given_on, d.lot_number FROM registry.dose AS d"
        " JOIN registry.person AS p USING (person_id)"
        " WHERE d.voided_at IS NULL AND d.source = 'administered'"
    )


def declared(world: "World") -> list[tuple[Any, ...]]:
    """(number, vaccine, day, in effect, withdrawn) of every declared dose."""
    return world._select(
        "SELECT dose_number, vaccine, given_on, superseded_by IS NULL AND voided_at IS NULL, voided_at IS NOT NULL"
        " FROM registry.dose WHERE source = 'declared'"
    )


# Finding the record


def test_update_by_record_id_changes_what_it_fills_and_nothing_else(world: "World") -> None:
    world.send("U1", dose(record_id="R1", note="N", reaction="Sốt", phone="0903123456"), name="a.csv")

    (verdict,) = world.send("U1", change("R1", lot_number="L9"), name="b.csv")

    assert told([verdict]) == [("updated", set())]
    assert world.doses()[0][6:11] == ("L9", "administered", "R1", "Sốt", "N")
    assert world.persons()[0][0] == "Nguyễn Văn An" and world.persons()[0][4] == "0903123456"
    assert world.history() == [("updated", "Nguyễn Văn An", "FF0884", "N", "b.csv", 1)]


@pytest.mark.parametrize("field", ["lot_number", "note", "reaction"])
def test_cell_that_says_so_is_emptied(world: "World", field: str) -> None:
    world.send("U1", dose(record_id="R1", note="N", reaction="Sốt"))

    (verdict,) = world.send("U1", change("R1", emptied=(field,)), name="b.csv")

    assert told([verdict]) == [("updated", {"lot_number.missing"} if field == "lot_number" else set())]
    assert kept(world, field) == [None]


@pytest.mark.parametrize("word", ["(xóa)", "(Xóa)", "(XÓA)", "(xoá)", "(xoa)", "(clear)", "( CLEAR )"])
def test_words_that_empty_a_cell(world: "World", word: str) -> None:
    world.send("U1", dose(record_id="R1", note="N"))

    world.send("U1", change("R1", note=word), name="b.csv")

    assert kept(world, "note") == [None]


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        ("full_name", "full_name.missing"),
        ("sex", "sex.invalid"),
        ("birth_date", "birth_date.missing"),
        ("vaccine", "vaccine.missing"),
        ("dose_number", "dose_number.invalid"),
        ("given_on", "given_on.missing"),
    ],
)
def test_what_a_record_needs_cannot_be_emptied(world: "World", field: str, rule: str) -> None:
    world.send("U1", dose(record_id="R1"))
    before = world.doses()

    (verdict,) = world.send("U1", change("R1", emptied=(field,)), name="b.csv")

    assert (verdict.outcome, rule in verdict.rules) == ("rejected", True)
    assert (world.doses(), world.history()) == (before, [])


def test_identity_that_is_emptied_must_leave_another(world: "World") -> None:
    world.send("U1", dose(record_id="R1"), dose(record_id="R2", after=60, phone="0903123456", dose_number=2))

    kept_by_phone, = world.send("U1", change("R1", emptied=("national_id",)), name="b.csv")  # fmt: skip
    bare, = world.send("U1", change("R1", emptied=("phone",)), name="c.csv")  # fmt: skip

    assert kept_by_phone.outcome == "updated"
    assert world.persons()[0][5] == ""
    assert (bare.outcome, "identity.insufficient" in bare.rules) == ("rejected", True)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"given_on": date(2022, 6, 1)}, "given_on.in_future"),
        ({"given_on": date(2021, 1, 1)}, "given_on.before_campaign"),
        ({"birth": "2021-09-01"}, "birth_date.out_of_range"),
        ({"full_name": "test"}, "full_name.placeholder"),
        ({"said": {"vaccine": "Chưa rõ"}}, "vaccine.unknown"),
    ],
)
def test_resulting_record_is_judged_by_the_row_rules(world: "World", changes: dict, rule: str) -> None:
    world.send("U1", dose(record_id="R1"))
    before = world.doses()

    (verdict,) = world.send("U1", change("R1", **changes), name="b.csv")

    assert (verdict.outcome, rule in verdict.rules) == ("rejected", True)
    assert (world.doses(), world.history()) == (before, [])


def test_unreadable_number_replaces_nothing(world: "World") -> None:
    world.send("U1", dose(record_id="R1"))

    (verdict,) = world.send("U1", change("R1", lot_number="L2", said={"national_id": "079-?"}), name="b.csv")

    assert told([verdict]) == [("updated", {"national_id.format"})]
    assert world.persons()[0][5] == f"cccd {CCCD} t"


@pytest.mark.parametrize("action", [change, withdrawal])
def test_correction_by_person_vaccine_and_day(world: "World", action: Any) -> None:
    world.send("U1", dose(), dose(2, 30))
    key = {**AN, "sex": "male", "vaccine": "PFIZER", "given_on": FIRST_DAY}

    (verdict,) = world.send("U1", action(**key, lot_number="L2"), name="b.csv")

    assert verdict.outcome == ("updated" if action is change else "voided")
    assert effect(world) == [
        *([("Nguyễn Văn An", 1, FIRST_DAY, "L2")] if action is change else []),
        ("Nguyễn Văn An", 2, FIRST_DAY + timedelta(days=30), "FF0884"),
    ]


def test_person_is_found_by_name_and_birth_date_alone(world: "World") -> None:
    world.send("U1", dose(phone="0903123456"))
    key = {"full_name": "NGUYEN VAN AN", "birth": "1990", "vaccine": "PFIZER", "given_on": FIRST_DAY}

    assert told(world.send("U1", withdrawal(**key), name="b.csv")) == [("voided", set())]


@pytest.mark.parametrize("action", [change, withdrawal])
@pytest.mark.parametrize(
    "target",
    [
        {"record_id": "R9"},
        {**AN, "vaccine": "AZ", "given_on": FIRST_DAY},
        {**AN, "vaccine": "PFIZER", "given_on": FIRST_DAY + timedelta(days=1)},
        {**BINH, "vaccine": "PFIZER", "given_on": FIRST_DAY},
        {},
    ],
)
def test_what_names_no_dose_is_rejected(world: "World", action: Any, target: dict) -> None:
    world.send("U1", dose(record_id="R1"))

    (verdict,) = world.send("U1", action(**target), name="b.csv")

    assert told([verdict]) == [("rejected", {"record.unknown_target"})]
    assert len(effect(world)) == 1


@pytest.mark.parametrize("action", [change, withdrawal])
@pytest.mark.parametrize("target", [{"record_id": "R1"}, {**AN, "vaccine": "PFIZER", "given_on": FIRST_DAY}])
def test_another_units_record_is_unknown(world: "World", action: Any, target: dict) -> None:
    world.send("U1", dose(record_id="R1"))
    before = world.doses()

    (verdict,) = world.send("U2", action(**target, lot_number="L9"), name="b.csv")

    assert told([verdict]) == [("rejected", {"record.unknown_target"})]
    assert (world.doses(), world.history()) == (before, [])


def test_sender_above_may_change_the_record_of_a_unit_below(world: "World") -> None:
    world.send("U1", dose(record_id="R1", unit_code="U1A"))
    world.execute("UPDATE reference.unit SET parent_unit_code = 'U1' WHERE unit_code = 'U1A'")

    below = world.send("U1", change("R1", lot_number="L2"), name="b.csv")
    named = world.send("U1", change("R1", lot_number="L3", unit_code="U1A", said={"unit_code": "U1A"}), name="c.csv")
    own = world.send("U1A", change("R1", lot_number="L4"), name="d.csv")
    elsewhere = world.send("U1", change("R1", lot_number="L5", said={"unit_code": "U1"}), name="e.csv")

    assert told(below + named + own) == [("updated", set())] * 3
    assert told(elsewhere) == [("rejected", {"record.unknown_target"})]
    assert kept(world, "lot_number") == ["L4"] and kept(world, "unit_code") == ["U1A"]


def test_record_id_of_several_doses_needs_the_day_too(world: "World") -> None:
    """Some units write the person's number where the record's belongs."""
    world.send("U1", dose(record_id="P7"), dose(2, 30, record_id="P7"))

    unclear = world.send("U1", withdrawal("P7"), name="b.csv")
    clear = world.send("U1", withdrawal("P7", given_on=FIRST_DAY), name="c.csv")

    assert told(unclear) == [("rejected", {"record.unknown_target"})]
    assert told(clear) == [("voided", set())]
    assert [number for _, number, _, _ in effect(world)] == [2]


# Withdrawing


def test_withdrawn_dose_stays_with_when(world: "World") -> None:
    world.send("U1", dose(record_id="R1"), name="a.csv")

    (verdict,) = world.send("U1", withdrawal("R1"), name="b.csv")

    assert told([verdict]) == [("voided", set())]
    assert world.doses() == []
    found = world._select("SELECT voided_on, voided_at IS NOT NULL, lot_number FROM registry.dose")
    assert found == [(world.run_time.as_of, True, "FF0884")]
    assert world.history() == [("voided", "Nguyễn Văn An", "FF0884", None, "b.csv", 1)]


def test_withdrawing_twice_changes_nothing(world: "World") -> None:
    world.send("U1", dose(record_id="R1"))
    world.send("U1", withdrawal("R1"), name="b.csv")

    assert told(world.send("U1", withdrawal("R1"), name="c.csv")) == [("voided", set())]
    assert len(world.history()) == 1


def test_withdrawn_record_cannot_be_changed(world: "World") -> None:
    world.send("U1", dose(record_id="R1"))
    world.send("U1", withdrawal("R1"), name="b.csv")

    again = world.send("U1", change("R1", lot_number="L2"), name="c.csv")

    assert told(again) == [("rejected", {"record.unknown_target"})]


def test_list_without_actions_does_not_bring_a_withdrawn_dose_back(world: "World") -> None:
    world.send("U1", listed(dose()), name="a.csv")
    world.send("U1", withdrawal(**AN, vaccine="PFIZER", given_on=FIRST_DAY), name="b.csv")

    (again,) = world.send("U1", listed(dose()), name="c.csv")

    assert told([again]) == [("held", {"record.voided_before"})]
    assert again.review == {"record.voided_before": ((), ("a.csv 1",))} or again.review["record.voided_before"][1]
    assert world.doses() == []


def test_explicit_new_row_brings_a_withdrawn_dose_back(world: "World") -> None:
    world.send("U1", listed(dose(record_id="R1")), name="a.csv")
    world.send("U1", withdrawal("R1"), name="b.csv")

    back = world.send("U1", dose(record_id="R1"), name="c.csv")
    after = world.send("U1", listed(dose(record_id="R1")), name="d.csv")

    assert told(back) == [("loaded", set())]
    assert told(after) == [("duplicate", {"record.duplicate"})]
    assert len(effect(world)) == 1


def test_other_record_of_a_withdrawn_dose_is_a_new_one(world: "World") -> None:
    world.send("U1", listed(dose()), name="a.csv")
    world.send("U1", withdrawal(**AN, vaccine="PFIZER", given_on=FIRST_DAY), name="b.csv")

    assert told(world.send("U1", listed(dose(lot_number="L2")), name="c.csv")) == [("loaded", set())]


# In order


def test_new_void_new_ends_with_a_dose(world: "World") -> None:
    verdicts = world.send("U1", dose(record_id="R1"), withdrawal("R1"), dose(record_id="R1"))

    assert told(verdicts) == [("loaded", set()), ("voided", set()), ("loaded", set())]
    assert len(effect(world)) == 1
    assert world.history() == [("voided", "Nguyễn Văn An", "FF0884", None, "a.csv", 2)]


def test_rows_of_a_file_apply_in_order(world: "World") -> None:
    verdicts = world.send(
        "U1",
        dose(record_id="R1", lot_number="L1"),
        change("R1", lot_number="L2"),
        change("R1", given_on=FIRST_DAY + timedelta(days=1)),
        dose(record_id="R1", lot_number="L1"),
        withdrawal("R1"),
        change("R1", lot_number="L9"),
        dose(record_id="R1", lot_number="L3"),
        change("R1", lot_number="L4"),
    )

    assert [verdict.outcome for verdict in verdicts] == [
        "loaded", "updated", "updated", "duplicate", "voided", "rejected", "loaded", "updated",
    ]  # fmt: skip
    assert verdicts[3].rules == {"record.stale"}
    assert effect(world) == [("Nguyễn Văn An", 1, FIRST_DAY, "L4")]


def test_copy_after_another_ones_correction_repeats_its_row(world: "World") -> None:
    verdicts = world.send(
        "U1", dose(record_id="R1"), dose(2, 40, record_id="R2"), change("R2", lot_number="L2"), dose(record_id="R1")
    )

    assert told(verdicts)[3] == ("duplicate", {"record.duplicate_in_file"})
    assert verdicts[3].values["record.duplicate_in_file"] == {"row_number": 1}


def test_correction_before_its_record_finds_nothing(world: "World") -> None:
    verdicts = world.send("U1", withdrawal("R1"), dose(record_id="R1"))

    assert told(verdicts) == [("rejected", {"record.unknown_target"}), ("loaded", set())]


# Stale lists


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"lot_number": "L2"}, id="lot"),
        pytest.param({"given_on": FIRST_DAY + timedelta(days=3)}, id="day"),
        pytest.param({"vaccine": "AZ"}, id="vaccine"),
        pytest.param({"dose_number": 2}, id="dose number"),
        pytest.param({"full_name": "Nguyễn Văn Ân Phúc"}, id="name"),
        pytest.param({"birth": "1990-05-18"}, id="birth date"),
        pytest.param({"national_id": OTHER_CCCD}, id="number"),
        pytest.param({**BINH, "sex": "male"}, id="person"),
        pytest.param({"phone": "0912987654"}, id="phone"),
    ],
)
@pytest.mark.parametrize("numbered", [True, False])
def test_list_sent_again_does_not_revert_a_correction(world: "World", changes: dict, numbered: bool) -> None:
    person = {} if numbered else {"national_id": None, "phone": "0903123456"}
    rows = [listed(dose(record_id="R1", **person)), listed(dose(2, 40, record_id="R2", **person))]
    world.send("U1", *rows, name="a.csv")
    (corrected,) = world.send("U1", change("R1", **changes), name="b.csv")
    before = world.persons(), world.doses(), world.history()

    again = world.send("U1", *rows, name="c.csv")

    assert corrected.outcome == "updated"
    assert again[0].outcome == again[1].outcome == "duplicate"
    assert again[0].rules == {"record.stale"}
    assert (world.persons(), world.doses(), world.history()) == before


@pytest.mark.parametrize("ids", [("R7", "R8"), ("R2", "R1"), (None, None)], ids=["fresh", "swapped", "none"])
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"lot_number": "L2"}, id="lot"),
        pytest.param({"given_on": FIRST_DAY + timedelta(days=1)}, id="next day"),
        pytest.param({"given_on": FIRST_DAY + timedelta(days=9)}, id="day"),
        pytest.param({"vaccine": "AZ"}, id="vaccine"),
        pytest.param({"dose_number": 2}, id="dose number"),
        pytest.param({"full_name": "Nguyễn Văn Ân Phúc"}, id="name"),
        pytest.param({"phone": "0912987654"}, id="phone"),
    ],
)
def test_list_numbered_anew_does_not_revert_a_correction(world: "World", changes: dict, ids: tuple) -> None:
    people = dose(), row(**BINH)
    world.send("U1", *(listed(each | {"record_id": f"R{n}"}) for n, each in enumerate(people, 1)), name="a.csv")
    world.send("U1", change("R1", **changes), name="b.csv")
    before = world.persons(), [each for each in world.doses() if each[1] == AN_BORN]

    anew = [listed(each | {"record_id": own}) for each, own in zip(people, ids, strict=True)]
    first, _ = world.send("U1", *anew, name="c.csv")

    assert first.outcome == "duplicate"
    assert first.rules >= {"record.stale"}
    assert (world.persons(), [each for each in world.doses() if each[1] == AN_BORN]) == before


@pytest.mark.parametrize("corrected", [True, False])
@pytest.mark.parametrize("ids", [("R7", "R8"), ("R2", "R1"), (None, None)], ids=["fresh", "swapped", "none"])
def test_list_numbered_anew_does_not_bring_a_withdrawn_dose_back(world: "World", ids: tuple, corrected: bool) -> None:
    people = dose(), row(**BINH)
    world.send("U1", *(listed(each | {"record_id": f"R{n}"}) for n, each in enumerate(people, 1)), name="a.csv")
    if corrected:
        world.send("U1", change("R1", lot_number="L2", given_on=FIRST_DAY + timedelta(days=9)), name="b.csv")
    world.send("U1", withdrawal("R1"), name="c.csv")

    anew = [listed(each | {"record_id": own}) for each, own in zip(people, ids, strict=True)]
    first, _ = world.send("U1", *anew, name="d.csv")

    assert first.outcome == "held"
    assert first.rules >= {"record.voided_before"}


def test_a_corrected_birth_date_brings_no_number_of_others_into_dispute(world: "World") -> None:
    """Who agrees with a number in name and birth date is nobody who agrees in one of them."""
    shared = {"phone": "0912987654"}
    an = {**AN, "national_id": None, "health_insurance_no": "GD4790987654321", **shared}
    cuong = row(full_name="Lê Văn Cường", birth="1985-11-03", national_id=OTHER_CCCD, **shared)
    card = {**cuong, "health_insurance_no": "GD4790987654321", "dose_number": 2, "given_on": FIRST_DAY + timedelta(30)}
    people = [listed(each | {"record_id": f"R{n}"}) for n, each in enumerate((cuong, card, row(**an)))]
    loaded = world.send("U1", *people, name="list.csv")
    assert [verdict.outcome for verdict in loaded] == ["loaded"] * 3 and len(world.persons()) == 2
    world.send("U1", change("R0", birth="1990-05-17"), name="correction.csv")
    before = world.persons(), world.doses(), world.history()

    again = world.send("U1", people[2], name="again.csv")

    assert [list(verdict.values) for verdict in again] == [["record.duplicate"]]
    assert (world.persons(), world.doses(), world.history()) == before


def test_two_numbers_that_lead_to_two_persons_stay_in_dispute(world: "World") -> None:
    """Though one of the two agrees in name and birth date, and the other in the birth date alone."""
    cuong = row(full_name="Lê Văn Cường", birth=str(AN_BORN), national_id=OTHER_CCCD, phone="0912987654")
    an = row(**{**AN, "national_id": None, "health_insurance_no": "GD4790987654321", "phone": "0912987654"})
    world.send("U1", cuong, an, name="list.csv")

    both = {**an, "national_id": OTHER_CCCD, "dose_number": 2, "given_on": FIRST_DAY + timedelta(30)}
    (verdict,) = world.send("U1", both, name="both.csv")

    assert (verdict.outcome, verdict.rules & {"record.identity_conflict"}) == ("held", {"record.identity_conflict"})


def test_numbered_anew_day_by_day_a_record_is_known_by_its_last_id(world: "World") -> None:
    for file, record_id in enumerate(("R1", "R7", "R9")):
        world.send("U1", listed(dose(record_id=record_id)), name=f"{file}.csv")

    (corrected,) = world.send("U1", change("R9", lot_number="L2"), name="z.csv")

    assert corrected.outcome == "updated"
    assert kept(world, "lot_number") == ["L2"]


def test_list_as_corrected_is_a_duplicate(world: "World") -> None:
    world.send("U1", listed(dose(record_id="R1", phone="0903123456", health_insurance_no="DN4790123456789")))
    world.send("U1", change("R1", lot_number="L2", full_name="Nguyễn Văn Ân"), name="b.csv")

    as_corrected = dose(
        record_id="R1", phone="0903123456", health_insurance_no="DN4790123456789", lot_number="L2",
        full_name="Nguyễn Văn Ân",
    )  # fmt: skip
    again = world.send("U1", listed(as_corrected), name="c.csv")

    assert told(again) == [("duplicate", {"record.duplicate"})]


def test_update_sent_again_changes_nothing(world: "World") -> None:
    world.send("U1", dose(record_id="R1"))
    world.send("U1", change("R1", lot_number="L2"), name="b.csv")
    before = world.persons(), world.doses(), world.history()

    again = world.send("U1", change("R1", lot_number="L2"), name="c.csv")

    assert told(again) == [("updated", set())]
    assert (world.persons(), world.doses(), world.history()) == before


# Record ids


def test_record_id_of_another_person_is_not_taken(world: "World") -> None:
    world.send("U1", dose(record_id="1"), name="a.csv")

    (verdict,) = world.send("U1", row(**BINH, record_id="1"), name="b.csv")

    assert told([verdict]) == [("loaded", {"record.record_id_reused"})]
    assert kept(world, "record_id") == [None, "1"] or kept(world, "record_id") == ["1", None]
    assert told(world.send("U2", row(**BINH, record_id="1", given_on=date(2021, 10, 1)), name="c.csv")) == [
        ("loaded", {"record.dose_repeated"})
    ], "another unit numbers as it likes"


def test_list_numbered_anew_changes_nothing(world: "World") -> None:
    people = [row(full_name=f"Trần Văn {name}", phone=f"090312345{n}") for n, name in enumerate(("Bê", "Cê", "Đê"))]
    world.send("U1", *(listed(each | {"record_id": str(n)}) for n, each in enumerate(people)), name="a.csv")
    before = world.persons(), world.doses()

    anew = world.send("U1", *(listed(each | {"record_id": str(n + 1)}) for n, each in enumerate(people)), name="b.csv")

    assert [verdict.outcome for verdict in anew[:2]] == ["duplicate", "duplicate"]
    assert (world.persons(), world.doses()[:2]) == (before[0], before[1][:2])


def test_record_id_that_the_file_uses_anew_changes_nobody_else(world: "World") -> None:
    world.send("U1", dose(record_id="1"), name="a.csv")

    _, verdict = world.send("U1", row(**BINH, record_id="1"), change("1", lot_number="L9"), name="b.csv")

    assert told([verdict]) == [("rejected", {"record.unknown_target"})]
    assert kept(world, "lot_number") == ["FF0884", "FF0884"]


def test_record_id_is_free_again_once_its_dose_is_withdrawn(world: "World") -> None:
    verdicts = world.send("U1", dose(record_id="1"), withdrawal("1"), row(**BINH, record_id="1"))

    assert told(verdicts) == [("loaded", set()), ("voided", set()), ("loaded", set())]
    assert kept(world, "record_id") == ["1"]


# Who it is


def test_name_of_a_person_that_only_this_unit_entered_is_corrected(world: "World") -> None:
    world.send("U1", dose(record_id="R1"), dose(2, 40, record_id="R2"))

    (verdict,) = world.send(
        "U1", change("R1", full_name="Nguyễn Văn Anh", sex="male", birth="1990-05-18"), name="b.csv"
    )

    assert verdict.outcome == "updated"
    assert world.persons() == [("Nguyễn Văn Anh", "male", date(1990, 5, 18), "day", None, f"cccd {CCCD} t")]
    assert len(effect(world)) == 2


def test_number_is_replaced_by_one_of_its_kind(world: "World") -> None:
    world.send("U1", dose(record_id="R1", second_national_id="024123456"))

    (verdict,) = world.send("U1", change("R1", national_id=OTHER_CCCD), name="b.csv")

    assert verdict.outcome == "updated"
    assert world.persons()[0][5] == f"cccd {OTHER_CCCD} t, cmnd 024123456 t"


def test_dose_moves_to_the_person_it_belongs_to(world: "World") -> None:
    world.send("U1", dose(record_id="R1"), dose(2, 40, record_id="R2"), row(**BINH, given_on=date(2021, 6, 1)))

    (verdict,) = world.send("U1", change("R2", **BINH), name="b.csv")

    assert verdict.outcome == "updated"
    assert [(name, number) for name, number, *_ in effect(world)] == [
        ("Nguyễn Văn An", 1), ("Trần Văn Bình", 1), ("Trần Văn Bình", 2),
    ]  # fmt: skip
    assert sorted(names(world)) == ["Nguyễn Văn An", "Trần Văn Bình"]


def test_dose_moves_to_somebody_new(world: "World") -> None:
    world.send("U1", dose(record_id="R1"), dose(2, 40, record_id="R2"))

    (verdict,) = world.send("U1", change("R2", **BINH), name="b.csv")

    assert told([verdict]) == [("updated", {"record.dose_missing_before"})]
    assert [(name, number) for name, number, *_ in effect(world)] == [("Nguyễn Văn An", 1), ("Trần Văn Bình", 2)]


def test_only_record_of_a_wrong_person_leaves_no_number_behind(world: "World") -> None:
    world.send("U1", dose(record_id="R1"), row(**BINH, given_on=date(2021, 6, 1)))
    world.send("U1", change("R1", **BINH, dose_number=2), name="b.csv")

    right = world.send("U2", row(full_name="Lê Văn Cường", birth="1970-01-01", national_id=CCCD), name="c.csv")

    assert told(right) == [("loaded", set())]


@pytest.mark.parametrize(
    "changes",
    [{"full_name": "Lê Văn Anh"}, {"birth": "1990-05-18"}, {"sex": "female"}, {"national_id": OTHER_CCCD}],
)
def test_nobody_renames_another_units_patient(world: "World", changes: dict) -> None:
    world.send("U1", dose(record_id="R1"))
    world.send("U2", dose(2, 40), name="b.csv")
    before = [found[:5] for found in world.persons()], world.doses()

    (verdict,) = world.send("U1", change("R1", **changes), name="c.csv")

    assert (verdict.outcome, "record.identity_conflict" in verdict.rules) == ("held", True)
    assert ([found[:5] for found in world.persons()], world.doses()) == before


def test_what_contradicts_nobody_is_changed_of_a_shared_person(world: "World") -> None:
    world.send("U1", dose(record_id="R1", birth="1990", full_name="Nguyen Van An"))
    world.send("U2", dose(2, 40, birth="1990"), name="b.csv")

    (verdict,) = world.send(
        "U1", change("R1", full_name="Nguyễn Văn An", phone="0912987654", lot_number="L2"), name="c.csv"
    )

    assert verdict.outcome == "updated"
    assert world.persons()[0][0] == "Nguyễn Văn An" and world.persons()[0][4] == "0912987654"


def test_number_of_somebody_else_is_held_and_the_old_dose_stays(world: "World") -> None:
    world.send("U1", dose(record_id="R1"), row(**BINH))
    before = world.doses()

    (verdict,) = world.send("U1", change("R1", national_id=BINH["national_id"], lot_number="L2"), name="b.csv")

    assert told([verdict]) == [("held", {"record.identity_conflict", "national_id.birth_year_mismatch"})]
    assert world.doses() == before


# What an update meets


def test_update_onto_another_units_dose_is_held(world: "World") -> None:
    world.send("U2", dose(1, 30), name="a.csv")
    world.send("U1", dose(1, 0, record_id="R1"), name="b.csv")
    before = world.doses()

    (verdict,) = world.send("U1", change("R1", given_on=FIRST_DAY + timedelta(days=29)), name="c.csv")

    assert told([verdict]) == [("held", {"record.same_dose_other_unit"})]
    assert verdict.review["record.same_dose_other_unit"][1] == ("a.csv 1",)
    assert world.doses() == before


def test_update_onto_a_day_with_another_dose_is_held(world: "World") -> None:
    world.send("U1", dose(1, 0, record_id="R1"), dose(2, 30, record_id="R2"))
    before = world.doses()

    (verdict,) = world.send("U1", change("R2", given_on=FIRST_DAY), name="b.csv")

    assert told([verdict]) == [("held", {"record.same_day_dose"})]
    assert world.doses() == before


def test_update_is_remarked_beside_the_persons_other_doses(world: "World") -> None:
    world.send("U1", dose(1, 0, record_id="R1"), dose(2, 60, record_id="R2"))

    (verdict,) = world.send("U1", change("R2", given_on=FIRST_DAY + timedelta(days=10), vaccine="AZ"), name="b.csv")

    assert told([verdict]) == [("updated", {"record.interval_short", "record.series_mixed"})]
    assert verdict.values["record.interval_short"] == {"days": 10}


# Held records


def test_held_row_is_replaced_by_an_update(world: "World") -> None:
    world.send("U2", dose(1, 1), name="a.csv")
    held = world.send("U1", dose(record_id="R1", note="N"), name="b.csv")

    replaced = world.send("U1", change("R1", dose_number=2, given_on=FIRST_DAY + timedelta(days=41)), name="c.csv")

    assert told(held) == [("held", {"record.same_dose_other_unit"})]
    assert told(replaced) == [("loaded", set())]
    assert world.reviews() == [("b.csv", 1, "withdrawn", "c.csv", 1)]
    assert [found[10] for found in world.doses() if found[2] == "U1"] == ["N"]


def test_update_of_a_held_row_may_be_held_again(world: "World") -> None:
    world.send("U2", dose(1, 1), name="a.csv")
    world.send("U1", dose(record_id="R1"), name="b.csv")

    again = world.send("U1", change("R1", lot_number="L2"), name="c.csv")

    assert told(again) == [("held", {"record.same_dose_other_unit"})]
    assert world.reviews() == [("b.csv", 1, "withdrawn", "c.csv", 1), ("c.csv", 1, "open", None, None)]
    assert told(world.send("U1", withdrawal("R1"), name="d.csv")) == [("voided", set())]
    assert world.reviews()[1] == ("c.csv", 1, "withdrawn", "d.csv", 1)


@pytest.mark.parametrize("key", [{"record_id": "R1"}, {**AN, "vaccine": "PFIZER", "given_on": FIRST_DAY}])
@pytest.mark.parametrize("one_file", [True, False])
def test_held_row_is_withdrawn(world: "World", key: dict, one_file: bool) -> None:
    world.send("U2", dose(1, 1), name="a.csv")
    held, void = dose(record_id="R1"), withdrawal(**key)
    if one_file:
        verdicts = world.send("U1", held, void, name="b.csv")
    else:
        verdicts = [*world.send("U1", held, name="b.csv"), *world.send("U1", void, name="c.csv")]

    assert told(verdicts) == [("held", {"record.same_dose_other_unit"}), ("voided", set())]
    assert [(name, status) for name, _, status, *_ in world.reviews()] == [("b.csv", "withdrawn")]
    assert len(effect(world)) == 1


def test_held_update_is_replaced_with_what_it_said(world: "World") -> None:
    world.send("U1", dose(1, 0, record_id="R1"), dose(2, 30, record_id="R2"), name="a.csv")
    held = world.send("U1", change("R2", given_on=FIRST_DAY, lot_number="L5"), name="b.csv")

    moved = world.send("U1", change("R2", given_on=FIRST_DAY + timedelta(days=31)), name="c.csv")

    assert told(held) == [("held", {"record.same_day_dose"})]
    assert told(moved) == [("updated", set())]
    assert effect(world)[1] == ("Nguyễn Văn An", 2, FIRST_DAY + timedelta(days=31), "L5")
    assert world.reviews() == [("b.csv", 1, "withdrawn", "c.csv", 1)]


# Declared doses


EARLIER = {"declared_dose_number": 1, "declared_vaccine": "PFIZER", "declared_given_on": date(2021, 7, 1)}


def test_declared_dose_gives_way_and_comes_back(world: "World") -> None:
    world.send("U1", dose(2, 0, **EARLIER), name="a.csv")
    assert declared(world) == [(1, "PFIZER", date(2021, 7, 1), True, False)]

    world.send("U2", dose(1, -32, record_id="R1"), name="b.csv")
    assert declared(world) == [(1, "PFIZER", date(2021, 7, 1), False, False)]
    linked = "SELECT a.unit_code FROM registry.dose AS d JOIN registry.dose AS a ON d.superseded_by = a.dose_id"
    assert world._select(linked) == [("U2",)]

    world.send("U2", withdrawal("R1"), name="c.csv")
    assert declared(world) == [(1, "PFIZER", date(2021, 7, 1), True, False)]
    assert [change for change, *_ in world.history()] == ["restored", "superseded", "voided"]


def test_declared_dose_that_is_known_is_not_added(world: "World") -> None:
    world.send("U2", dose(1, -32))

    assert told(world.send("U1", dose(2, 0, **EARLIER), name="b.csv")) == [("loaded", set())]
    assert declared(world) == []


def test_two_units_declare_the_same_dose_once(world: "World") -> None:
    world.send("U1", dose(2, 0, **EARLIER))
    world.send("U2", dose(3, 100, **{**EARLIER, "declared_given_on": date(2021, 7, 3)}), name="b.csv")

    assert declared(world) == [(1, "PFIZER", date(2021, 7, 1), True, False)]


def test_faulty_declaration_loses_no_dose(world: "World") -> None:
    verdicts = world.send("U1", dose(2, 0, **EARLIER, rules=("declared.invalid",)))

    assert verdicts[0].outcome == "loaded"
    assert declared(world) == []


def test_declared_dose_is_an_earlier_one_for_time_and_series(world: "World") -> None:
    verdicts = world.send("U1", dose(2, 0, **{**EARLIER, "declared_given_on": FIRST_DAY - timedelta(days=5)}))

    assert verdicts[0].values == {"record.interval_short": {"days": 5}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"lot_number": "L2"}, [(1, "PFIZER", date(2021, 7, 1), True, False)]),
        (
            {"declared_given_on": date(2021, 7, 2)},
            [(1, "PFIZER", date(2021, 7, 1), False, True), (1, "PFIZER", date(2021, 7, 2), True, False)],
        ),
        ({"given_on": date(2021, 6, 1)}, [(1, "PFIZER", date(2021, 7, 1), False, True)]),
        (
            {"emptied": ("declared_dose_number", "declared_vaccine", "declared_given_on")},
            [(1, "PFIZER", date(2021, 7, 1), False, True)],
        ),
    ],
)
def test_correction_of_a_record_corrects_its_declaration(world: "World", changes: dict, expected: list) -> None:
    world.send("U1", dose(2, 0, record_id="R1", **EARLIER))

    (verdict,) = world.send("U1", change("R1", **changes), name="b.csv")

    assert verdict.outcome == "updated"
    assert ("declared.invalid" in verdict.rules) == ("given_on" in changes)
    assert declared(world) == expected


def test_withdrawn_record_takes_its_declaration_along(world: "World") -> None:
    world.send("U1", dose(2, 0, record_id="R1", **EARLIER))

    world.send("U1", withdrawal("R1"), name="b.csv")

    assert declared(world) == [(1, "PFIZER", date(2021, 7, 1), False, True)]


def test_dose_that_takes_the_declared_number_by_a_correction(world: "World") -> None:
    world.send("U1", dose(2, 0, **EARLIER))
    world.send("U2", dose(3, -32, record_id="R1"), name="b.csv")

    world.send("U2", change("R1", dose_number=1), name="c.csv")
    assert declared(world) == [(1, "PFIZER", date(2021, 7, 1), False, False)]

    world.send("U2", change("R1", dose_number=3), name="d.csv")
    assert declared(world) == [(1, "PFIZER", date(2021, 7, 1), True, False)]


# Across files of one batch


@pytest.mark.parametrize("changes", [{"lot_number": "L2"}, {"given_on": FIRST_DAY + timedelta(days=9)}])
@pytest.mark.parametrize("ids", [("R1", "R2"), ("R7", "R8"), (None, None)])
def test_files_of_a_batch_apply_in_order(world: "World", ids: tuple, changes: dict) -> None:
    answers = world.apply(
        [
            upload("U1", dose(record_id="R1"), row(**BINH, record_id="R2"), name="a.csv"),
            upload("U1", change("R1", **changes), withdrawal("R2"), name="b.csv"),
            upload("U1", listed(dose(record_id=ids[0])), listed(row(**BINH, record_id=ids[1])), name="c.csv"),
        ]
    )

    assert [told(answer) for answer in answers] == [
        [("loaded", set()), ("loaded", set())],
        [("updated", set()), ("voided", set())],
        [("duplicate", {"record.stale"}), ("held", {"record.voided_before"})],
    ]


# What was known on a day


def test_past_days_tell_what_was_known_then(world: "World") -> None:
    """Moved, withdrawn and moved again: the figures of each day stay as they were at its end."""
    days = [date(2021, 12, day) for day in (1, 2, 3, 4)]
    sent = [
        [dose(record_id="R1"), dose(2, 30, record_id="R2")],
        [change("R1", given_on=FIRST_DAY + timedelta(days=1)), change("R2", vaccine="AZ")],
        [change("R1", given_on=FIRST_DAY + timedelta(days=2), lot_number="L2"), withdrawal("R2")],
        [change("R1", full_name="Nguyễn Văn Anh"), dose(2, 30, record_id="R2")],
    ]
    for day, rows in zip(days, sent, strict=True):
        world.as_of(day)
        world.send("U1", *rows, name=f"{day}.csv")

    second = FIRST_DAY + timedelta(days=30)
    assert [world.entered(day) for day in days] == [
        [(FIRST_DAY, "PFIZER", 1, 1), (second, "PFIZER", 2, 1)],
        [(FIRST_DAY + timedelta(days=1), "PFIZER", 1, 1), (second, "AZ", 2, 1)],
        [(FIRST_DAY + timedelta(days=2), "PFIZER", 1, 1)],
        [(FIRST_DAY + timedelta(days=2), "PFIZER", 1, 1), (second, "PFIZER", 2, 1)],
    ]
