"""Who a row is about: numbers, then name with birth date and phone, then what is known of people without either."""

from datetime import date
from typing import TYPE_CHECKING

import pytest

from .registry_world import Verdict, row, upload

if TYPE_CHECKING:
    from .registry_world import World

BINH = {"full_name": "Trần Thị Bình", "sex": "female", "birth": "1985-11-03"}
CUONG = {"full_name": "Lê Quốc Cường", "birth": "1962-02-27"}
DUNG = {"full_name": "Phạm Anh Dũng", "birth": "1975-09-09"}

CCCD, OTHER_CCCD = "079090001234", "079085004321"
CMND = "024123456"
CARD, OTHER_CARD = "DN4790123456789", "GD4790987654321"
PHONE, OTHER_PHONE = "0903123456", "0912987654"

SECOND = {"dose_number": 2, "given_on": date(2021, 9, 6)}
THIRD = {"dose_number": 3, "given_on": date(2021, 12, 20)}


def outcomes(verdicts: list[Verdict]) -> list[str]:
    return [verdict.outcome for verdict in verdicts]


def persons_after(world: "World", *rows: dict) -> int:
    """How many persons stand for these rows, each sent in a file of its own; all must be loaded."""
    for number, fields in enumerate(rows):
        assert world.send("U1", fields, name=f"{number}.csv")[0].outcome == "loaded"
    return world.count("registry.person")


def test_first_row_makes_a_person_with_trusted_numbers(world: "World") -> None:
    world.send("U1", row(national_id=CCCD, second_national_id=CMND, health_insurance_no=CARD, phone=PHONE))

    assert world.persons() == [
        (
            "Nguyễn Văn An",
            "male",
            date(1990, 5, 17),
            "day",
            PHONE,
            f"cccd {CCCD} t, cmnd {CMND} t, health_insurance {CARD[-10:]} t",
        )
    ]


@pytest.mark.parametrize("number", ["national_id", "health_insurance_no"])
@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        pytest.param({}, {}, id="all agrees"),
        pytest.param({}, {"full_name": "NGUYEN VAN AN"}, id="name without marks"),
        pytest.param({}, {"full_name": "Nguyễn Văn Anh"}, id="another name, same birth date"),
        pytest.param({}, {"birth": "1991-05-17"}, id="same name, another birth date"),
        pytest.param({}, {"full_name": "Nguyễn Văn Anh", "birth": "1990"}, id="year that holds the day"),
        pytest.param({}, {"full_name": "Nguyễn Văn Anh", "birth": "1990-05"}, id="month that holds the day"),
        pytest.param({"birth": "1990"}, {"full_name": "Nguyễn Văn Anh"}, id="day within the year"),
        pytest.param(
            {"birth": "1990"}, {"full_name": "Nguyễn Văn Anh", "birth": "1990-12"}, id="month within the year"
        ),
    ],
)
def test_number_finds_its_holder(world: "World", number: str, earlier: dict, later: dict) -> None:
    value = {"national_id": CCCD, "health_insurance_no": CARD}[number]

    assert persons_after(world, row(**{number: value}, **earlier), row(**{number: value}, **later, **SECOND)) == 1


def test_insurance_number_is_compared_on_its_last_ten_digits(world: "World") -> None:
    assert persons_after(world, row(health_insurance_no=CARD), row(health_insurance_no=CARD[-10:], **SECOND)) == 1


def test_second_national_id_finds_its_holder(world: "World") -> None:
    both = row(national_id=CCCD, second_national_id=CMND)

    assert persons_after(world, both, row(national_id=CMND, birth="1990", **SECOND)) == 1


