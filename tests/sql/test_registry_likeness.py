"""Whom a row resembles that no key leads to anybody: certain, held for review, or somebody new."""

import json
from datetime import date, timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .registry_world import Verdict, row, upload

if TYPE_CHECKING:
    from .registry_world import World

HOME = {"district_code": "760", "ward": "Phường Bến Nghé"}
CCCD, OTHER_CCCD = "079190001234", "079190987654"
CMND, OTHER_CMND = "024123456", "025987321"
PHONE = "0903123456"
# Somebody whose name is neither the commonest nor rare.
HANH = {"full_name": "Phan Thị Ngọc Hạnh", "sex": "female", "birth": "1990-05-07", **HOME}
SECOND = {"dose_number": 2, "given_on": date(2021, 9, 6)}


def met(world: "World", known: dict[str, Any], later: dict[str, Any]) -> str:
    """What comes of a row that meets one person: same, held or new."""
    assert world.send("U1", row(**known))[0].outcome == "loaded"
    (verdict,) = world.send("U2", row(**later, **SECOND), name="b.csv")
    if verdict.outcome == "held":
        if later.get("national_id") == known.get("national_id", "none"):
            assert verdict.rules == {"record.identity_conflict"}
            return "held"
        assert verdict.rules == {"record.possible_match"}
        assert world.count("registry.review_candidate") == 1
        return "held"
    assert verdict.outcome == "loaded"
    return {1: "same", 2: "new"}[world.count("registry.person")]


@pytest.mark.parametrize(
    ("known", "later", "expected"),
    [
        pytest.param({"phone": PHONE}, {"phone": PHONE, "birth": "1990-07-05"}, "same", id="day and month swapped"),
        pytest.param({"phone": PHONE}, {"phone": PHONE, "birth": "1991-05-07"}, "same", id="one digit of the year"),
        pytest.param(
            {"phone": PHONE}, {"phone": PHONE, "full_name": "Hạnh Phan Thị Ngọc"}, "same", id="given name first"
        ),
        pytest.param({"phone": PHONE}, {"phone": PHONE, "full_name": "Phan Hạnh"}, "same", id="no middle name"),
        pytest.param(
            {"phone": PHONE}, {"phone": PHONE, "full_name": "Phan Ngọc Hạnh"}, "same", id="part of the middle"
        ),
        pytest.param(
            {"phone": PHONE}, {"phone": PHONE, "full_name": "Pham Thị Ngọc Hạnh"}, "same", id="family mistyped"
        ),
        pytest.param(
            {"phone": PHONE}, {"phone": PHONE, "full_name": "Phan Thị NgọcHạnh"}, "same", id="words run together"
        ),
        pytest.param({"national_id": CCCD}, {"national_id": "079190001235"}, "same", id="one digit of the number"),
        pytest.param({"national_id": CCCD}, {"national_id": "079190002134"}, "same", id="two digits transposed"),
        pytest.param({"national_id": CCCD}, {}, "same", id="number left out, same ward"),
        pytest.param({"phone": PHONE}, {"phone": PHONE, "birth": "1990", "ward": None}, "held", id="only the year"),
        pytest.param(
            {"national_id": CCCD},
            {"national_id": "079190001235", "full_name": "Phann Thị Ngọc Hạnh"},
            "same",
            id="one letter of the family name, one digit of the number",
        ),
        pytest.param(
            {"national_id": CCCD},
            {"national_id": CCCD, "full_name": "Phan Thị Ngoc Hạnhh", "birth": "1990-05-08", "address": None},
            "held",
            id="given name and birth date mistyped, the number right",
        ),
        pytest.param(
            {"national_id": CCCD},
            {"national_id": CCCD, "full_name": "Pham Thị Ngọc Hạnh", "birth": "1990-07-05"},
            "same",
            id="one letter of the name and birth date swapped, the number right",
        ),
        pytest.param(
            {"national_id": CMND, "address": "12 Lê Lợi"},
            {"national_id": OTHER_CMND, "address": "12 Lê Lợi"},
            "same",
            id="another CMND, one address",
        ),
        pytest.param({"national_id": CMND}, {"national_id": OTHER_CMND}, "new", id="another CMND, one ward"),
        pytest.param(
            {"national_id": CCCD, "address": "12 Lê Lợi"},
            {"national_id": OTHER_CCCD, "address": "12 Lê Lợi"},
            "new",
            id="another CCCD, which is for life",
        ),
        pytest.param({}, {"birth": "1990"}, "held", id="only the year, nothing but the ward"),
        pytest.param({"phone": PHONE}, {"phone": "0912987654", "ward": None}, "held", id="another phone"),
        pytest.param(
            {"phone": PHONE}, {"phone": PHONE, "full_name": "Phan Thị Ngọc Hành Vy"}, "new", id="another given name"
        ),
    ],
)
def test_one_slip_does_not_make_two_people(world: "World", known: dict, later: dict, expected: str) -> None:
    assert met(world, HANH | known, HANH | later) == expected


