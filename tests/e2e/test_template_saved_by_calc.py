"""The template in LibreOffice Calc: what it saves loads, and the conditions say of a cell what intake says of it."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from vaxtally.intake.template import formulas

from ..calc import CSV_ALL_QUOTED, CSV_AS_KEPT, CSV_AS_SHOWN, needs_calc, save_as
from ..intake_desk import Desk, person
from ..template_filling import CAMPAIGN_START, LANGUAGES, Filling

pytestmark = needs_calc
FORMS = {"xlsx": "xlsx", "xls": "xls", "as shown": CSV_AS_SHOWN, "as kept": CSV_AS_KEPT, "quoted": CSV_ALL_QUOTED}


def rows(filling: Filling) -> list[dict[str, object]]:
    """Three made-up persons: all as text, what a spreadsheet makes of pasted values, and a year of birth."""
    cells = [person(number) for number in range(3)]
    fields = {
        "full_name": "Họ và tên", "birth_date": "Ngày sinh", "national_id": "CCCD", "phone": "Số điện thoại",
        "vaccine": "Vắc xin", "lot_number": "Số lô", "dose_number": "Mũi", "given_on": "Ngày tiêm",
    }  # fmt: skip
    typed = [{field: each[header] for field, header in fields.items()} for each in cells]
    found: list[dict[str, object]] = [{**each, "sex": filling.choices("sex")[0]} for each in typed]
    found[1] |= {"birth_date": date(1980, 2, 2), "given_on": date(2021, 8, 9), "dose_number": 1}
    found[2] |= {"birth_date": "1980", "district": filling.choices("district")[3]}
    return found


@pytest.fixture(scope="module", params=FORMS)
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A template in each language with three rows, and an empty one, saved by Calc in one form."""
    folder = tmp_path_factory.mktemp("filled")
    for language in LANGUAGES:
        filling = Filling.of(language=language)
        filling.write(rows(filling))
        (folder / f"{language}.xlsx").write_bytes(filling.save())
    (folder / "empty.xlsx").write_bytes(Filling.of().save())
    paths = save_as(FORMS[request.param], folder / "saved", *sorted(folder.glob("*.xlsx")))
    return {path.stem: path for path in paths}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_template_that_calc_saved_loads(desk: Desk, saved: dict[str, Path], language: str) -> None:
    name = saved[language].name
    desk.put(name, saved[language].read_bytes())
    desk.run()
    answer = desk.answer(name)
    assert answer.outcomes == {"loaded": 3}
    assert [(line["row_number"], line["rule"]) for line in answer.lines] == [("3", "birth_date.year_only")]


def test_an_empty_template_that_calc_saved_is_empty(desk: Desk, saved: dict[str, Path]) -> None:
    desk.put(saved["empty"].name, saved["empty"].read_bytes())
    desk.run()
    assert [status for _, status in desk.statuses()] == ["empty"]


def worked_out(tmp_path: Path, cells: list[object], condition: str) -> list[str]:
    """What Calc makes of a condition about each of the cells (column A, from row 1)."""
    from xlsxwriter import Workbook

    path = tmp_path / "conditions.xlsx"
    with Workbook(path) as book:
        sheet, as_text, as_day = book.add_worksheet(), book.add_format({"num_format": "@"}), book.add_format()
        as_day.set_num_format("dd/mm/yyyy")
        for place, cell in enumerate(cells):
            sheet.write(place, 0, cell, as_day if isinstance(cell, date) else as_text)
            sheet.write_formula(place, 1, "=" + condition.replace("A1", f"A{place + 1}"))
    (saved,) = save_as(CSV_AS_SHOWN, tmp_path / "out", path)
    with saved.open(encoding="utf-8", newline="") as lines:
        return [line[1] for line in csv.reader(lines)]


def test_the_condition_of_a_date_of_vaccination(tmp_path: Path) -> None:
    today, tomorrow = date.today(), date.today() + timedelta(days=1)
    good = ["08/03/2021", "7/9/2021", "07/09/2021", date(2021, 9, 7), f"{today:%d/%m/%Y}", today]
    bad = ["07/03/2021", "07/09/21", "09/25/2021", "soon", date(2021, 3, 7), f"{tomorrow:%d/%m/%Y}", tomorrow, "2021"]
    found = worked_out(tmp_path, [*good, *bad], formulas.given_on("A1", CAMPAIGN_START))
    assert found[: len(good)] == ["TRUE"] * len(good)
    assert "TRUE" not in found[len(good) :]


def test_the_condition_of_a_date_of_birth(tmp_path: Path) -> None:
    good = ["15/03/1990", "5/3/1990", "03/1990", "1990", 1990, date(1990, 3, 15)]
    bad = ["15/03/90", "soon", "15/03/2990", date(2090, 1, 1)]
    found = worked_out(tmp_path, [*good, *bad], formulas.birth_date("A1"))
    assert found[: len(good)] == ["TRUE"] * len(good)
    assert "TRUE" not in found[len(good) :]


def test_the_condition_of_a_row_without_identity(tmp_path: Path) -> None:
    """Columns: birth date, district, number, action."""
    from xlsxwriter import Workbook

    cases = [
        (("", "", "079", ""), "FALSE"),
        (("15/03/1990", "Quận 1", "", ""), "FALSE"),
        ((33000, "Quận 1", "", ""), "FALSE"),
        (("15/03/1990", "", "", ""), "TRUE"),
        (("1990", "Quận 1", "", "mới"), "TRUE"),
        (("03/1990", "Quận 1", "", ""), "TRUE"),
        (("1990", "", "", "hủy"), "FALSE"),
        (("", "", "", ""), "FALSE"),
    ]
    with Workbook(tmp_path / "rows.xlsx") as book:
        sheet = book.add_worksheet()
        for place, (cells, _) in enumerate(cases):
            sheet.write_row(place, 0, [cell or None for cell in cells])
            here = place + 1
            condition = formulas.no_identity(
                [f"C{here}"], f"A{here}:D{here}", f"D{here}", "mới", f"A{here}", f"B{here}"
            )
            # Calc works out anew only what depends on the clock.
            sheet.write_formula(place, 5, f"=AND(TODAY()>0,{condition})")
    (saved,) = save_as(CSV_AS_SHOWN, tmp_path / "out", tmp_path / "rows.xlsx")
    with saved.open(encoding="utf-8", newline="") as lines:
        assert [line[5] for line in csv.reader(lines)] == [expected for _, expected in cases]
