"""Every rule of level report that one file can break: bad rows, and good ones that come close."""

from typing import Any

from vaxtally.quality.suites import JUDGED_ELSEWHERE
from vaxtally.reference import rules

NIL = {"vaccine_text": None, "vaccine": None, "dose_number_text": None, "dose_number": None, "doses_given": 0}


def on_day(day: int, *changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The changes, all on one day of their own."""
    return [{"given_on": f"2021-09-{day:02}"} | change for change in changes]


# rule, what makes the good row bad in its eyes only; each on its own day, so that they do not meet
ALONE: list[tuple[str, dict[str, Any]]] = [
    ("report.unit_unknown", {"unit_code_text": "XX-1", "unit_code": None}),
    ("report.date_invalid", {"given_on_text": None, "given_on": None}),
    ("report.date_invalid", {"given_on_text": "31/02/2021", "given_on": None}),
    ("report.date_invalid", {"given_on": "2021-10-21"}),
    ("report.vaccine_unknown", {"vaccine_text": "Cúm", "vaccine": None, "given_on": "2021-09-01"}),
    ("report.vaccine_unknown", {"vaccine_text": "Cúm", "vaccine": None, "doses_given": 0, "given_on": "2021-09-02"}),
    ("report.vaccine_unknown", {"vaccine_text": None, "vaccine": None, "given_on": "2021-09-03"}),
    ("report.dose_number_invalid", {"dose_number_text": "9", "dose_number": None, "given_on": "2021-09-04"}),
    ("report.dose_number_invalid", {"dose_number_text": None, "dose_number": None, "given_on": "2021-09-05"}),
    ("report.dose_number_invalid", {"dose_number": 6, "given_on": "2021-09-06"}),
    ("report.count_invalid", {"doses_given_text": None, "doses_given": None, "given_on": "2021-09-07"}),
    ("report.count_invalid", {"doses_given": -1, "given_on": "2021-09-08"}),
    ("report.count_invalid", {"doses_given": 2**31, "given_on": "2021-09-09"}),
]


def test_each_bad_row_is_caught_by_its_rule_alone(verdicts) -> None:
    found = verdicts([change for _, change in ALONE], "report")
    wrong = [(rule, change, got) for (rule, change), got in zip(ALONE, found, strict=True) if got != {rule}]
    assert wrong == []


def test_good_rows_pass(verdicts) -> None:
    good = [
        {},
        {"dose_number": 2},
        {"vaccine": "PFIZER"},
        {"unit_code": "TYT-002"},
        {"upload_id": 2, "doses_given": 7},
        {"given_on": "2021-10-20"},
        *on_day(1, NIL),
        *on_day(2, {"doses_given": 0}, {"dose_number": 2, "doses_given": 0}, NIL),
        *on_day(3, {"doses_given": 2**31 - 1}),
    ]
    assert verdicts(good, "report") == [set()] * len(good)


def test_two_counts_for_one_line_contradict_each_other(verdicts) -> None:
    found = verdicts([*on_day(1, {}, {"doses_given": 121}, {}), *on_day(2, {})], "report")
    contradiction, both = {"report.contradiction"}, {"report.contradiction", "report.duplicate_in_file"}
    assert found == [contradiction, contradiction, both, set()]


def test_a_nil_line_contradicts_the_positive_ones_of_its_unit_and_day(verdicts) -> None:
    found = verdicts(
        [
            *on_day(1, NIL, {}, {"dose_number": 2, "doses_given": 0}, {"unit_code": "TYT-002"}),
            *on_day(2, NIL, {"vaccine_text": "Cúm", "vaccine": None}),
            *on_day(3, NIL),
            *on_day(4, {}),
        ],
        "report",
    )
    contradiction = {"report.contradiction"}
    beside_nil = contradiction | {"report.vaccine_unknown"}
    assert found == [contradiction, contradiction, set(), set(), contradiction, beside_nil, set(), set()]


def test_an_equal_line_is_a_duplicate_of_the_first(verdicts, registry) -> None:
    from sqlalchemy import text

    found = verdicts([*on_day(1, {}, {"dose_number": 2}, {}, {}), *on_day(2, NIL, NIL), {"upload_id": 2}], "report")
    duplicate = {"report.duplicate_in_file"}
    assert found == [set(), set(), duplicate, duplicate, set(), duplicate, set()]
    with registry.connect() as connection:
        firsts = connection.execute(
            text("SELECT row_number, message_values FROM intake.staged_issue ORDER BY row_number")
        ).all()
    assert [tuple(first) for first in firsts] == [(n, {"row_number": of}) for n, of in ((3, 1), (4, 1), (6, 5))]


def test_unreadable_lines_are_no_duplicates_and_no_contradictions(verdicts) -> None:
    unknown = {"unit_code_text": "XX-1", "unit_code": None}
    found = verdicts([unknown, unknown, unknown | {"doses_given": 3}], "report")
    assert found == [{"report.unit_unknown"}] * 3


def test_every_report_rule_of_one_file_has_its_bad_row() -> None:
    of_one_file = {code for code, rule in rules().items() if rule.level == "report"} - JUDGED_ELSEWHERE
    assert {rule for rule, _ in ALONE} | {"report.contradiction", "report.duplicate_in_file"} == of_one_file


def test_an_invalid_count_contradicts_no_sound_one(verdicts) -> None:
    invalid = {"report.count_invalid"}
    found = verdicts([*on_day(1, {}, {"doses_given": -3}, {"doses_given": None}, {"doses_given_text": "x"})], "report")
    assert found[:3] == [set(), invalid, invalid]
