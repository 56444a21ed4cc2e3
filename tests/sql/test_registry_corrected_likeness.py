"""Updates after which a record may speak of somebody else who is registered, though no key says so."""

from typing import TYPE_CHECKING, Any

import pytest

from .registry_world import Verdict, change, row, upload, withdrawal
from .test_registry_likeness import CCCD, HANH, OTHER_CCCD, PHONE, SECOND

if TYPE_CHECKING:
    from .registry_world import World

# Whom a line of U1 was entered for by mistake.
DUNG = {"full_name": "Trần Mỹ Dung", "sex": "female", "birth": "1985-11-30", "district_code": "760"}
DUNG_NUMBER = "079185005678"


def names(world: "World") -> list[tuple[str, int]]:
    """Each dose in effect: whose, and its number."""
    return world._select(
        "SELECT p.full_name, d.dose_number FROM registry.dose AS d JOIN registry.person AS p USING (person_id)"
        " WHERE d.voided_at IS NULL AND d.superseded_by IS NULL"
    )


def corrected(world: "World", known: dict[str, Any], told: dict[str, Any], **wrong: Any) -> Verdict:
    """What comes of an update of a record, entered for somebody else by mistake, beside somebody who is known."""
    world.send("U2", row(**HANH | known))
    assert world.send("U1", row(**DUNG | wrong, record_id="7", **SECOND), name="b.csv")[0].outcome == "loaded"
    (verdict,) = world.send("U1", change("7", **told), name="c.csv")
    return verdict


@pytest.mark.parametrize(
    ("known", "told", "expected"),
    [
        pytest.param({"phone": PHONE}, {"phone": PHONE, "birth": "1990-07-05"}, "same", id="day and month swapped"),
        pytest.param({"phone": PHONE}, {"phone": PHONE, "full_name": "Phan Hạnh"}, "same", id="no middle name"),
        pytest.param({"phone": PHONE}, {"phone": "0912987654", "ward": None}, "held", id="another phone"),
        pytest.param({"phone": PHONE}, {"phone": PHONE, "birth": "1990", "ward": None}, "held", id="only the year"),
        pytest.param({}, {"birth": "1990-05-08"}, "new", id="neighbour of the same name"),
        pytest.param({"phone": PHONE}, {"phone": PHONE, "full_name": "Phan Thị Ngọc Lan"}, "new", id="twin"),
        pytest.param({"national_id": CCCD}, {"national_id": OTHER_CCCD}, "new", id="other numbers"),
    ],
)
def test_record_of_a_wrong_person_goes_to_whom_it_then_resembles(
    world: "World", known: dict, told: dict, expected: str
) -> None:
    """As a new row with the same particulars would."""
    verdict = corrected(world, known, HANH | told)

    if expected == "held":
        rules = {rule for rule in verdict.rules if rule.startswith("record.")}
        assert (verdict.outcome, rules) == ("held", {"record.possible_match"})
        assert verdict.review == {"record.possible_match": (("phan thi ngoc hanh 1990-05-07",), ())}
        assert world.count("registry.review_candidate") == 1
        assert names(world) == [("Phan Thị Ngọc Hạnh", 1), ("Trần Mỹ Dung", 2)]
        return
    assert verdict.outcome == "updated"
    name = HANH["full_name"] if expected == "same" else told.get("full_name", HANH["full_name"])
    assert sorted(names(world)) == sorted([(HANH["full_name"], 1), (name, 2)])
    of_known = world._select("SELECT count(*) FROM registry.dose GROUP BY person_id ORDER BY 1")
    assert of_known == ([(2,)] if expected == "same" else [(1,), (1,)])


def test_why_a_corrected_record_was_taken_for_somebody_is_kept(world: "World") -> None:
    corrected(world, {"phone": PHONE}, HANH | {"phone": PHONE, "birth": "1990-07-05"})

    ((levels, upload_id),) = world._select("SELECT levels ->> 'birth', upload_id FROM registry.match_decision")
    assert (levels, upload_id) == ("swapped", world._select("SELECT max(upload_id) FROM intake.upload")[0][0])


def apart(world: "World") -> None:
    """Two neighbours of one name and birth date, each with a number: U1's record 7 is the second one's."""
    world.send("U2", row(**HANH, national_id=CCCD))
    sent = row(**HANH | {"national_id": OTHER_CCCD}, record_id="7", **SECOND)
    assert world.send("U1", sent, name="b.csv")[0].outcome == "loaded"
    assert world.count("registry.person") == 2


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"full_name": "Phan Thị Ngọc Hanh"}, id="spelling"),
        pytest.param({"full_name": "Phan Ngọc Hạnh"}, id="part of the middle name"),
        pytest.param({"phone": PHONE}, id="phone"),
        pytest.param({"birth": "1990-07-05"}, id="day and month swapped"),
        pytest.param({"national_id": "079190777888"}, id="the number, into one that nobody has"),
    ],
)
def test_correction_that_stays_most_like_the_person_so_far_asks_nobody(world: "World", told: dict) -> None:
    apart(world)
    (verdict,) = world.send("U1", change("7", **told), name="c.csv")

    assert verdict.outcome == "updated"
    assert world.count("registry.review") == 0
    assert world._select("SELECT count(*) FROM registry.dose GROUP BY person_id") == [(1,), (1,)]


