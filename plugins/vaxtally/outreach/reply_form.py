"""The reply form: a workbook in which a unit chooses from a list why days are late. `reply_file` reads it back."""

import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally.errors import UsageError
from vaxtally.outreach import reply_file
from vaxtally.outreach.words import words

if TYPE_CHECKING:
    from vaxtally.outreach.letter import Letter
    from vaxtally.outreach.transport import Attachment

SUFFIX = ".xlsx"
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Rows from 0: title, unit, how to, an empty one, the header, every due day in one line, then day by day.
TITLE, UNIT, HOW, HEADER, EVERY_DAY = 0, 1, 2, 4, 5
# Lines to be filled in beyond the days that are named.
SPARE = 10


def content(unit_code: str, unit_name: str, language: str, days: Mapping[date, int]) -> bytes:
    """The workbook for a unit; `days`: the short days to name, with the doses missing."""
    from xlsxwriter import Workbook

    t, out = words(language), io.BytesIO()
    with Workbook(out, {"in_memory": True}) as workbook:
        teal, ink = "#0B6E74", {"font_name": "Calibri", "font_size": 11, "valign": "vcenter"}
        boxed = ink | {"border": 1, "border_color": "#C9D3DA"}
        cell, number = workbook.add_format(boxed | {"num_format": "@"}), workbook.add_format(boxed)
        to_choose = workbook.add_format(boxed | {"bg_color": "#FFF7DF", "num_format": "@"})
        head = workbook.add_format(boxed | {"bold": True, "bg_color": teal, "font_color": "#FFFFFF", "text_wrap": True})
        sheet = workbook.add_worksheet(t("form.sheet"))
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 16)
        sheet.set_column(2, 2, 30)
        sheet.set_row(HOW, 48)
        title = workbook.add_format(ink | {"bold": True, "font_size": 16, "font_color": teal})
        sheet.write_string(TITLE, 0, t("form.title"), title)
        sheet.write_string(UNIT, 0, f"{unit_name} ({unit_code})", workbook.add_format(ink | {"bold": True}))
        how = workbook.add_format(ink | {"text_wrap": True, "valign": "top"})
        sheet.merge_range(HOW, 0, HOW, 2, t("form.how", folder=f"inbox/{unit_code}/replies/"), how)
        for place, column in enumerate(("given_on", "missing", "code")):
            sheet.write_string(HEADER, place, t(f"form.column_{column}"), head)
        lines = [(t("form.every_day"), sum(days.values()) or None)]
        lines += [(f"{day:%d/%m/%Y}", missing) for day, missing in sorted(days.items())]
        lines += [("", None)] * SPARE
        for row, (day, missing) in enumerate(lines, EVERY_DAY):
            sheet.write_string(row, 0, day, cell)
            sheet.write(row, 1, missing, number)
            sheet.write_blank(row, 2, None, to_choose)
        choice = {
            "validate": "list",
            "source": [t(f"form.choice_{code}") for code in reply_file.CODES],
            "error_title": t("form.sheet"),
            "error_message": t("form.choose"),
        }
        sheet.data_validation(EVERY_DAY, 2, EVERY_DAY + len(lines) - 1, 2, choice)
        sheet.freeze_panes(EVERY_DAY, 0)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_selection(EVERY_DAY, 2, EVERY_DAY, 2)
    return out.getvalue()


def attachment(letter: "Letter") -> "Attachment":
    """The form for the days that a mail is about."""
    from vaxtally.outreach.transport import Attachment

    name = f"{words(letter.language)('form.file')}-{letter.unit_code}{SUFFIX}"
    form = content(letter.unit_code, letter.unit_name, letter.language, letter.days)
    return Attachment(name, MEDIA_TYPE, form)


def write(path: Path, unit_code: str, unit_name: str, language: str) -> None:
    """Write a form that names no day. Raises UsageError where the file cannot be written."""
    if path.suffix.lower() != SUFFIX:
        raise UsageError(f"The form is an Excel workbook: let the name of {path} end in {SUFFIX}.")
    try:
        path.write_bytes(content(unit_code, unit_name, language, {}))
    except OSError as error:
        raise UsageError(f"The form cannot be written to {path}: {error.strerror or error}.") from error
