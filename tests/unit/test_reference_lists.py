"""The reference lists: what rules do, and what words lead to which code."""

from vaxtally import reference
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