def test_number_that_is_corrected_into_one_like_anothers_joins_the_two(world: "World") -> None:
    """But for two digits that are turned nothing tells them apart any more."""
    apart(world)

    (verdict,) = world.send("U1", change("7", national_id="079190002134"), name="c.csv")

    assert verdict.outcome == "updated"
    assert world._select("SELECT count(*) FROM registry.dose GROUP BY person_id") == [(2,)]


def test_number_that_is_replaced_says_nothing_against_the_person_so_far(world: "World") -> None:
    """A number was typed wrong altogether: the record is still more like its person than like the namesake."""
    world.send("U2", row(**HANH | {"ward": None, "phone": "0912987654", "birth": "1990-05-08"}))
    world.send("U1", row(**HANH, phone=PHONE, national_id=CCCD, record_id="7", **SECOND), name="b.csv")

    (verdict,) = world.send("U1", change("7", national_id=OTHER_CCCD), name="c.csv")

    assert verdict.outcome == "updated"
    numbers = world._select("SELECT value FROM registry.person_identifier")
    assert numbers == [(OTHER_CCCD,)]


def test_withdrawal_asks_nobody(world: "World") -> None:
    world.send("U2", row(**HANH, phone=PHONE))
    world.send("U1", row(**DUNG, record_id="7", **SECOND), name="b.csv")

    (verdict,) = world.send("U1", withdrawal("7", **HANH, phone="0912987654"), name="c.csv")

    assert verdict.outcome == "voided"


def test_held_correction_that_is_sent_again_is_one_question(world: "World") -> None:
    told = HANH | {"phone": "0912987654", "ward": None}
    assert corrected(world, {"phone": PHONE}, told).outcome == "held"

    (again,) = world.send("U1", change("7", **told), name="d.csv")

    assert again.outcome == "held"
    assert world._select("SELECT count(*) FROM registry.review WHERE status = 'open'") == [(1,)]


def test_held_correction_that_is_sent_right_is_applied(world: "World") -> None:
    assert corrected(world, {"phone": PHONE}, HANH | {"phone": "0912987654", "ward": None}).outcome == "held"

    (right,) = world.send("U1", change("7", **HANH | {"phone": PHONE}), name="d.csv")

    assert right.outcome == "updated"
    assert world._select("SELECT count(*) FROM registry.review WHERE status = 'open'") == [(0,)]
    assert world.count("registry.person") == 2
    assert [name for name, _ in names(world)] == ["Phan Thị Ngọc Hạnh"] * 2


def test_corrected_records_that_resemble_each_other_end_like_one_file_after_the_other(world: "World") -> None:
    """What the first correction makes, the second may be; nobody else is registered by then."""
    wrong = [
        row(**DUNG, record_id="7", **SECOND),
        row(**DUNG | {"full_name": "Võ Thị Sáu", "birth": "1971-02-20"}, record_id="8"),
        row(**DUNG | {"full_name": "Lý Cẩm Tú", "birth": "1962-09-14"}, record_id="9"),
    ]
    files = [
        upload("U1", *wrong, name="a.csv"),
        upload("U1", change("7", **HANH, phone=PHONE), name="b.csv"),
        upload("U1", change("8", **HANH | {"birth": "1990-07-05", "phone": PHONE}), name="c.csv"),
        upload("U1", change("9", **HANH | {"phone": "0912987654", "ward": None}), name="d.csv"),
    ]
    by_file = world.apply_one_by_one(files)
    state = world.persons(), world.doses(), world.reviews()

    world.forget()
    assert world.apply(files) == by_file
    assert (world.persons(), world.doses(), world.reviews()) == state
    assert [verdict.outcome for answer in by_file[1:] for verdict in answer] == ["updated", "updated", "held"]


def test_correction_of_a_person_whom_others_entered_too(world: "World") -> None:
    """It contradicts what others say; whom the record resembles now is asked, not only whom it was about."""
    world.send("U2", row(**HANH, phone=PHONE))
    world.send("U3", row(**DUNG, national_id=DUNG_NUMBER), name="c.csv")
    world.send("U1", row(**DUNG, national_id=DUNG_NUMBER, record_id="7", **SECOND), name="b.csv")

    told = change("7", **HANH | {"phone": "0912987654", "ward": None, "national_id": OTHER_CCCD})
    (verdict,) = world.send("U1", told, name="d.csv")

    assert verdict.review == {"record.possible_match": (("phan thi ngoc hanh 1990-05-07",), ())}
