"""Reading a file as the unit sent it: CSV or workbook, its header mapped, its rows complete and in order."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally.intake.read.source import (
    CELL_SEPARATOR,
    FileRefusedError,
    HeaderColumn,
    Kind,
    Limits,
    SourceFile,
    unreadable,
)

if TYPE_CHECKING:
    from vaxtally.intake.read.tables import Part

__all__ = ["CELL_SEPARATOR", "FileRefusedError", "HeaderColumn", "Limits", "SourceFile", "read_file"]

_DEFAULT_LIMITS = Limits()


def read_file(path: Path, kind: Kind, limits: Limits = _DEFAULT_LIMITS) -> SourceFile:
    """Read an upload or a report, by its content and whatever its name says.

    Raises FileRefusedError with a rule of level file, and OSError where the file itself cannot be opened.
    """
    from vaxtally.intake.read import date_order, tables, workbook

    size = path.stat().st_size
    if size == 0:
        raise unreadable("zero bytes")
    if size > limits.file_bytes:
        raise unreadable("too large")
    with path.open("rb") as file:
        in_workbook = workbook.is_workbook(file.read(8))
    from_1904 = False
    if in_workbook:
        parts, from_1904 = _read_workbook(path, kind, limits)
    else:
        parts = _read_text(path, kind, limits)
    source = replace(tables.source_file(parts, kind, in_workbook), dates_from_1904=from_1904)
    date_order.check_date_order(source.table, kind)
    return source


def _read_text(path: Path, kind: Kind, limits: Limits) -> "list[Part]":
    from vaxtally.intake.read import delimited, text_file
    from vaxtally.intake.read.form_rows import without_form_rows
    from vaxtally.intake.read.tables import Part

    text = text_file.normal_text(path.read_bytes())
    layout = delimited.find_layout(text, kind, limits)
    records = delimited.read_records(text, layout, limits)
    return [Part(None, layout.header, without_form_rows(records, layout.header, kind))]


def _read_workbook(path: Path, kind: Kind, limits: Limits) -> "tuple[list[Part], bool]":
    """The sheets that are lists, and whether dates count from 1904."""
    from vaxtally.intake.read import workbook
    from vaxtally.intake.read.form_rows import without_form_rows
    from vaxtally.intake.read.tables import Part

    found = workbook.read_workbook(path, limits)
    parts = [
        Part(sheet.name, header, without_form_rows(workbook.read_records(sheet, header, start, limits), header, kind))
        for sheet, header, start in workbook.choose_sheets(workbook.in_unicode(found.sheets), kind)
    ]
    return parts, found.dates_from_1904
