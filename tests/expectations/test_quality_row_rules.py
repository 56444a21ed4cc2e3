"""Every rule of level row: a bad row that it alone catches, and good rows that come close."""

from typing import Any

import pytest

from vaxtally.reference import rules

NO_NUMBER = {"national_id": None, "national_id_kind": None, "health_insurance_no": None, "health_insurance_key": None}
NO_NUMBER |= {"national_id_text": None, "health_insurance_no_text": None, "phone": None, "phone_text": None}


def born(day: str, latest: str | None = None, precision: str = "day", national_id: str | None = None) -> dict[str, Any]:
    """A date of birth, and a CCCD that agrees with it (female)."""
    digits = national_id or f"079{1 if day < '2000' else 3}{day[2:4]}001234"
    birth = {"birth_date": day, "birth_date_latest": latest or day, "birth_date_precision": precision}
    return birth | {"national_id": digits, "national_id_text": digits}


def name(full_name: str, name_key: str) -> dict[str, Any]:
    return {"full_name": full_name, "name_key": name_key}


def number(digits: str, kind: str = "cccd") -> dict[str, Any]:
    return {"national_id": digits, "national_id_text": digits, "national_id_kind": kind}


def insurance(key: str) -> dict[str, Any]:
    return {"health_insurance_no": key, "health_insurance_no_text": key, "health_insurance_key": key}


def declared(number: Any = 1, vaccine: Any = "PFIZER", given_on: Any = "2021-09-01", **more: Any) -> dict[str, Any]:
    """A declared dose before this row's, which is then the second."""
    return {
        "dose_number": 2,
        "declared_dose_number": number,
        "declared_vaccine_text": vaccine,
        "declared_vaccine": vaccine,
        "declared_given_on_text": given_on,
        "declared_given_on": given_on,
        **more,
    }