@pytest.mark.parametrize(
    ("known", "other"),
    [
        pytest.param({}, {"birth": "1990-05-08"}, id="neighbour of the same name"),
        pytest.param({"national_id": CCCD}, {"national_id": OTHER_CCCD}, id="same name and birth date, other numbers"),
        pytest.param({"phone": PHONE}, {"phone": PHONE, "full_name": "Phan Thị Ngọc Lan"}, id="twin without a number"),
        pytest.param(
            {"national_id": CCCD, "phone": PHONE},
            {"national_id": "079190001235", "phone": PHONE, "full_name": "Phan Thị Ngọc Lan"},
            id="twins with numbers side by side",
        ),
        pytest.param(
            {"phone": PHONE, "birth": "1965-02-01"}, {"phone": PHONE}, id="mother and daughter of one name and phone"
        ),
    ],
)
def test_relatives_and_namesakes_stay_apart(world: "World", known: dict, other: dict) -> None:
    assert met(world, HANH | known, HANH | other) == "new"


def test_twins_whose_names_look_alike_are_never_merged_by_likeness(world: "World") -> None:
    twin = HANH | {"full_name": "Phan Thị Ngọc Hanh", "national_id": CCCD, "phone": PHONE}
    other = HANH | {"full_name": "Phan Thị Ngọc Hoanh", "national_id": "079190001235", "phone": PHONE}

    assert met(world, twin, other) == "held"


@pytest.mark.parametrize(("given", "typed", "expected"), [("Isabelle", "Isabele", "same"), ("Hayden", "Hayen", "held")])
def test_one_letter_of_a_long_given_name_is_a_slip(world: "World", given: str, typed: str, expected: str) -> None:
    """No Vietnamese given name has seven letters, and short ones are a letter apart in twins."""
    known = HANH | {"phone": PHONE}
    assert met(world, known | {"full_name": f"Dubois {given}"}, known | {"full_name": f"Dubois {typed}"}) == expected


@pytest.mark.parametrize(
    ("known", "later", "expected"),
    [
        pytest.param("Phan Ngọc Hạnh", "Phan Ngọc Hành", "held", id="other diacritics"),
        pytest.param("Phan Ngọc Hạnh", "PHAN NGOC HANH", "same", id="none on the list"),
        pytest.param("Phan Ngọc Hạnh", "Phan Ngoc Hạnh", "same", id="some left out"),
        pytest.param("Phan Ngọc Hòa", "Phan Ngọc Hoà", "same", id="tone on the other vowel"),
    ],
)
@pytest.mark.parametrize("phone", [PHONE, None])
def test_given_names_with_other_diacritics_are_held(
    world: "World", phone: str | None, known: str, later: str, expected: str
) -> None:
    """Twins Hùng and Hưng, without numbers, on one phone or at one place; but most lists leave diacritics out."""
    both = HANH | {"phone": phone}
    assert met(world, both | {"full_name": known}, both | {"full_name": later}) == expected


def test_number_says_more_than_diacritics(world: "World") -> None:
    known = HANH | {"phone": PHONE, "national_id": CCCD}
    assert met(world, known, known | {"full_name": "Phan Thị Ngọc Hành"}) == "same"


def test_first_diacritics_of_a_person_count_whatever_files_are_packed_together(world: "World") -> None:
    """Known without, then with: who comes with others is held, in one batch as file by file."""
    both = HANH | {"phone": PHONE}
    files = [
        upload("U1", row(**(both | {"full_name": name}), dose_number=number, given_on=date(2021, 3 * number, 8)),
               name=f"{number}.csv")
        for number, name in enumerate(("PHAN THI NGOC HANH", "Phan Thị Ngọc Hạnh", "Phan Thị Ngọc Hành"), start=1)
    ]  # fmt: skip
    one_by_one = world.apply_one_by_one(files)
    assert [verdict.outcome for answer in one_by_one for verdict in answer] == ["loaded", "loaded", "held"]
    persons = world.persons()

    world.forget()
    assert world.apply(files) == one_by_one
    assert world.persons() == persons


