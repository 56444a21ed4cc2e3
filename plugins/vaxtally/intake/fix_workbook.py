"""A fix file as a workbook: every cell text, so that no zero and no date is lost; the reasons in sight."""

import io
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vaxtally.intake.fix_file import FixSheet

NARROWEST, WIDEST, REASON_WIDTH = 9, 32, 70
# Points that a line of text takes.
LINE_HEIGHT, MOST_LINES = 13, 8
LONGEST_SHEET_NAME = 31
# Rows that are looked at to find how wide a column is.
ROWS_MEASURED = 200
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")

_HEAD = {
    "bold": True,
    "font_color": "#FFFFFF",
    "bg_color": "#17324D",
    "valign": "vcenter",
    "text_wrap": True,
    "border": 1,
}
_ADDED_HEAD = {**_HEAD, "bg_color": "#B45309"}
# Cells format @: what is typed into them stays as it was typed.
_CELL = {"num_format": "@", "valign": "top", "text_wrap": True}
_REFERENCE = {**_CELL, "font_color": "#7A8794"}
_FAULTY = {**_CELL, "bg_color": "#F8D9B0"}
_REASON = {**_CELL, "bg_color": "#FDF3E3", "font_color": "#8A3F06"}


def workbook(sheets: "list[FixSheet]", written_at: datetime) -> bytes:
    """An XLSX with these sheets; equal for equal rows."""
    import xlsxwriter

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": written_at.replace(tzinfo=None)})
        formats = {
            name: book.add_format({"font_name": "Arial", "font_size": 10, **style})
            for name, style in (
                ("head", _HEAD), ("added_head", _ADDED_HEAD), ("cell", _CELL), ("ref", _REFERENCE), ("reason", _REASON),
                ("faulty", _FAULTY),
            )
        }  # fmt: skip
        taken: set[str] = set()
        for sheet in sheets:
            _write(book.add_worksheet(_sheet_name(sheet.name or "", taken)), sheet, formats)
    return content.getvalue()


def _write(page: Any, sheet: "FixSheet", formats: dict[str, Any]) -> None:
    reason = len(sheet.header) - 1
    style = ["cell"] * sheet.own + ["ref", "reason", "reason"]
    widths = []
    for place, text in enumerate(sheet.header):
        longest = max([len(text), *(len(row[place]) for row in sheet.rows[:ROWS_MEASURED])])
        width = REASON_WIDTH if place == reason else min(max(longest + 2, NARROWEST), WIDEST)
        widths.append(width)
        # The whole column is text, also where the unit adds a row.
        page.set_column(place, place, width, formats[style[place]])
        page.write_string(0, place, text, formats["head" if place < sheet.own else "added_head"])
    for line, (row, faulty) in enumerate(zip(sheet.rows, sheet.faulty, strict=True), start=1):
        page.set_row(line, LINE_HEIGHT * _lines(row, widths) + 2)
        for place, text in enumerate(row):
            look = formats["faulty" if place in faulty else style[place]]
            if text:
                page.write_string(line, place, text, look)
            else:
                page.write_blank(line, place, None, look)
    page.set_row(0, 32)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, len(sheet.rows), reason)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _lines(row: "Sequence[str]", widths: list[int]) -> int:
    """Lines that the fullest cell takes: not every spreadsheet fits rows to their text by itself."""
    wrapped = (
        sum(1 + max(len(part) - 1, 0) // width for part in text.split("\n"))
        for text, width in zip(row, widths, strict=False)
    )
    return min(max(wrapped, default=1), MOST_LINES)


def _sheet_name(name: str, taken: set[str]) -> str:
    """The sheet's own name, as far as a workbook may have it."""
    plain = _NO_SHEET_NAME.sub(" ", name).strip().strip("'")[:LONGEST_SHEET_NAME] or "Sheet"
    if plain.lower() == "history":
        plain += "_"
    found, number = plain, 1
    while found.lower() in taken:
        number += 1
        found = f"{plain[: LONGEST_SHEET_NAME - 5]} ({number})"
    taken.add(found.lower())
    return found