# rule, what makes the good row bad in its eyes only
ALONE: list[tuple[str, dict[str, Any]]] = [
    ("row.malformed", {"cells_found": 9, "cells_expected": 12}),
    ("action.invalid", {"action_text": "xoay", "action": None}),
    ("unit.mismatch", {"unit_code_text": "BV-999", "unit_code": None}),
    ("full_name.missing", {"full_name": None, "name_key": None}),
    ("full_name.malformed", name("Nguyễn Văn 2", "nguyen van 2")),
    ("full_name.malformed", name("Nguyễn " + "Ă" * 94, "nguyen " + "a" * 94)),
    ("full_name.malformed", name("... -", "")),
    ("full_name.placeholder", name("Không Tên", "khong ten")),
    ("full_name.placeholder", name("x x", "x x")),
    ("full_name.placeholder", name("Test test", "test test")),
    ("full_name.single_word", name("Khai", "khai")),
    ("full_name.no_diacritics", name("Nguyen Thi Minh Khai", "nguyen thi minh khai")),
    ("full_name.no_diacritics", name("DANG VAN BAY", "dang van bay")),
    ("full_name.no_diacritics", name("ly an", "ly an")),
    ("sex.invalid", {"sex_text": "?", "sex": None}),
    ("sex.invalid", {"sex_text": None, "sex": None}),
    ("birth_date.missing", {"birth_date_text": None} | dict.fromkeys(("birth_date", "birth_date_latest"))
     | {"birth_date_precision": None}),
    ("birth_date.invalid", {"birth_date_text": "31/02/1985", "birth_date": None, "birth_date_latest": None,
                            "birth_date_precision": None}),
    ("birth_date.out_of_range", born("1901-10-14")),
    ("birth_date.year_only", born("1985-01-01", "1985-12-31", "year")),
    ("birth_date.year_only", born("1985-03-01", "1985-03-31", "month")),
    ("national_id.format", {"national_id_text": "7.90012E+10", "national_id": None, "national_id_kind": None}),
    ("national_id.repaired", {"national_id_text": "79185001234", "national_id_repaired": True}),
    ("national_id.sex_mismatch", {"sex": "male"}),
    ("national_id.sex_mismatch", number("079385001234")),
    ("national_id.sex_mismatch", born("2001-05-05", national_id="079101001234")),
    ("national_id.birth_year_mismatch", number("079186001234")),
    ("national_id.placeholder", number("079185000000")),
    ("national_id.placeholder", number("079185999999")),
    ("national_id.placeholder", number("111111111", "cmnd")),
    ("national_id.placeholder", number("123456789", "cmnd")),
    ("national_id.placeholder", number("678901234", "cmnd")),
    ("national_id.placeholder", number("987654321", "cmnd")),
    ("national_id.placeholder", {"second_national_id": "000000000", "second_national_id_kind": "cmnd"}),
    ("health_insurance_no.format", {"health_insurance_no_text": "ABC", "health_insurance_no": None,
                                    "health_insurance_key": None}),
    ("health_insurance_no.placeholder", insurance("0000000000")),
    ("health_insurance_no.placeholder", insurance("7777777777")),
    ("health_insurance_no.placeholder", insurance("0123456789")),
    ("health_insurance_no.placeholder", insurance("1234567890")),
    ("health_insurance_no.repaired", {"health_insurance_no_repaired": True}),
    ("phone.format", {"phone_text": "12", "phone": None}),
    ("phone.repaired", {"phone_repaired": True}),
    ("identity.insufficient", NO_NUMBER | {"district_code": None, "district_text": None}),
    ("identity.weak", NO_NUMBER),
    ("vaccine.missing", {"vaccine_text": None, "vaccine": None}),
    ("vaccine.unknown", {"vaccine_text": "Cúm mùa", "vaccine": None}),
    ("lot_number.missing", {"lot_number": None}),
    ("dose_number.invalid", {"dose_number_text": None, "dose_number": None}),
    ("dose_number.invalid", {"dose_number_text": "9", "dose_number": None}),
    ("dose_number.invalid", {"dose_number_text": "0", "dose_number": 0}),
    ("dose_number.beyond_series", {"dose_number": 3}),
    ("dose_number.beyond_series", {"vaccine": "JANSSEN", "dose_number": 2, "received_on": "2022-03-01",
                                   "given_on": "2022-03-01"}),
    ("given_on.missing", {"given_on_text": None, "given_on": None}),
    ("given_on.invalid", {"given_on_text": "31/9/2021", "given_on": None}),
    ("given_on.in_future", {"given_on": "2021-10-21"}),
    ("given_on.before_campaign", {"given_on": "2021-03-07", "received_on": "2021-03-07"}),
    ("given_on.before_approval", {"vaccine": "PFIZER", "given_on": "2021-06-11", "received_on": "2021-06-12"}),
    ("given_on.late_entry", {"given_on": "2021-10-05"}),
    ("age.out_of_range", born("2003-10-16")),
    ("age.out_of_range", {"vaccine": "ABDALA"} | born("1955-10-15")),
    ("address.unknown", {"district_text": "Quận 99", "district_code": None}),
    ("declared.invalid", declared(given_on=None)),
    ("declared.invalid", declared(given_on="2021-10-15")),
    ("declared.invalid", declared(given_on="2020-11-30")),
    ("declared.invalid", declared(vaccine=None)),
    ("declared.invalid", declared(number=2)),
    ("declared.invalid", declared(number=None, declared_dose_number_text="mấy")),
]  # fmt: skip

# what comes close and is good
GOOD: list[dict[str, Any]] = [
    {},
    {"action": "update", "action_text": "sửa"},
    {"unit_code_text": "TYT-001-01", "unit_code": "TYT-001-01"},
    name("Phan Van An", "phan van an"),
    name("Mai Thi Lam", "mai thi lam"),
    name("Nguyễn Van An", "nguyen van an"),
    name("Do Thị Ba", "do thi ba"),
    name("Trần Văn Thử", "tran van thu"),
    name("Y Test Niê", "y test nie"),
    name("Ă" * 50 + " " + "Ă" * 49, "a" * 50 + " " + "a" * 49),
    name("O'Brien Kim-Ly", "o brien kim ly"),
    born("1901-10-15"),
    {"sex": "male"} | number("023456788", "cmnd"),
    {"sex": "male"} | number("C1234567", "passport"),
    born("2003-10-15"),
    {"birth_date_precision": "day"} | born("2000-01-01"),
    {"vaccine": "ABDALA"} | born("1955-10-16"),
    number("079185123456"),
    {"second_national_id": "023456788", "second_national_id_kind": "cmnd"},
    insurance("7901234567"),
    {"dose_number": 2},
    {"dose_number": 3, "given_on": "2021-12-17", "received_on": "2021-12-18"},
    {"given_on": "2021-10-20"},
    {"given_on": "2021-03-08", "received_on": "2021-03-08"},
    {"vaccine": "PFIZER", "given_on": "2021-06-12", "received_on": "2021-06-12"},
    {"given_on": "2021-10-06"},
    {"district_text": None, "district_code": None},
    {"district_text": "Huyện Long Thành", "district_code": None, "province_is_city": False},
    declared(),
    declared(given_on="2020-12-01", vaccine="CORONAVAC"),
    {"phone": None, "phone_text": None, "health_insurance_no": None, "health_insurance_no_text": None,
     "health_insurance_key": None},
]  # fmt: skip

