"""A fix workbook is read without touching a row's border: LibreOffice leaves rows as high as they are."""

import io
from datetime import UTC, datetime

import openpyxl

from vaxtally.intake.fix_file import FixSheet
from vaxtally.intake.fix_workbook import workbook

HEADER = ["Họ và tên", "vaxtally_ref", "Kết quả", "Lý do"]
LONG = "Số CCCD/CMND đã thuộc về người khác. " * 5


def test_a_row_is_as_high_as_its_fullest_cell() -> None:
    rows = [["Lê An", "V1-1", "held", "Thiếu ngày sinh."], ["Lê An", "V1-2", "held", LONG], ["a\nb\nc", "", "", ""]]
    content = workbook([FixSheet(None, 1, HEADER, rows, [frozenset()] * len(rows))], datetime(2021, 9, 8, tzinfo=UTC))
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    one, long, three = (page.row_dimensions[row].height or 0 for row in (2, 3, 4))
    assert one < three <= long
    assert long > 2.5 * one
