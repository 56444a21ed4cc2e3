"""The fix file of a workbook, and both kinds through LibreOffice as a unit would save them."""

import csv
import io
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ..intake_desk import AUG_11, HEADER, Desk, person

BAD_SEX = {"Giới tính": "?"}
SOFFICE = shutil.which("soffice")
HOSTILE = (
    '=HYPERLINK("http://x.example","y")', "+84903000111", "-", "@SUM(A1)", "'=1", "''", "'0903", "hai\ndòng; \"q\", p",
    "00123", "1E5", "12-3", "TRUE",
)  # fmt: skip
EXTRA = "Ô lạ"


def workbook(sheets: dict[str, list[list[Any]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
            for cell in page[page.max_row]:
                if isinstance(cell.value, str):
                    cell.data_type = "s"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def cells(n: int, **changes: str) -> list[Any]:
    return list(person(n, **changes).values())


def originals(desk: Desk, name: str) -> list[list[str]]:
    rows = desk.query(
        "SELECT original FROM intake.row JOIN intake.upload USING (upload_id)"
        " WHERE file_name = :name ORDER BY row_number",
        name=name,
    )
    return [list(row.original) for row in rows]


def test_a_workbook_gets_a_workbook_of_text_a_sheet_for_a_sheet(desk: Desk) -> None:
    first = [["DANH SÁCH"], list(HEADER), cells(1), cells(2, **BAD_SEX), [*cells(3, **BAD_SEX)[:9], date(2021, 8, 9)]]
    desk.put(
        "ds.xlsx", workbook({"Sáng": first, "Ghi chú": [["chưa có"]], "Chiều": [list(HEADER), cells(4, **BAD_SEX)]})
    )
    desk.run()
    path = desk.outbox / "HOC-1" / "ds.xlsx.fix.xlsx"
    assert path.stat().st_mode & 0o777 == 0o600
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Sáng", "Chiều"]
    page = book["Sáng"]
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    assert rows[0] == [*HEADER, "vaxtally_ref", "Kết quả (Vaxtally)", "Lý do (Vaxtally)"]
    assert [row[3] for row in rows[1:]] == [person(2)["CCCD"], person(3)["CCCD"]]
    assert rows[2][9] == "2021-08-09"
    assert rows[1][-1] == "Giới tính phải là Nam hoặc Nữ."
    assert page.freeze_panes == "A2"
    # The cell at fault is seen at once, and no other of the unit's own.
    colours = {cell.fill.fgColor.rgb for cell in page[2][: len(HEADER)] if cell.column != 2}
    assert page[2][1].fill.fgColor.rgb == "FFF8D9B0"
    assert colours == {"00000000"}
    assert {cell.data_type for row in page.iter_rows() for cell in row} == {"s"}
    assert {cell.number_format for row in page.iter_rows(min_row=2) for cell in row} == {"@"}

    for page in book.worksheets:
        for row in page.iter_rows(min_row=2):
            page.cell(row[1].row or 0, 2, "Nam")
    fixed = io.BytesIO()
    book.save(fixed)
    desk.put("ds.xlsx.fix.xlsx", fixed.getvalue())
    desk.run(AUG_11)
    assert desk.answer("ds.xlsx.fix.xlsx").outcomes == {"loaded": 3}
    assert desk.query("SELECT count(*) FROM intake.row WHERE closed_at IS NULL") == [(0,)]
    assert not path.exists()


def test_the_same_rows_make_the_same_workbook(desk: Desk) -> None:
    from vaxtally import db
    from vaxtally.intake import answer

    desk.put("ds.xlsx", workbook({"A": [list(HEADER), cells(1, **BAD_SEX)]}))
    desk.run()
    desk.execute("UPDATE intake.upload SET answer_outdated_at = now()")
    with desk.engine.connect() as connection:
        (upload,) = db.run(connection, "intake/upload/select_unfinished", {"with_outdated": True}).all()
        one, other = (answer.answer_of(connection, upload) for _ in range(2))
    assert one == other
    before = desk.files()
    desk.run(AUG_11)
    assert set(desk.files()) == set(before)


def test_text_too_long_for_a_spreadsheet_comes_as_csv(desk: Desk) -> None:
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet()
        for line, row in enumerate([[*HEADER, EXTRA], [*cells(1, **BAD_SEX), "x"]]):
            page.write_row(line, 0, row)
        # As no spreadsheet writes it, but a program may.
        page.write_string(1, len(HEADER), "x" * 32_767)
    desk.put("ds.xlsx", content.getvalue())
    desk.run()
    assert desk.answer("ds.xlsx").summary["fix_file"] == "ds.xlsx.fix.csv"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Any:
    if SOFFICE is None:
        pytest.skip("no LibreOffice on this machine")
    profile = tmp_path_factory.mktemp("office")

    def save_as(path: Path, form: str, folder: Path) -> bytes:
        """Open a file and save it in another form, as a person would."""
        source = folder / f"in{path.suffix}"
        source.write_bytes(path.read_bytes())
        # A CSV is opened as UTF-8 with commas, every column as the program guesses.
        command = [SOFFICE, "--headless", f"-env:UserInstallation=file://{profile}", "--infilter=CSV:44,34,76,1"]
        command = command if path.suffix == ".csv" else command[:-1]
        command += ["--convert-to", form, "--outdir", str(folder / "out"), str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        (saved,) = (folder / "out").iterdir()
        return saved.read_bytes()

    return save_as


TEXT_FORMS = {
    "csv": "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false",
    "semicolons": "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false",
    "all quoted": "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,true,true,false",
    "utf-16": "csv:Text - txt - csv (StarCalc):9,34,65535,1,,0,false,true,false",
}


@pytest.mark.parametrize("form", ["xlsx", "xls", *TEXT_FORMS])
def test_a_workbook_survives_libreoffice(desk: Desk, office: Any, tmp_path: Path, form: str) -> None:
    rows = [[*cells(n, **BAD_SEX), text] for n, text in enumerate(HOSTILE, start=1)]
    desk.put("ds.xlsx", workbook({"A": [[*HEADER, EXTRA], *rows]}))
    desk.run()
    sent = originals(desk, "ds.xlsx")
    assert sent == rows
    path = desk.outbox / "HOC-1" / "ds.xlsx.fix.xlsx"
    name = f"b.{form if form in ('xlsx', 'xls') else 'csv'}"
    desk.put(name, office(path, TEXT_FORMS.get(form, form), tmp_path))
    desk.run(AUG_11)
    assert [row[: len(rows[0])] for row in originals(desk, name)] == sent
    assert desk.query("SELECT count(*) FROM intake.row WHERE closed_at IS NULL") == [(len(rows),)]


@pytest.mark.parametrize("form", ["xlsx", *TEXT_FORMS])
def test_a_text_file_survives_libreoffice(desk: Desk, office: Any, tmp_path: Path, form: str) -> None:
    # A text file opened in a spreadsheet loses zeros and dates of its own; formulas and references it must not.
    kept = HOSTILE[:8]
    rows = [[*cells(n, **BAD_SEX), text] for n, text in enumerate(kept, start=1)]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[*HEADER, EXTRA], *rows])
    desk.put("ds.csv", text.getvalue().encode())
    desk.run()
    path = desk.outbox / "HOC-1" / "ds.csv.fix.csv"
    name = "b.xlsx" if form == "xlsx" else "b.csv"
    desk.put(name, office(path, TEXT_FORMS.get(form, form), tmp_path))
    desk.run(AUG_11)
    assert [row[len(HEADER)] for row in originals(desk, name)] == list(kept)
    assert desk.query("SELECT count(*) FROM intake.row WHERE closed_at IS NULL") == [(len(rows),)]