def test_each_of_three_numbers_finds_their_holder(world: "World") -> None:
    three = row(national_id=CCCD, second_national_id=CMND, third_national_id="B1234567")

    assert persons_after(world, three, row(national_id="B1234567", birth="1990", **SECOND)) == 1


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(BINH, id="another day"),
        pytest.param(BINH | {"birth": "1985"}, id="another year"),
        pytest.param(BINH | {"birth": "1990-06"}, id="another month of the year"),
    ],
)
def test_national_id_of_somebody_else_is_held(world: "World", other: dict) -> None:
    world.send("U1", row(national_id=CCCD))

    (verdict,) = world.send("U2", row(**other, national_id=CCCD), name="b.csv")

    assert verdict.outcome == "held"
    assert verdict.rules == {"record.identity_conflict"}
    assert verdict.review["record.identity_conflict"][0] == ("nguyen van an 1990-05-17",)
    assert len(world.persons()) == len(world.doses()) == 1


def test_held_row_makes_neither_person_nor_dose_nor_number(world: "World") -> None:
    world.send("U1", row(national_id=CCCD))
    before = world.persons(), world.doses()

    world.send("U1", row(**BINH, national_id=CCCD, health_insurance_no=CARD, phone=PHONE), name="b.csv")
    assert (world.persons(), world.doses()) == before

    # nor does it stand in the way of the person it was about
    assert outcomes(world.send("U1", row(**BINH, health_insurance_no=CARD), name="c.csv")) == ["loaded"]


def test_insurance_number_of_somebody_else_neither_finds_nor_holds(world: "World") -> None:
    assert persons_after(world, row(health_insurance_no=CARD), row(**BINH, health_insurance_no=CARD)) == 2

    trusted = [f"health_insurance {CARD[-10:]} t" in person[-1] for person in world.persons()]
    assert sorted(trusted) == [False, True], "one number has one trusted holder"
    assert world.persons()[0][0] == "Nguyễn Văn An"
    assert trusted[0], "the first holder stays"


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param({"national_id": CCCD, "health_insurance_no": CARD}, id="national id and insurance"),
        pytest.param({"national_id": CCCD, "second_national_id": CMND}, id="two national ids"),
    ],
)
def test_two_numbers_of_two_persons_are_held(world: "World", numbers: dict) -> None:
    other = {name: value for name, value in numbers.items() if name != "national_id"}
    world.send("U1", row(national_id=CCCD))
    # the same name, or the second number would not speak for its holder
    world.send("U1", row(birth="1977-01-01", **other), name="b.csv")

    (verdict,) = world.send("U1", row(**numbers, **SECOND), name="c.csv")

    assert (verdict.outcome, verdict.rules) == ("held", {"record.identity_conflict"})
    assert verdict.review["record.identity_conflict"][0] == ("nguyen van an 1977-01-01", "nguyen van an 1990-05-17")


def test_one_number_of_somebody_else_does_not_hide_behind_a_right_one(world: "World") -> None:
    """The CMND's holder agrees in nothing: held, though the CCCD finds its person."""
    world.send("U1", row(national_id=CCCD), row(**BINH, national_id=CMND))

    (verdict,) = world.send("U1", row(national_id=CCCD, second_national_id=CMND, **SECOND), name="b.csv")

    assert (verdict.outcome, verdict.rules) == ("held", {"record.identity_conflict"})


def test_an_identity_and_an_insurance_number_of_two_people_hold_the_row(world: "World") -> None:
    world.send("U1", row(national_id=CCCD), row(**BINH, health_insurance_no=CARD))

    (verdict,) = world.send("U1", row(national_id=CCCD, health_insurance_no=CARD, **SECOND), name="b.csv")

    assert (verdict.outcome, verdict.rules) == ("held", {"record.identity_conflict"})
    assert len(world.persons()) == 2


def test_people_that_a_shared_number_keeps_apart_are_found_within_a_file(world: "World") -> None:
    """Two rows of one person on a number that merges nobody: both agree with each other, so they are one."""
    crowd = [row(national_id=CCCD, birth=birth) for birth in ("1990-05-17", "1991-05-17")]
    same = [row(national_id=CCCD, birth="1992-05-17"), row(national_id=CCCD, birth="1992-05-17", phone=PHONE, **SECOND)]

    assert outcomes(world.send("U1", *crowd, *same)) == ["loaded"] * 4
    assert len(world.persons()) == 3


