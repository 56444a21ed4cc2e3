"""The sheet that is filled in: title, header with notes, and the checks on what is typed below."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from vaxtally.intake.read.source import Kind
from vaxtally.intake.template import formulas
from vaxtally.intake.template.columns import DATES, IDENTITY, Column, Need
from vaxtally.intake.template.words import words

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from vaxtally.intake.template.styles import Styles
    from vaxtally.intake.template.unit import Unit

# Rows from 0. Title, unit, legend, an empty row, the header, and the rows that are checked.
TITLE, UNIT, LEGEND, HEADER = 0, 1, 2, 4
FIRST, LAST = HEADER + 1, 20_000
# A spreadsheet shows no more of a note.
LONGEST_TITLE, LONGEST_NOTE = 32, 255
_WIDTHS = {
    "full_name": 28, "sex": 10, "birth_date": 13, "national_id": 19, "health_insurance_no": 19, "phone": 15,
    "address": 26, "ward": 20, "district": 20, "province": 20, "priority_group": 22, "vaccine": 17, "lot_number": 12,
    "dose_number": 9, "given_on": 13, "reaction": 20, "note": 22, "declared_dose_number": 11, "declared_vaccine": 17,
    "declared_given_on": 14, "declared_place": 24, "record_id": 14, "action": 11, "unit_code": 14, "doses_given": 13,
}  # fmt: skip
# What a list need not name: districts of other provinces.
_OPEN_LISTS = ("district",)


def write_sheet(
    workbook: "Workbook",
    styles: "Styles",
    columns: list[Column],
    unit: "Unit",
    kind: Kind,
    language: str,
    campaign_start_on: date,
) -> None:
    """Add the sheet, the workbook's first: it is the one that a CSV export takes."""
    text = words(language)
    sheet = workbook.add_worksheet(text[kind]["sheet"])
    desk = _Desk(sheet, styles, columns, text, campaign_start_on)
    desk.write_head(unit, kind)
    for place, column in enumerate(columns):
        desk.write_column(place, column, kind)
    desk.mark_missing(kind)
    # The last row that is checked; a list may be longer than that.
    sheet.ignore_errors({"number_stored_as_text": f"A{FIRST + 1}:{_letter(len(columns) - 1)}1048576"})
    sheet.freeze_panes(FIRST, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.activate()
    sheet.set_selection(FIRST, 0, FIRST, 0)


@dataclass(frozen=True)
class _Desk:
    """A sheet in the making."""

    sheet: "Worksheet"
    styles: "Styles"
    columns: list[Column]
    text: dict[str, Any]
    campaign_start_on: date

    def write_head(self, unit: "Unit", kind: Kind) -> None:
        common = self.text["common"]
        self.sheet.set_row(TITLE, 26)
        self.sheet.set_row(UNIT, 20)
        self.sheet.set_row(HEADER, 48)
        self.sheet.write_string(TITLE, 0, self.text[kind]["title"], self.styles.title)
        self.sheet.write_string(
            UNIT, 0, common["unit"].format(name=unit.name, unit_code=unit.code), self.styles.subtitle
        )
        self.sheet.write_string(LEGEND, 0, common["legend_needed"], self.styles.legend[Need.NEEDED])
        legend = [("legend_optional", Need.OPTIONAL)]
        if kind == "upload":
            legend.insert(0, ("legend_one_of", Need.ONE_OF))
        place = 1
        for key, need in legend:
            self.sheet.merge_range(LEGEND, place, LEGEND, place + 1, common[key], self.styles.legend[need])
            place += 2
        self.sheet.write_string(LEGEND, place, common["legend_wrong"], self.styles.legend_wrong)

    def write_column(self, place: int, column: Column, kind: Kind) -> None:
        """Header, note, format and check of one column."""
        is_count = column.field == "doses_given"
        self.sheet.set_column(place, place, _WIDTHS[column.field], self.styles.number if is_count else self.styles.cell)
        self.sheet.write_string(HEADER, place, column.header, self.styles.header[column.need])
        note = self._note(column)
        self.sheet.write_comment(HEADER, place, f"{column.header}\n{note}", {"x_scale": 2, "y_scale": 1.3})
        check = {
            **self._check(place, column),
            "ignore_blank": True,
            "input_title": column.header[:LONGEST_TITLE],
            "input_message": note[:LONGEST_NOTE],
        }
        self.sheet.data_validation(FIRST, place, LAST, place, check)

    def _note(self, column: Column) -> str:
        common = self.text["common"]
        need = common[column.need.name.lower()]
        return f"({need}) {column.how}\n{common['example'].format(example=column.example)}"

    def _check(self, place: int, column: Column) -> dict[str, Any]:
        """What may be typed: where intake takes more than a list or form names, the cell asks instead of refusing."""
        common, cell = self.text["common"], f"{_letter(place)}{FIRST + 1}"
        if column.values:
            is_open = column.field in _OPEN_LISTS
            return {
                "validate": "list",
                "source": f"={column.list_name}",
                "error_type": "warning" if is_open else "stop",
                "error_title": common["not_in_list"],
                "error_message": common["odd_district"] if is_open else common["choose"],
            }
        if column.field == "doses_given":
            return {"validate": "integer", "criteria": ">=", "value": 0, "error_message": common["odd_count"]}
        if column.field not in DATES:
            return {"validate": "any"}
        is_birth = column.field == "birth_date"
        start = self.campaign_start_on if column.field == "given_on" else date(2020, 12, 1)
        return {
            "validate": "custom",
            "value": "=" + (formulas.birth_date(cell) if is_birth else formulas.given_on(cell, start)),
            "error_type": "warning",
            "error_title": common["odd_day"],
            "error_message": common["odd_birth_date" if is_birth else "odd_given_on"].format(
                campaign_start=f"{start:%d/%m/%Y}"
            ),
        }

    def mark_missing(self, kind: Kind) -> None:
        """Colour what a row that was begun still lacks."""
        places = {column.field: place for place, column in enumerate(self.columns)}
        row = f"$A{FIRST + 1}:${_letter(len(self.columns) - 1)}{FIRST + 1}"
        cells = {field: f"${_letter(place)}{FIRST + 1}" for field, place in places.items()}
        action, new = cells.get("action"), self.text["values"]["new"]
        for column in self.columns:
            if column.need is Need.NEEDED and not (kind == "report" and column.field in ("vaccine", "dose_number")):
                self._mark(places[column.field], formulas.missing(cells[column.field], row, action, new))
        if kind == "upload":
            found = [cells[field] for field in IDENTITY]
            condition = formulas.no_identity(found, row, cells["action"], new, cells["birth_date"], cells["district"])
            for field in IDENTITY:
                self._mark(places[field], condition)
        else:
            for field in ("vaccine", "dose_number"):
                empty = formulas.missing(cells[field], row, None, new)
                self._mark(places[field], f"AND({empty},{cells['doses_given']}<>0)")

    def _mark(self, place: int, condition: str) -> None:
        options = {"type": "formula", "criteria": f"={condition}", "format": self.styles.missing}
        self.sheet.conditional_format(FIRST, place, LAST, place, options)


def _letter(place: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return xl_col_to_name(place)
