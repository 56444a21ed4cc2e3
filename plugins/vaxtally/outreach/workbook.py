"""The workbook that goes with a reminder: a line for each day, vaccine and dose that falls short, with its causes.

Every text is written as a text: nothing in it is a formula or a link, whatever a unit's name begins with.
"""

import io
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from vaxtally.outreach import causes
from vaxtally.outreach.letter import CAUSES, DEPARTMENTS_CAUSES, Letter
from vaxtally.outreach.words import Words, words

if TYPE_CHECKING:
    from xlsxwriter import Workbook

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
INK, WATER, AMBER = "#17324D", "#0B6E8A", "#9A4A06"
NUMBERS = ("reported", "entered", "missing", *CAUSES)
WIDTHS = (12, 20, 7, 12, 12, 12, 13, 13, 13, 13, 13)
HEADER_ROW = 3


def write(letter: Letter) -> bytes:
    """An XLSX in the letter's language; the same bytes for the same letter."""
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(buffer, options) as book:
        t = words(letter.language)
        title = t("sheet.title", unit=letter.unit_name)
        created = datetime.combine(letter.as_of, time(), tzinfo=UTC).replace(tzinfo=None)
        book.set_properties({"title": title, "author": t("common.office"), "created": created})
        book.set_calc_mode("auto")
        formats = _formats(book, t)
        _lines(book, letter, t, title, formats)
        _guide(book, t, formats)
    return buffer.getvalue()


def _formats(book: "Workbook", t: Words) -> dict[str, Any]:
    line = {"border": 1, "border_color": "#DFE6EC", "valign": "vcenter"}
    number = {**line, "num_format": "#,##0;-#,##0;–"}
    head = {**line, "bold": True, "font_color": "#FFFFFF", "text_wrap": True, "align": "center"}
    total = {"bold": True, "top": 2, "top_color": INK, "bg_color": "#F3F6F9"}
    kinds = {
        "title": {"bold": True, "font_size": 14, "font_color": INK},
        "muted": {"font_color": "#52616F", "text_wrap": True, "valign": "top"},
        "head": {**head, "bg_color": INK},
        "head_unit": {**head, "bg_color": AMBER},
        "head_department": {**head, "bg_color": WATER},
        "day": {**line, "num_format": "dd/mm/yyyy", "align": "left"},
        "text": line,
        "wrapped": {**line, "text_wrap": True, "valign": "top"},
        "dose": {**line, "align": "center"},
        "number": number,
        "missing": {**number, "bold": True, "font_color": AMBER},
        "total": total,
        "total_number": {**total, "num_format": "#,##0;-#,##0;–"},
    }
    return {name: book.add_format({"font_name": "Arial", "font_size": 10, **kind}) for name, kind in kinds.items()}


def _lines(book: "Workbook", letter: Letter, t: Words, title: str, formats: dict[str, Any]) -> None:
    sheet = book.add_worksheet(t("sheet.lines"))
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, title, formats["title"])
    sheet.merge_range(1, 0, 1, len(WIDTHS) - 1, "", formats["muted"])
    sheet.write_string(1, 0, t("sheet.as_of", as_of=t.full_date(letter.as_of)), formats["muted"])
    sheet.set_row(1, 28)
    sheet.set_row(HEADER_ROW, 32)
    for column, (label, kind) in enumerate(_heads(t)):
        sheet.write_string(HEADER_ROW, column, label, formats[kind])
    row = HEADER_ROW
    for row, line in enumerate(letter.lines, HEADER_ROW + 1):
        sheet.write_datetime(row, 0, datetime.combine(line.given_on, time()), formats["day"])
        sheet.write_string(row, 1, line.vaccine_name, formats["text"])
        sheet.write_number(row, 2, line.dose_number, formats["dose"])
        for column, name in enumerate(NUMBERS, 3):
            kind = "missing" if name == "missing" else "number"
            sheet.write_number(row, column, getattr(line, name), formats[kind])
    _totals(sheet, letter, t, row, formats)
    sheet.autofilter(HEADER_ROW, 0, row, len(WIDTHS) - 1)
    sheet.freeze_panes(HEADER_ROW + 1, 3)
    _print_set_up(sheet)


def _heads(t: Words) -> list[tuple[str, str]]:
    """The columns' heads, coloured by whose task a cause is."""
    plain = [(t(f"csv.{name}"), "head") for name in ("given_on", "vaccine", "dose_number", *NUMBERS[:3])]
    return plain + [
        (t(f"sheet.{cause}"), "head_department" if cause in DEPARTMENTS_CAUSES else "head_unit") for cause in CAUSES
    ]


def _totals(sheet: Any, letter: Letter, t: Words, last: int, formats: dict[str, Any]) -> None:
    """Sums of the rows a filter leaves: SUBTOTAL, with the value for whoever does not calculate."""
    from xlsxwriter.utility import xl_range

    row = last + 1
    sheet.write_string(row, 0, t("sheet.total"), formats["total"])
    for column in (1, 2):
        sheet.write_blank(row, column, None, formats["total"])
    for column, name in enumerate(NUMBERS, 3):
        cells = xl_range(HEADER_ROW + 1, column, last, column)
        value = sum(getattr(line, name) for line in letter.lines)
        sheet.write_formula(row, column, f"=SUBTOTAL(109,{cells})", formats["total_number"], value)


def _print_set_up(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)
    sheet.set_footer("&C&P / &N")
    sheet.hide_gridlines(2)


def _guide(book: "Workbook", t: Words, formats: dict[str, Any]) -> None:
    """What each cause means, whose task it is, and what to do."""
    sheet = book.add_worksheet(t("sheet.guide"))
    for column, (label, width) in enumerate((("column", 24), ("whose", 22), ("meaning", 90))):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, t(f"sheet.{label}"), formats["head"])
    for row, cause in enumerate(CAUSES, 1):
        said = (t(f"sheet.{cause}"), causes.whose(cause, t), f"{t(f'cause.{cause}')}. {t(f'cause.{cause}_todo')}")
        for column, text in enumerate(said):
            sheet.write_string(row, column, text, formats["wrapped"])
    sheet.freeze_panes(1, 0)
    sheet.hide_gridlines(2)
