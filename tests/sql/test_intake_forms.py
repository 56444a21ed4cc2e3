"""Printed forms and odd cells from the drop folder to the answer: every record once, every repair with its remark."""

from pathlib import Path

from ..intake_desk import Desk, csv_bytes, people, person

SAVED_BY_CALC = Path(__file__).parents[1] / "fixtures" / "libreoffice"
FORMS = ("xlsx", "xls", "semicolon.csv", "quoted.csv", "tab_utf16.csv", "bar_1258.csv")


def test_a_form_however_it_was_saved_is_the_same_three_records(desk: Desk) -> None:
    desk.list_units()
    for form in FORMS:
        desk.put(f"form.{form}", (SAVED_BY_CALC / f"form.{form}").read_bytes())
    desk.run()

    first, *others = (desk.answer(f"form.{form}") for form in FORMS)
    assert first.outcomes == {"loaded": 3}
    assert [other.outcomes for other in others] == [{"duplicate": 3}] * 5
    assert "national_id.repaired" in first.rules(1) & first.rules(3)
    assert "national_id.repaired" not in first.rules(2)
    assert {line["line"] for line in first.lines} <= {"6", "7", "11"}
    assert desk.query("SELECT count(*) FROM registry.dose WHERE source = 'declared'") == [(1,)]


def test_a_passport_beside_cccd_and_cmnd_finds_the_person(desk: Desk) -> None:
    desk.list_units()
    header = [*person(1), "CMND", "Hộ chiếu"]
    desk.put("three.csv", csv_bytes([{**person(1), "CMND": "023456788", "Hộ chiếu": "B1234567"}], header))
    desk.run()

    assert desk.query("SELECT kind, value FROM registry.person_identifier WHERE kind <> 'name_phone' ORDER BY 1") == [
        ("cccd", person(1)["CCCD"]),
        ("cmnd", "023456788"),
        ("passport", "B1234567"),
    ]


def test_a_total_below_is_no_row_and_a_formula_is_answered_as_text(desk: Desk) -> None:
    desk.list_units()
    formula = '=HYPERLINK("http://example.org","x")'
    rows = [*people(1, 2), person(3, **{"Vắc xin": formula})]
    desk.put("list.csv", csv_bytes(rows) + "Tổng cộng: 3\nNgười lập biểu,,,,Thủ trưởng\n".encode())
    desk.run()

    answer = desk.answer("list.csv")
    assert answer.summary["rows_total"] == 3
    assert answer.outcomes == {"loaded": 2, "rejected": 1}
    [line] = [line for line in answer.lines if line["rule"] == "vaccine.unknown"]
    assert line["value"] == "'" + formula
