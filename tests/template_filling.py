"""Filling in a template as a unit does: with a program that did not write it, knowing only what the sheet shows."""

import io
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

import openpyxl
from openpyxl.utils import get_column_letter, range_boundaries

from vaxtally.intake.read.headers import read_header
from vaxtally.intake.template import Unit
from vaxtally.intake.template.workbook import template_bytes

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from vaxtally.intake.read.source import Kind

CAMPAIGN_START = date(2021, 3, 8)
ALONE = Unit("HOC-2", "Trạm Y tế HOC-2", "vi", ("HOC-2",))
WITH_OTHERS = Unit("HOC-1", "Trạm Y tế HOC-1", "vi", ("HOC-1", "HOC-1A"))
LANGUAGES = ("vi", "en")


class Filling:
    """A template that is open in a spreadsheet."""

    def __init__(self, content: bytes, kind: "Kind" = "upload") -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(content))
        sheet = self.book.worksheets[0]
        self.sheet: Worksheet = sheet
        self.kind: Kind = kind
        self.header_row = next(row for row, cells in enumerate(sheet.rows, start=1) if any(c.comment for c in cells))
        self.headers = [str(cell.value) for cell in sheet[self.header_row] if cell.value]
        self.fields = dict(zip(read_header(self.headers, kind).fields, range(1, 100), strict=False))
        self.next_row = self.header_row + 1

    @classmethod
    def of(cls, unit: Unit = WITH_OTHERS, kind: "Kind" = "upload", language: str = "vi") -> "Filling":
        """A new template."""
        return cls(template_bytes(unit, kind, language, CAMPAIGN_START), kind)

    def write(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Rows by field, below the header."""
        for row in rows:
            for field, value in row.items():
                self.sheet.cell(self.next_row, self.fields[field]).value = value  # type: ignore[assignment]
            self.next_row += 1

    def choices(self, field: str) -> list[str]:
        """What the drop-down list of a column offers; nothing where it has none."""
        letter = get_column_letter(self.fields[field])
        checks = [
            check
            for check in self.sheet.data_validations.dataValidation
            if check.type == "list" and f"{letter}{self.header_row + 1}" in check.sqref
        ]
        if not checks:
            return []
        (check,) = checks
        ((name, place),) = self.book.defined_names[str(check.formula1).lstrip("=")].destinations
        first_column, first_row, last_column, last_row = range_boundaries(place)
        listed = self.book[name].iter_rows(first_row, last_row, first_column, last_column, values_only=True)
        return [str(value) for (value,) in listed]

    def save(self) -> bytes:
        target = io.BytesIO()
        self.book.save(target)
        return target.getvalue()
