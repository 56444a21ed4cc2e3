"""Reading XLSX and XLS: what Calc saved, what openpyxl writes, and what somebody made to break the reader."""

import os
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaxtally.intake.canonical import canonicalise_upload
from vaxtally.intake.read import CELL_SEPARATOR, FileRefusedError, Limits, SourceFile, read_file, workbook
from vaxtally.intake.read.workbook_budget import Budget

SAVED_BY_CALC = Path(__file__).parents[1] / "fixtures" / "libreoffice"
LIMITS = Limits()
HEADER = ("Họ và tên", "Giới tính", "Ngày sinh", "CCCD", "Vắc xin", "Mũi", "Ngày tiêm", "Ghi chú")
PERSON = ("Nguyễn Văn Đức", "Nam", 1950, 79050000001.0, "AZ", 1, date(2021, 8, 5), None)


def save(workbook: openpyxl.Workbook, folder: Path, name: str = "list.xlsx") -> Path:
    workbook.save(folder / name)
    return folder / name


def column(source: SourceFile, name: str) -> list:
    return source.table.column(name).to_pylist()


def refused(path: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(FileRefusedError) as refusal:
        read_file(path, "upload", limits)
    return refusal.value.rule


@pytest.mark.parametrize("name", ["titled.xlsx", "titled.xls"])
def test_a_titled_list_that_calc_saved(name: str) -> None:
    source = read_file(SAVED_BY_CALC / name, "upload")
    assert source.is_workbook
    assert set(column(source, "sheet")) == {"Ngày 5-8"}
    assert column(source, "row_number") == [1, 2, 3, 4]
    assert column(source, "line") == [4, 5, 6, 8]
    assert column(source, "full_name") == ["Nguyễn Văn Đức", "Trần Thị Ánh Tuyết", "Lê Quỳnh Như", "Phạm Minh"]
    assert column(source, "birth_date") == ["1950-02-01", "1962", "25/12/1999", "05/1970"]
    assert column(source, "national_id") == ["79050000123", "79162000456", "23456789", "079070000789"]
    assert column(source, "vaccine") == ["AstraZeneca", "AstraZeneca", "AstraZeneca", "Vero Cell"]
    assert column(source, "given_on") == ["2021-08-05 14:30:00", "2021-08-05", "06/08/2021", "44415"]
    assert column(source, "cells_found") == [None] * 4


def test_a_csv_that_calc_exported() -> None:
    source = read_file(SAVED_BY_CALC / "titled.csv", "upload")
    assert column(source, "line") == [4, 5, 6, 8]
    assert column(source, "birth_date") == ["01/02/1950", "1962", "25/12/1999", "05/1970"]
    assert column(source, "vaccine") == ["AstraZeneca", None, None, "Vero Cell"]


def test_a_csv_that_calc_opened_and_saved_as_a_workbook() -> None:
    source = read_file(SAVED_BY_CALC / "persons.xlsx", "upload")
    assert column(source, "line") == [2, 3, 4]
    assert column(source, "birth_date") == ["1950-02-01", "1962", "1999-12-25"]
    assert column(source, "national_id") == ["79050000123", "79162000456", "23456789"]
    assert column(source, "phone") == ["903123456", "912345678", "2838123456"]
    assert column(source, "given_on") == ["2021-08-05", "2021-08-06", "2021-08-07"]
    assert column(source, "note") == [None, "tiêm\ntại nhà", None]


def test_cells_of_every_type_become_text(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append([*HEADER, "a", "b", "c", "d", "e"])
    cells = [True, time(8, 30), 1.5, timedelta(hours=30), "=1/0"]
    sheet.append([*PERSON[:6], datetime(2021, 8, 5, 14, 30), "x\x85y", *cells])
    source = read_file(save(workbook, tmp_path), "upload")
    [original] = column(source, "original")
    assert original.split(CELL_SEPARATOR)[2:8] == ["1950", "79050000001", "AZ", "1", "2021-08-05 14:30:00", "x\x85y"]
    assert original.split(CELL_SEPARATOR)[8:11] == ["TRUE", "08:30:00", "1.5"]


def test_a_list_that_does_not_begin_at_the_corner(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for place, row in enumerate((HEADER, PERSON, (), PERSON)):
        for offset, value in enumerate(row):
            sheet.cell(7 + place, 4 + offset, value)
    sheet.merge_cells("F8:F10")
    sheet.merge_cells("B2:J3")
    source = read_file(save(workbook, tmp_path), "upload")
    assert column(source, "line") == [8, 10]
    assert column(source, "birth_date") == ["1950", "1950"]


def test_two_line_headers_with_merged_cells(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append([*HEADER[:4], "Mũi tiêm đã tiêm", None, None, HEADER[7]])
    sheet.append([None] * 4 + [*HEADER[4:7], None])
    sheet.append(PERSON)
    for letter in "ABCDH":
        sheet.merge_cells(f"{letter}1:{letter}2")
    sheet.merge_cells("E1:G1")
    source = read_file(save(workbook, tmp_path), "upload")
    assert [c.name for c in source.header] == list(HEADER)
    assert column(source, "line") == [3]


def test_every_sheet_that_maps_is_read_in_order(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["Hướng dẫn"])
    second, third, hidden = (workbook.create_sheet(name) for name in ("Tuần 1", "Tuần 2", "Cũ"))
    second.append(HEADER)
    second.append(PERSON)
    third.append(["Số lô", *HEADER[::-1]])
    third.append(["L1", *PERSON[::-1]])
    hidden.append(HEADER)
    hidden.append(PERSON)
    hidden.sheet_state = "hidden"
    source = read_file(save(workbook, tmp_path), "upload")
    assert column(source, "sheet") == ["Tuần 1", "Tuần 2"]
    assert column(source, "row_number") == [1, 2]
    assert column(source, "line") == [2, 2]
    assert column(source, "lot_number") == [None, "L1"]
    assert [c.name for c in source.header] == [*HEADER, "Số lô"]
    first, other = (original.split(CELL_SEPARATOR) for original in column(source, "original"))
    assert first[:8] == other[:8]
    assert other[8] == "L1"


def test_a_hidden_sheet_is_read_if_no_other_maps(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    hidden = workbook.create_sheet("Cũ")
    hidden.append(HEADER)
    hidden.append(PERSON)
    hidden.sheet_state = "veryHidden"
    assert column(read_file(save(workbook, tmp_path), "upload"), "sheet") == ["Cũ"]


def test_the_content_counts_and_not_the_name(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(HEADER)
    workbook.active.append(PERSON)
    assert read_file(save(workbook, tmp_path).rename(tmp_path / "list.csv"), "upload").is_workbook
    named_wrong = tmp_path / "list.xls"
    named_wrong.write_text("\t".join(HEADER) + "\n", encoding="utf-8")
    assert not read_file(named_wrong, "upload").is_workbook


def test_a_workbook_without_a_list(tmp_path: Path) -> None:
    assert refused(save(openpyxl.Workbook(), tmp_path)) == "file.header_missing"


def test_a_child_that_only_waits_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, told = tmp_path / "waiting.py", tmp_path / "pid"
    waiting.write_text(f"import os, time\nopen({str(told)!r}, 'w').write(str(os.getpid()))\ntime.sleep(3600)\n")
    monkeypatch.setattr(workbook.workbook_child, "__file__", str(waiting))
    # Long enough for the child to have begun.
    monkeypatch.setattr(workbook, "_clock_seconds", lambda _: 5.0)
    with pytest.raises(FileRefusedError) as refusal:
        read_file(SAVED_BY_CALC / "form.xlsx", "upload")
    assert refusal.value.values == {"reason": "takes too long"}
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


@pytest.mark.parametrize(("seconds", "by_the_clock"), [(6, 60), (10, 60), (20, 120)])
def test_the_clock_allows_what_a_busy_machine_needs(seconds: int, by_the_clock: int) -> None:
    assert workbook._clock_seconds(Budget(0, seconds, 0, dates_from_1904=False)) == by_the_clock


def test_a_crafted_cell_reference_ends_the_child_only(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(HEADER)
    workbook.active["XFD1048576"] = "x"
    assert refused(save(workbook, tmp_path)) == "file.unreadable"


def test_limits_of_cells_and_columns(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append([*HEADER, *["x"] * 20])
    workbook.active.append([*PERSON[:7], "x" * 200])
    path = save(workbook, tmp_path)
    assert refused(path, Limits(columns=10)) == "file.unreadable"
    assert refused(path, Limits(cell_characters=199)) == "file.unreadable"
    assert refused(path, Limits(unpacked_bytes=1000)) == "file.unreadable"
    assert read_file(path, "upload", Limits(cell_characters=200)).rows == 1


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    assert refused(path) == "file.unreadable"


def test_archives_and_containers_that_are_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "photos.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.jpg", b"x")
    assert refused(path) == "file.unreadable"
    # An encrypted workbook is an OLE container under the name of an XLSX.
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    assert refused(path) == "file.unreadable"


@given(st.integers(0, 7000), st.binary(min_size=1, max_size=8), st.sampled_from(["titled.xlsx", "titled.xls"]))
@settings(max_examples=60, deadline=None)
def test_a_damaged_workbook_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes, name: str
) -> None:
    content = bytearray((SAVED_BY_CALC / name).read_bytes())
    content[place : place + len(damage)] = damage
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content if place % 3 else content[:place])
    try:
        source = read_file(path, "upload")
    except FileRefusedError as refusal:
        assert refusal.rule.startswith("file.")
    else:
        assert column(source, "row_number") == list(range(1, source.rows + 1))


@pytest.mark.parametrize("form", ["xlsx", "xls"])
def test_dates_that_count_from_1904(tmp_path: Path, form: str) -> None:
    """Calc saved it with 'null date 01/01/1904': a date as such, one as bare serial, one as text, a year."""
    source = read_file(SAVED_BY_CALC / f"from_1904.{form}", "upload")
    assert source.dates_from_1904
    assert column(source, "given_on") == ["2021-08-05", "42952", "06/08/2021"]
    rows = canonicalise_upload(source, "U", frozenset({"U"}), date(2021, 8, 10)).to_pylist()
    assert [row["given_on"] for row in rows] == [date(2021, 8, 5), date(2021, 8, 6), date(2021, 8, 6)]
    assert [row["birth_date_precision"] for row in rows] == ["day", "year", "day"]
    assert [row["birth_date"] for row in rows] == [date(1950, 2, 1), date(1962, 1, 1), date(1999, 12, 25)]
    assert not read_file(SAVED_BY_CALC / f"titled.{form}", "upload").dates_from_1904