# rows that more than one rule, or none at all, is about
TOGETHER: list[tuple[dict[str, Any], set[str]]] = [
    (name("test", "test"), {"full_name.placeholder", "full_name.single_word"}),
    (born("2021-10-16", national_id="079321001234"), {"birth_date.out_of_range", "age.out_of_range"}),
    # a whole year is outside only where its every day is
    (born("2003-01-01", "2003-12-31", "year"), {"birth_date.year_only"}),
    (born("2004-01-01", "2004-12-31", "year"), {"birth_date.year_only", "age.out_of_range"}),
    (born("2021-01-01", "2021-12-31", "year"), {"birth_date.year_only", "age.out_of_range"}),
    (born("1901-01-01", "1901-12-31", "year"), {"birth_date.year_only"}),
    (born("1900-01-01", "1900-12-31", "year"), {"birth_date.year_only", "birth_date.out_of_range"}),
    # dropped identifiers do not identify
    (NO_NUMBER | number("079185000000"), {"national_id.placeholder", "identity.weak"}),
    (NO_NUMBER | insurance("1111111111") | {"district_text": None, "district_code": None},
     {"health_insurance_no.placeholder", "identity.insufficient"}),
    (NO_NUMBER | {"phone_text": "1"}, {"phone.format", "identity.weak"}),
    (NO_NUMBER | {"second_national_id": "023456788", "second_national_id_kind": "cmnd"}, set()),
    (NO_NUMBER | {"second_national_id": "000000000", "second_national_id_kind": "cmnd"},
     {"national_id.placeholder", "identity.weak"}),
    (NO_NUMBER | {"birth_date": "1985-01-01", "birth_date_latest": "1985-12-31", "birth_date_precision": "year"},
     {"birth_date.year_only", "identity.insufficient"}),
    # a void names its target and nothing more; an unreadable action is judged as one
    ({"action": "void", "full_name": None, "sex": None, "vaccine": None, "dose_number": None, "given_on": None}, set()),
    ({"action": "void", "unit_code_text": "BV-999", "unit_code": None, "cells_found": 1, "cells_expected": 2},
     {"unit.mismatch", "row.malformed"}),
    # an update is judged by the record that it results in, not by its cells
    ({"action": "update", "full_name": None}, set()),
    ({"action": None, "action_text": "?", "full_name": None}, {"action.invalid"}),
]  # fmt: skip


def test_each_bad_row_is_caught_by_its_rule_alone(verdicts) -> None:
    found = verdicts([change for _, change in ALONE])
    wrong = [(rule, change, got) for (rule, change), got in zip(ALONE, found, strict=True) if got != {rule}]
    assert wrong == []


def test_good_rows_pass(verdicts) -> None:
    found = verdicts(GOOD)
    assert [(change, got) for change, got in zip(GOOD, found, strict=True) if got] == []


def test_rules_speak_together_where_each_has_its_reason(verdicts) -> None:
    found = verdicts([change for change, _ in TOGETHER])
    wrong = [(change, got) for (change, expected), got in zip(TOGETHER, found, strict=True) if got != expected]
    assert wrong == []


@pytest.mark.parametrize("action", ["new", "update", "void"])
def test_a_rule_reaches_only_the_actions_it_applies_to(verdicts, action: str) -> None:
    for (rule, change), got in zip(ALONE, verdicts([change | {"action": action} for _, change in ALONE]), strict=True):
        applies_to = rules()[rule].applies_to
        reached = (action == "new" or len(applies_to) == 3) and action in applies_to and rule != "action.invalid"
        assert got == ({rule} if reached else set()), (rule, change)


def test_every_row_rule_has_its_bad_row() -> None:
    assert {rule for rule, _ in ALONE} == {code for code, rule in rules().items() if rule.level == "row"}


def test_records_that_updates_result_in_are_judged_by_the_same_rules(results) -> None:
    """But for the rules of every action: by those the row itself was judged before."""
    judged = [(rule, change) for rule, change in ALONE if rules()[rule].applies_to == ("new", "update")]
    found = results([change | {"action": "update"} for _, change in judged])
    wrong = [(rule, change, got) for (rule, change), got in zip(judged, found, strict=True) if got != {rule}]
    assert wrong == []
    assert {rule for rule, _ in judged} == {
        code for code, rule in rules().items() if rule.level == "row" and rule.applies_to == ("new", "update")
    }