SPELT = st.fixed_dictionaries(
    {
        "full_name": st.sampled_from(("Lê Văn Ân", "Lê Văn Ấn", "LE VAN AN")),
        "phone": st.sampled_from((PHONE, None)),
        "national_id": st.sampled_from((None, None, CCCD, OTHER_CCCD)),
        "dose_number": st.integers(1, 5),
    }
)


@given(files=st.lists(st.lists(SPELT, min_size=1, max_size=3), min_size=2, max_size=4))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_spellings_in_one_batch_end_like_one_file_after_the_other(
    world: "World", files: list[list[dict[str, Any]]]
) -> None:
    uploads = [
        upload(
            "U1",
            *[row(**HOME, **fields, given_on=date(2021, 2 * fields["dose_number"], 8)) for fields in rows],
            name=f"{number}.csv",
        )
        for number, rows in enumerate(files)
    ]
    world.forget()
    by_file = world.apply_one_by_one(uploads)
    after_files = world.persons(), world.doses(), world.history()

    world.forget()
    assert world.apply(uploads) == by_file
    assert (world.persons(), world.doses(), world.history()) == after_files


def test_later_row_does_not_overtake_an_earlier_one_that_waits(world: "World") -> None:
    """Two numbers for one person without: the first gets her, though its row waits for another one of that number."""

    def dose(number: int, **changes: Any) -> dict[str, Any]:
        return row(**HANH | changes, dose_number=number, given_on=date(2021, 2 * number, 8))

    phone = {"phone": PHONE, "national_id": OTHER_CCCD}
    files = [
        upload(
            "U1",
            dose(3),
            dose(1, full_name="PHAN THI NGOC HANH"),
            dose(4, full_name="Phan Thị Ngọc Hành", **phone),
            name="a.csv",
        ),
        upload("U1", dose(4, **phone), dose(2, full_name="PHAN THI NGOC HANH", national_id=CCCD), name="b.csv"),
    ]
    by_file = world.apply_one_by_one(files)
    state = world.persons(), world.doses()

    world.forget()
    assert world.apply(files) == by_file
    assert (world.persons(), world.doses()) == state
    assert [verdict.outcome for answer in by_file for verdict in answer] == ["loaded", "loaded", "held"] + [
        "loaded"
    ] * 2
    assert sorted(dose[4] for dose in state[1] if dose[0] == "phan thi ngoc hanh") == [1, 2, 3, 4]
    assert {(person[0], person[5]) for person in state[0]} == {
        ("Phan Thị Ngọc Hạnh", f"cccd {OTHER_CCCD} t"), ("PHAN THI NGOC HANH", f"cccd {CCCD} t")
    }  # fmt: skip


def test_two_persons_that_it_may_be_hold_it(world: "World") -> None:
    """Two neighbours of one name and birth date, each with a number; a row of one of them without."""
    world.send("U1", row(**HANH, national_id=CCCD), row(**HANH, national_id=OTHER_CCCD))

    (verdict,) = world.send("U1", row(**HANH, **SECOND), name="b.csv")

    assert (verdict.outcome, verdict.rules) == ("held", {"record.possible_match"})
    assert world.count("registry.review_candidate") == 2
    assert world.count("registry.person") == 2


def test_why_it_was_taken_for_somebody_is_kept(world: "World") -> None:
    met(world, HANH | {"phone": PHONE}, HANH | {"phone": PHONE, "birth": "1990-07-05"})

    ((score, levels, by),) = world._select("SELECT score, levels, decided_by FROM registry.match_decision")
    assert by == "matching"
    assert score >= 9
    assert levels == {
        "family": "equal", "middle": "equal", "given": "equal", "order": "same", "birth": "swapped", "sex": "equal",
        "number": "missing", "phone": "equal", "place": "ward",
    }  # fmt: skip


