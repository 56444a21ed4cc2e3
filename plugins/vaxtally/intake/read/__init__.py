"""Reading a file as the unit sent it: CSV or workbook, its header mapped, its rows complete and in order."""

from collections.abc import Iterator
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
    from hashlib import _Hash

__all__ = ["CELL_SEPARATOR", "FileRefusedError", "HeaderColumn", "Limits", "SourceFile", "read_file", "read_in_parts"]

_DEFAULT_LIMITS = Limits()


def read_file(path: Path, kind: Kind, limits: Limits = _DEFAULT_LIMITS) -> SourceFile:
    """Read an upload or a report, by its content and whatever its name says.

    Raises FileRefusedError with a rule of level file, and OSError where the file itself cannot be opened.
    """
    from vaxtally.intake.read import tables

    return tables.whole(list(read_in_parts(path, kind, limits)))


def read_in_parts(
    path: Path, kind: Kind, limits: Limits = _DEFAULT_LIMITS, digest: "_Hash | None" = None
) -> Iterator[SourceFile]:
    """The same in parts, one at least: of CSV a part is of bounded size, whatever the file's; a workbook is one part.

    A file may be refused after its last part: then none of them counts. At the end `digest` has taken the file's bytes.
    """
    from vaxtally.intake.read import text_parts, workbook

    size = path.stat().st_size
    if size == 0:
        raise unreadable("zero bytes")
    if size > limits.file_bytes:
        raise unreadable("too large")
    with path.open("rb") as file:
        in_workbook = workbook.is_workbook(file.read(8))
    return (
        _read_workbook(path, kind, limits, digest) if in_workbook else text_parts.read_text(path, kind, limits, digest)
    )


def _read_workbook(path: Path, kind: Kind, limits: Limits, digest: "_Hash | None") -> Iterator[SourceFile]:
    from vaxtally.intake.read import date_order, tables, text_file, workbook
    from vaxtally.intake.read.form_rows import without_form_rows

    found = workbook.read_workbook(path, limits)
    parts = [
        tables.Part(
            sheet.name, header, without_form_rows(workbook.read_records(sheet, header, start, limits), header, kind)
        )
        for sheet, header, start in workbook.choose_sheets(workbook.in_unicode(found.sheets), kind)
    ]
    source = replace(tables.source_file(parts, kind, is_workbook=True), dates_from_1904=found.dates_from_1904)
    date_order.check_date_order(source.table, kind)
    yield source
    if digest:
        for _ in text_file.file_chunks(path, digest):
            pass
