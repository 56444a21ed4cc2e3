"""The second sheet: what to do, what each column means, and what an answer may say of a row.

Columns stand below each other here, never side by side: no row of this sheet can be taken for a header of data.
"""

from typing import TYPE_CHECKING

from vaxtally.intake.read.source import Kind
from vaxtally.intake.template.columns import Column
from vaxtally.intake.template.words import messages, words

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
    row = _paragraphs(sheet, styles, 3, text["steps_title"], steps, numbered=True)
    row = _columns(sheet, styles, row + 1, columns, language)
    for title, rejecting in (("rejected_title", True), ("loaded_title", False)):
        row = _paragraphs(sheet, styles, row + 1, text[title], messages(kind, language, rejecting), numbered=False)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _paragraphs(sheet: "Worksheet", styles: "Styles", row: int, title: str, lines: list[str], *, numbered: bool) -> int:
    """A heading with lines below it; the row after them."""
    sheet.set_row(row, 24)
    sheet.write_string(row, 1, title, styles.section)
    for number, line in enumerate(lines, start=1):
        sheet.write_string(
            row + number, 0, f"{number}." if numbered else "•", styles.step if numbered else styles.bullet
        )
        sheet.merge_range(row + number, 1, row + number, len(_WIDTHS) - 1, line, styles.paragraph)
        # Merged cells do not grow with their text.
        sheet.set_row(row + number, _LINE * (1 + len(line) // _CHARACTERS) + 2)
    return row + len(lines) + 1


def _columns(sheet: "Worksheet", styles: "Styles", row: int, columns: list[Column], language: str) -> int:
    """The table of columns with the example, from top to bottom; the row after it."""
    common = words(language)["common"]
    sheet.set_row(row, 24)
    sheet.write_string(row, 1, common["columns_title"], styles.section)
    for place, key in enumerate(("column", "need", "how", "example_column"), start=1):
        sheet.write_string(row + 1, place, common[key], styles.heading)
    for here, column in enumerate(columns, start=row + 2):
        sheet.write_string(here, 1, column.header, styles.name)
        sheet.write_string(here, 2, common[column.need.name.lower()], styles.legend[column.need])
        sheet.write_string(here, 3, column.how, styles.boxed)
        sheet.write_string(here, 4, column.example, styles.example)
        sheet.set_row(here, _LINE * (1 + len(column.how) // 64) + 4)
    return row + 2 + len(columns)