@pytest.mark.parametrize("slip", [{"birth": "1990-07-05"}, {"full_name": "Phan Hạnh"}])
def test_row_that_was_matched_is_known_when_it_is_sent_again(world: "World", slip: dict) -> None:
    """Also when somebody else has come in between whom it resembles as much."""
    sent = row(**(HANH | {"phone": PHONE} | slip), **SECOND)
    world.send("U1", row(**HANH, phone=PHONE))
    assert world.send("U2", sent, name="b.csv")[0].outcome == "loaded"
    world.send("U1", row(**(HANH | {"birth": "1990-05-06", "national_id": OTHER_CCCD}), phone=PHONE), name="c.csv")
    before = world.persons(), world.doses()

    assert world.send("U2", sent, name="b again.csv")[0].rules >= {"record.duplicate"}
    assert (world.persons(), world.doses()) == before


def test_number_that_came_later_is_known_when_it_is_mistyped(world: "World") -> None:
    """Another birthday, district and no phone: nothing but the number can tell."""
    world.send("U1", row(**HANH, national_id=CMND))
    world.send("U1", row(**HANH, national_id=CCCD, second_national_id=CMND), name="b.csv")
    elsewhere = HANH | {"birth": "1990-05-08", "district_code": "770", "ward": None}
    (verdict,) = world.send("U2", row(**elsewhere, national_id="079190001243", **SECOND), name="c.csv")
    assert verdict.outcome == "loaded"
    assert world.count("registry.person") == 1


def test_mistyped_number_does_not_become_the_persons(world: "World") -> None:
    """Its true owner comes later and is neither held nor merged."""
    met(world, HANH | {"national_id": CCCD}, HANH | {"national_id": "079190001235"})

    owner = {"full_name": "Trần Mỹ Dung", "sex": "female", "birth": "1990-11-30", "national_id": "079190001235"}
    assert world.send("U1", row(**owner), name="c.csv")[0].outcome == "loaded"
    assert world.count("registry.person") == 2


def test_mistyped_number_does_not_become_the_persons_when_it_comes_again(world: "World") -> None:
    """A later dose with the same particulars follows the decision, and brings no number either."""
    mistyped = HANH | {"national_id": "079190001235"}
    met(world, HANH | {"national_id": CCCD}, mistyped)
    third = row(**mistyped, dose_number=3, given_on=date(2021, 11, 6))
    assert world.send("U2", third, name="c.csv")[0].outcome == "loaded"

    assert world.count("registry.person") == 1
    assert world.count("registry.person_identifier") == 1


def test_spellings_of_one_name_do_not_make_a_number_a_crowds(world: "World") -> None:
    """Three spellings with one birth date: the number still says who it is."""
    for number, name in enumerate(("Phan Thị Ngọc Hạnh", "Phan Ngọc Hạnh", "Pham Thị Ngọc Hạnh", "Phan Thị Hạnk"), 1):
        sent = row(**(HANH | {"full_name": name, "ward": f"Phường {number}"}), national_id=CCCD, dose_number=number,
                   given_on=date(2021, 2 * number, 6))  # fmt: skip
        assert world.send("U1", sent, name=f"{number}.csv")[0].outcome == "loaded"
    assert world.count("registry.person") == 1


@pytest.mark.parametrize(("shared", "outcome"), [({}, "held"), ({"phone": PHONE}, "loaded")])
def test_number_and_birth_date_under_a_name_with_nothing_in_common(
    world: "World", shared: dict[str, Any], outcome: str
) -> None:
    """A line copied with the number of the one above, or a number of somebody born that day."""
    world.send("U1", row(**HANH, **shared, national_id=CMND))
    other = {"full_name": "Trần Mỹ Dung", "sex": "female", "birth": HANH["birth"], "national_id": CMND, **shared}

    (verdict,) = world.send("U2", row(**other, **SECOND), name="b.csv")

    assert verdict.outcome == outcome
    assert world.count("registry.person") == 1


def test_name_and_birth_date_alone_never_merge_however_rare(world: "World") -> None:
    rare = {"full_name": "Quàng Thị Ngọc Xuyến", "sex": "female", "birth": "1990-05-07"}
    assert (
        met(world, rare | {"national_id": CCCD, "district_code": None, "ward": None}, rare | {"phone": PHONE}) == "held"
    )