def test_person_found_while_a_number_was_trusted_is_found_again_when_it_is_shared(world: "World") -> None:
    files = [row(national_id=CCCD, birth=birth) for birth in ("1990-05-17", "1991-05-17", "1992-05-17")]
    for number, fields in enumerate(files):
        world.send("U1", fields, name=f"{number}.csv")
    before = world.persons(), world.doses()

    again = [world.send("U1", fields, name=f"again {number}.csv")[0] for number, fields in enumerate(files)]

    assert {verdict.outcome for verdict in again} == {"duplicate"}
    assert (world.persons(), world.doses()) == before


@pytest.mark.parametrize("rule", ["national_id.sex_mismatch", "national_id.birth_year_mismatch"])
@pytest.mark.parametrize(
    ("later", "persons"),
    [
        pytest.param({}, 1, id="name and birth date agree"),
        pytest.param({"birth": "1991-05-17"}, 2, id="only the name agrees"),
        pytest.param({"full_name": "Nguyễn Văn Anh"}, 2, id="only the birth date agrees"),
    ],
)
def test_number_that_contradicts_its_row_finds_only_full_agreement(
    world: "World", rule: str, later: dict, persons: int
) -> None:
    assert (
        persons_after(world, row(national_id=CCCD), row(national_id=CCCD, rules=[rule], **later, **SECOND)) == persons
    )


@pytest.mark.parametrize("rule", ["national_id.sex_mismatch", "national_id.birth_year_mismatch"])
def test_number_first_sent_by_a_row_it_contradicts_is_not_trusted(world: "World", rule: str) -> None:
    doubtful = row(national_id=CCCD, rules=[rule])

    assert persons_after(world, doubtful, row(national_id=CCCD, birth="1991-05-17", **SECOND)) == 2
    assert f"cccd {CCCD} f" in world.persons()[0][-1]


def test_doubt_about_a_national_id_does_not_touch_the_insurance_number(world: "World") -> None:
    doubtful = row(national_id=CCCD, health_insurance_no=CARD, rules=["national_id.sex_mismatch"])

    assert persons_after(world, doubtful, row(health_insurance_no=CARD, birth="1991-05-17", **SECOND)) == 1


def test_number_shared_by_three_persons_of_a_file_merges_nobody(world: "World") -> None:
    births = ("1990-05-17", "1991-05-17", "1992-05-17")

    verdicts = world.send("U1", *(row(national_id=CCCD, birth=birth) for birth in births))

    assert outcomes(verdicts) == ["loaded"] * 3
    assert [person[2].year for person in world.persons()] == [1990, 1991, 1992]


def test_number_shared_by_two_persons_of_a_file_still_merges(world: "World") -> None:
    world.send("U1", row(national_id=CCCD), row(national_id=CCCD, birth="1991-05-17", **SECOND))

    assert len(world.persons()) == 1


@pytest.mark.parametrize("again", ["1990", "1990-05", "1990-05-18"])
def test_one_person_with_two_forms_of_a_birth_date_counts_once(world: "World", again: str) -> None:
    world.send("U1", row(national_id=CCCD))
    world.send("U1", row(national_id=CCCD, birth=again, **SECOND), name="b.csv")
    world.send("U1", row(national_id=CCCD, full_name="Nguyễn Văn Anh", **THIRD), name="c.csv")

    assert len(world.persons()) == 1


def test_third_person_on_a_number_is_one_of_its_own_and_later_files_do_not_count(world: "World") -> None:
    world.send("U1", row(national_id=CCCD), row(national_id=CCCD, birth="1991-05-17", **SECOND))
    world.send("U1", row(national_id=CCCD, birth="1992-05-17", **THIRD), name="b.csv")

    assert [person[2].year for person in world.persons()] == [1990, 1992]


