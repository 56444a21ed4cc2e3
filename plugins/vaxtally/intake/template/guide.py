"""The second sheet: what to do, what each column means, and what an answer may say of a row.

Columns stand below each other here, never side by side: no row of this sheet can be taken for a header of data.
"""

from typing import TYPE_CHECKING

from vaxtally.intake.read.source import Kind
from vaxtally.intake.template.columns import Column
from vaxtally.intake.template.words import remarks, words

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from vaxtally.intake.template.styles import Styles
    from vaxtally.intake.template.unit import Unit

_WIDTHS = (4, 28, 18, 62, 30)
_CHARACTERS = 150
_LINE = 15


def write_guide(
    workbook: "Workbook", styles: "Styles", columns: list[Column], unit: "Unit", kind: Kind, language: str
) -> None:
    """Add the guide in the unit's language."""
    common, text = words(language)["common"], words(language)[kind]
    sheet = workbook.add_worksheet(common["guide_sheet"])
    sheet.hide_gridlines(2)
    for place, width in enumerate(_WIDTHS):
        sheet.set_column(place, place, width)
    sheet.set_row(0, 28)
    sheet.write_string(0, 1, text["guide_title"], styles.title)
    sheet.write_string(1, 1, common["office"], styles.subtitle)
    steps = [step.format(unit_code=unit.code) for step in text["steps"]]
    row = _steps(sheet, styles, 3, text["steps_title"], steps)
    row = _columns(sheet, styles, row + 1, columns, language)
    for consequence in ("rejected", "held", "loaded"):
        if found := remarks(kind, language, (consequence,)):
            row = _remarks(sheet, styles, row + 1, common[f"{consequence}_title"], found, language)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _steps(sheet: "Worksheet", styles: "Styles", row: int, title: str, lines: list[str]) -> int:
    """A heading with numbered lines below it; the row after them."""
    _title(sheet, styles, row, title)
    for number, line in enumerate(lines, start=1):
        sheet.write_string(row + number, 0, f"{number}.", styles.step)
        sheet.merge_range(row + number, 1, row + number, len(_WIDTHS) - 1, line, styles.paragraph)
        _fit(sheet, row + number, len(line) / _CHARACTERS)
    return row + len(lines) + 1


def _title(sheet: "Worksheet", styles: "Styles", row: int, title: str) -> None:
    sheet.set_row(row, 24)
    sheet.write_string(row, 1, title, styles.section)


def _fit(sheet: "Worksheet", row: int, lines: float) -> None:
    """Merged cells do not grow with their text."""
    sheet.set_row(row, _LINE * (1 + int(lines)) + 4)


def _columns(sheet: "Worksheet", styles: "Styles", row: int, columns: list[Column], language: str) -> int:
    """The table of columns with the example, from top to bottom; the row after it."""
    common = words(language)["common"]
    _title(sheet, styles, row, common["columns_title"])
    for place, key in enumerate(("column", "need", "how", "example_column"), start=1):
        sheet.write_string(row + 1, place, common[key], styles.heading)
    for here, column in enumerate(columns, start=row + 2):
        sheet.write_string(here, 1, column.header, styles.name)
        sheet.write_string(here, 2, common[column.need.name.lower()], styles.legend[column.need])
        sheet.write_string(here, 3, column.how, styles.boxed)
        sheet.write_string(here, 4, column.example, styles.example)
        _fit(sheet, here, len(column.how) / _WIDTHS[3])
    return row + 2 + len(columns)


def _remarks(
    sheet: "Worksheet", styles: "Styles", row: int, title: str, found: list[tuple[str, str]], language: str
) -> int:
    """What an answer may say of a row, and what to do then; the row after it."""
    common = words(language)["common"]
    _title(sheet, styles, row, title)
    sheet.merge_range(row + 1, 1, row + 1, 2, common["message"], styles.heading)
    sheet.merge_range(row + 1, 3, row + 1, 4, common["what_to_do"], styles.heading)
    for here, (message, advice) in enumerate(found, start=row + 2):
        sheet.merge_range(here, 1, here, 2, message, styles.name)
        sheet.merge_range(here, 3, here, 4, advice, styles.boxed)
        _fit(sheet, here, max(len(message) / (_WIDTHS[1] + _WIDTHS[2]), len(advice) / (_WIDTHS[3] + _WIDTHS[4])))
    return row + 2 + len(found)
