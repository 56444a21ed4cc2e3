"""The template's workbook: the sheet to fill in, the guide, and the hidden lists. Written by xlsxwriter."""

import io
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally.errors import UsageError
from vaxtally.intake.read.source import Kind
from vaxtally.intake.template.columns import Column, columns_of
from vaxtally.intake.template.guide import write_guide
from vaxtally.intake.template.sheet import write_sheet
from vaxtally.intake.template.styles import Styles
from vaxtally.intake.template.words import words

if TYPE_CHECKING:
    from xlsxwriter import Workbook

    from vaxtally.intake.template.unit import Unit

SUFFIX = ".xlsx"


def write_template(path: Path, unit: "Unit", kind: Kind, language: str, campaign_start_on: date) -> None:
    """Write a unit's template, whole or not at all. Raises UsageError where the file cannot be written."""
    if path.suffix.lower() != SUFFIX:
        raise UsageError(f"The template is an Excel workbook: let the name of {path} end in {SUFFIX}.")
    content = template_bytes(unit, kind, language, campaign_start_on)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True) if part.parent.is_dir() else None
        raise UsageError(f"The template cannot be written to {path}: {error.strerror or error}.") from error


def template_bytes(unit: "Unit", kind: Kind, language: str, campaign_start_on: date) -> bytes:
    """The workbook's content."""
    from xlsxwriter import Workbook

    columns = columns_of(kind, language, unit, campaign_start_on)
    target = io.BytesIO()
    # No value is ever a formula or a link, whatever a unit is called.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(target, options) as workbook:
        styles = Styles(workbook)
        workbook.set_properties(
            {"title": words(language)[kind]["title"], "company": words(language)["common"]["office"]}
        )
        write_sheet(workbook, styles, columns, unit, kind, language, campaign_start_on)
        write_guide(workbook, styles, columns, unit, kind, language)
        _write_lists(workbook, columns, words(language)["common"]["lists_sheet"])
    return target.getvalue()


def _write_lists(workbook: "Workbook", columns: list[Column], name: str) -> None:
    """The drop-down lists, one a column, each a named range. Without headers: this sheet must never look like data."""
    sheet = workbook.add_worksheet(name)
    sheet.hide()
    for place, column in enumerate(column for column in columns if column.values):
        sheet.write_column(0, place, column.values)
        letter = chr(ord("A") + place)
        workbook.define_name(column.list_name, f"='{name}'!${letter}$1:${letter}${len(column.values)}")