def test_shared_number_still_finds_full_agreement(world: "World") -> None:
    births = ("1990-05-17", "1991-05-17", "1992-05-17")
    world.send("U1", *(row(national_id=CCCD, birth=birth) for birth in births))

    world.send("U1", *(row(national_id=CCCD, birth=birth, **SECOND) for birth in births), name="b.csv")

    assert len(world.persons()) == 3
    assert len(world.doses()) == 6


def test_shared_insurance_number_merges_nobody(world: "World") -> None:
    everybody = [row(health_insurance_no=CARD, **who) for who in ({}, BINH, CUONG, {"birth": "1991-05-17"})]

    assert outcomes(world.send("U1", *everybody)) == ["loaded"] * 4
    assert len(world.persons()) == 4


def test_name_birth_date_and_phone_find_a_person_without_numbers(world: "World") -> None:
    assert persons_after(world, row(phone=PHONE), row(phone=PHONE, full_name="NGUYỄN VĂN AN", **SECOND)) == 1


@pytest.mark.parametrize(
    "later",
    [
        pytest.param({"phone": OTHER_PHONE}, id="another phone"),
        pytest.param({"phone": PHONE, "birth": "1991-05-17"}, id="another birth date"),
        pytest.param({"phone": PHONE, "full_name": "Nguyễn Văn Ân Em"}, id="another name"),
        pytest.param({"phone": PHONE, **BINH}, id="only the phone: a household's"),
    ],
)
def test_phone_counts_only_with_name_and_birth_date(world: "World", later: dict) -> None:
    assert persons_after(world, row(phone=PHONE), row(**later, **SECOND)) == 2


@pytest.mark.parametrize("earlier", ["1990-05-17", "1990-01-01"])
def test_bare_year_with_name_and_phone_may_be_the_same_person(world: "World", earlier: str) -> None:
    world.send("U1", row(phone=PHONE, birth=earlier))

    (verdict,) = world.send("U1", row(phone=PHONE, birth="1990", **SECOND), name="b.csv")

    assert (verdict.outcome, verdict.rules) == ("held", {"record.possible_match"})
    assert verdict.review["record.possible_match"][0] == (f"nguyen van an {earlier}",)


def test_phone_does_not_overrule_another_number_of_the_same_kind(world: "World") -> None:
    assert persons_after(world, row(national_id=CCCD, phone=PHONE), row(national_id=OTHER_CCCD, phone=PHONE)) == 2


def test_phone_finds_a_person_whose_number_is_of_another_kind(world: "World") -> None:
    assert persons_after(world, row(national_id=CCCD, phone=PHONE), row(national_id=CMND, phone=PHONE, **SECOND)) == 1
    assert f"cccd {CCCD} t, cmnd {CMND} t" in world.persons()[0][-1]


def test_missing_numbers_and_phone_are_added_to_a_found_person(world: "World") -> None:
    found_by = [
        row(national_id=CCCD),
        row(national_id=CCCD, health_insurance_no=CARD, phone=PHONE, **SECOND),
        row(health_insurance_no=CARD, given_on=date(2021, 10, 4)),
        row(phone=PHONE, given_on=date(2021, 11, 1)),
    ]

    assert persons_after(world, *found_by) == 1
    assert world.persons()[0][4:] == (PHONE, f"cccd {CCCD} t, health_insurance {CARD[-10:]} t")


def test_known_phone_stays_when_none_is_sent(world: "World") -> None:
    known = row(national_id=CCCD, phone=PHONE)

    assert persons_after(world, known, row(national_id=CCCD, **SECOND), row(national_id=CCCD, **THIRD)) == 1
    assert world.persons()[0][4] == PHONE