def test_person_that_must_not_be_is_no_candidate(world: "World") -> None:
    """A reviewer said so: the row sent again is somebody of its own."""
    later = row(**(HANH | {"phone": PHONE, "birth": "1990", "ward": None}), **SECOND)
    world.send("U1", row(**HANH, phone=PHONE))
    world.send("U2", later, name="b.csv")
    world.execute(
        "INSERT INTO registry.match_decision (identity_hash, person_id, is_same, upload_id, row_number, decided_by)"
        " SELECT md5(CAST(ROW(s.name_key, registry.given_marks(s.full_name), s.birth_date,"
        " s.birth_date_precision, s.sex, s.national_id_kind,"
        " s.national_id, s.second_national_id_kind, s.second_national_id, s.third_national_id_kind,"
        " s.third_national_id, s.health_insurance_key, s.phone, s.district_code, s.ward, CAST(NULL AS bigint)) AS"
        " text))::uuid, c.person_id, FALSE, r.upload_id, r.row_number, 'reviewer'"
        " FROM intake.row AS r JOIN registry.review AS v USING (upload_id, row_number)"
        " JOIN registry.review_candidate AS c USING (review_id)"
        " CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS intake.staged_row), r.canonical) AS s"
    )

    assert world.send("U2", later, name="b again.csv")[0].outcome == "loaded"
    assert world.count("registry.person") == 2


def _household(size: int) -> list[dict[str, Any]]:
    names = ("An", "Bảo", "Châu", "Dung", "Giang", "Hoa", "Khánh", "Lan", "Minh", "Nga", "Oanh")
    return [
        row(
            full_name=f"Lê Thị {names[number % 11]}", sex="female", phone=PHONE,
            birth=str(date(1960, 1, 1) + timedelta(days=397 * number)), **HOME,
        )
        for number in range(size)
    ]  # fmt: skip


def test_phone_of_more_than_20_persons_is_remarked_and_identifies_nobody(world: "World") -> None:
    many = _household(21)
    first = world.send("U1", *many[:20])
    assert not any(verdict.rules & {"phone.shared"} for verdict in first)

    (last,) = world.send("U1", many[20], name="b.csv")
    assert last.rules == {"phone.shared"}
    assert last.outcome == "loaded"

    # from now on it finds nobody: a bare year with it is somebody new, not held
    (other,) = world.send("U1", many[0] | {"district_code": "769", "ward": None} | SECOND, name="c.csv")
    assert other.outcome == "loaded"
    assert world.count("registry.person") == 22
    again = [world.send("U1", fields, name=f"{number}.csv")[0] for number, fields in enumerate(many[:3])]
    assert {verdict.outcome for verdict in again} == {"duplicate"}


def _outcome(verdicts: list[list[Verdict]]) -> list[str]:
    return sorted(verdict.outcome for answer in verdicts for verdict in answer)


@pytest.mark.parametrize(
    "slips",
    [
        pytest.param([{}, {"national_id": CCCD}, {"phone": PHONE}], id="number, phone and neither"),
        pytest.param(
            [{"phone": PHONE}, {"phone": PHONE, "birth": "1990-07-05"}, {"phone": PHONE, "full_name": "Phan Hạnh"}],
            id="slips",
        ),
    ],
)
def test_order_of_files_does_not_change_who_is_who(world: "World", slips: list[dict[str, Any]]) -> None:
    """One person in three files: one person, however they come, one by one or at once."""
    files = [
        upload("U1", row(**(HANH | slip), dose_number=number, given_on=date(2021, 3 * number, 8)), name=f"{number}.csv")
        for number, slip in enumerate(slips, start=1)
    ]
    for ordered in permutations(files):
        world.forget()
        by_file = world.apply_one_by_one(ordered)
        persons = world.persons()
        assert _outcome(by_file) == ["loaded"] * 3
        assert len(persons) == 1

        world.forget()
        assert world.apply(list(ordered)) == by_file
        assert world.persons() == persons


def test_candidates_and_levels_stand_with_the_review(world: "World") -> None:
    met(world, HANH | {"phone": PHONE}, HANH | {"phone": PHONE, "birth": "1990", "ward": None})

    ((score, levels),) = world._select(
        "SELECT c.score, c.levels FROM registry.review_candidate AS c"
        " JOIN registry.review AS v USING (review_id) WHERE c.person_id = ANY(v.candidate_person_ids)"
    )
    assert score >= 6
    assert json.dumps(levels).count("equal") == 5
    assert (levels["birth"], levels["place"]) == ("year", "district")
