"""The reference lists: what rules do, and what words lead to which code."""

import csv

from vaxtally import paths, reference
from vaxtally.text import fold, name_key


def test_every_rule_has_one_known_consequence() -> None:
    rules = reference.rules()
    assert len(rules) == 73
    assert {rule.consequence for rule in rules.values()} == {
        "quarantined", "rejected", "held", "duplicate", "loaded", "empty",
    }  # fmt: skip
    assert rules["record.same_day_dose"].consequence == "held"
    assert rules["national_id.format"].drops_column == "national_id"
    assert rules["national_id.sex_mismatch"].drops_column is None
    assert rules["phone.format"].drops_column == "phone"


def test_messages_are_filled_in_both_languages() -> None:
    rule = reference.rules()["vaccine.unknown"]
    assert rule.message("en", value="Pfizzer") == "Unknown vaccine: Pfizzer."
    assert rule.message("vi", value="Pfizzer") == "Không nhận dạng được vắc xin: Pfizzer."


def test_aliases_lead_to_codes_and_ended_districts_to_their_successor() -> None:
    assert reference.vaccine_by_fold()[fold("COVID-19 Vaccine AstraZeneca")] == "AZ"
    assert reference.district_by_fold()[fold("Quận 9")] == "769"
    assert reference.district_by_fold()[fold("TP. Thủ Đức")] == "769"
    assert reference.declared_vaccine_by_fold()[fold("Sinovac")] == "CORONAVAC"
    assert "coronavac" not in reference.vaccine_by_fold()


def test_no_alias_has_two_meanings() -> None:
    foreign = set(reference.declared_vaccine_by_fold().values()) - set(reference.vaccines())
    assert len(foreign) == 11


def test_folding() -> None:
    assert fold(" Số CCCD/CMND ") == "socccdcmnd"
    assert name_key("  NGUYỄN  Đức-An ") == "nguyen duc an"


def test_two_birthdays_and_a_name_alone_are_never_alike() -> None:
    """What batch_near leaves out: no phone, place or mistyped number, and two birthdays, not swapped."""
    lines = csv.DictReader((paths.REFERENCE / "match_weights.csv").open(encoding="utf-8"))
    bits = {(line["field"], line["level"]): float(line["bits"]) for line in lines}
    births = max(bits["birth", level] for level in ("one_digit", "two_parts", "different"))
    most = bits["name", "most"] + births + bits["sex", "equal"] + bits["place", "district"] + bits["prior", "all"]
    assert max(bits["phone", "missing"], bits["phone", "different"], bits["number", "shared"]) <= 0
    assert most < bits["threshold", "possible"]