def test_rows_of_a_file_build_on_each_other(world: "World") -> None:
    """Each row is tied to the one before by what that one added."""
    chain = [
        row(national_id=CCCD),
        row(national_id=CCCD, health_insurance_no=CARD, **SECOND),
        row(health_insurance_no=CARD, phone=PHONE, given_on=date(2021, 10, 4)),
        row(phone=PHONE, national_id=CMND, given_on=date(2021, 11, 1)),
        row(national_id=CMND, birth="1990", given_on=date(2021, 11, 29)),
    ]

    assert outcomes(world.send("U1", *chain)) == ["loaded"] * 5
    assert len(world.persons()) == 1


def test_files_of_a_batch_build_on_each_other(world: "World") -> None:
    world.apply(
        [
            upload("U1", row(national_id=CCCD), name="a.csv"),
            upload("U2", row(national_id=CCCD, phone=PHONE, **SECOND), name="b.csv"),
            upload("U1", row(phone=PHONE, **THIRD), name="c.csv"),
        ]
    )

    assert len(world.persons()) == 1
    assert len(world.doses()) == 3


WEAK = {"district_code": "760", "ward": "Bến Nghé"}


def test_people_without_any_number_are_found_by_where_they_live(world: "World") -> None:
    assert persons_after(world, row(**WEAK), row(**WEAK, **SECOND)) == 1


def test_ward_may_be_unknown_on_both_sides(world: "World") -> None:
    assert persons_after(world, row(district_code="760"), row(district_code="760", **SECOND)) == 1


@pytest.mark.parametrize(
    "later",
    [
        pytest.param({"ward": "Bến Thành"}, id="another ward"),
        pytest.param({"ward": None}, id="no ward"),
        pytest.param({"district_code": "770"}, id="another district"),
        pytest.param({"sex": "female"}, id="another sex"),
        pytest.param({"birth": "1990-05-18"}, id="another birth date"),
        pytest.param({"full_name": "Nguyễn Văn Ân Em"}, id="another name"),
    ],
)
def test_people_without_any_number_are_not_found_by_less(world: "World", later: dict) -> None:
    assert persons_after(world, row(**WEAK), row(**(WEAK | later), **SECOND)) == 2


@pytest.mark.parametrize("known", [{"phone": PHONE}, {"national_id": CCCD}, {"health_insurance_no": CARD}])
def test_number_that_arrives_later_joins_whom_it_belongs_to_in_either_order(world: "World", known: dict) -> None:
    without, bringing = row(**WEAK), row(**WEAK, **known, **SECOND)
    for first, second in ((without, bringing), (bringing, without)):
        world.forget()
        assert persons_after(world, first, second) == 1
        again = [world.send("U1", fields, name=f"again {n}.csv")[0] for n, fields in enumerate((first, second))]
        assert outcomes(again) == ["duplicate", "duplicate"]


def test_one_national_id_with_many_names_keeps_them_apart(world: "World") -> None:
    verdicts = world.send("U1", *(row(**who, national_id=CCCD) for who in ({}, BINH, CUONG, DUNG)))

    assert set(outcomes(verdicts)) <= {"loaded", "held"}
    assert len(world.persons()) == outcomes(verdicts).count("loaded")
    assert len({person[:3] for person in world.persons()}) == len(world.persons())


def test_answers_tell_a_unit_nothing_about_anybody_else(world: "World") -> None:
    world.send("GIVER", row(national_id=CCCD, phone=PHONE), row(**CUONG, health_insurance_no=CARD), name="secret.csv")

    asking = [
        row(**BINH, national_id=CCCD),
        row(national_id=CCCD, given_on=date(2021, 8, 3)),
        row(national_id=CCCD, vaccine="AZ"),
        row(national_id=CCCD, **SECOND),
        row(**DUNG, health_insurance_no=CARD),
    ]
    verdicts = world.send("ASKER", *asking, name="b.csv")

    assert outcomes(verdicts) == ["held", "held", "held", "loaded", "loaded"]
    told = repr([verdict.values for verdict in verdicts]) + repr(world.answers())
    for secret in ("GIVER", "secret.csv", "Cường", "cuong", "1962", "1990", CCCD, CARD, PHONE, "2021-08-02"):
        assert secret not in told
