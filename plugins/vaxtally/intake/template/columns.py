"""The columns of a template: which there are, what they are called, which values they offer.

Nothing is defined here that intake defines: fields, headers and needed ones come from the reader, lists from reference.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING

from vaxtally import reference
from vaxtally.intake.read.headers import HEADERS, REQUIRED
from vaxtally.intake.read.source import Kind
from vaxtally.intake.template.words import words

if TYPE_CHECKING:
    from vaxtally.intake.template.unit import Unit

Need = Enum("Need", "NEEDED ONE_OF ADVISED OPTIONAL")

DOSE_NUMBERS = ("1", "2", "3", "4", "5")
# Rule identity.insufficient: at least one of them, or else the full birth date and the district.
IDENTITY = ("national_id", "health_insurance_no", "phone")
ADVISED = ("lot_number",)
DATES = ("birth_date", "given_on", "declared_given_on")
# In the order in which a list is written: the person, the dose, what few rows need.
_ORDER: dict[Kind, tuple[str, ...]] = {
    "upload": (
        "full_name", "sex", "birth_date", *IDENTITY, "address", "ward", "district", "province", "priority_group",
        "vaccine", "lot_number", "dose_number", "given_on", "reaction", "note",
        "declared_dose_number", "declared_vaccine", "declared_given_on", "declared_place",
        "record_id", "action", "unit_code",
    ),
    "report": ("given_on", "vaccine", "dose_number", "doses_given", "unit_code"),
}  # fmt: skip
# The clearest of several Vietnamese headers, where it is not the first.
_CLEAREST = {"national_id": "Số CCCD/CMND/Hộ chiếu", "dose_number": "Mũi tiêm"}
_ENGLISH_CAPITALS = {"Id": "ID"}


@dataclass(frozen=True)
class Column:
    """A column of the sheet. `values`: what its drop-down list offers; none: anything may be written."""

    field: str
    header: str
    need: Need
    how: str
    example: str
    values: tuple[str, ...]

    @property
    def list_name(self) -> str:
        """The workbook's name for the range that holds the values."""
        return f"list_{self.field}"


def columns_of(kind: Kind, language: str, unit: "Unit", campaign_start_on: date) -> list[Column]:
    """The columns of a unit's template. Only a unit with others below it is asked whose dose it was."""
    text = words(language)
    examples = text["examples"][kind]
    fields = [field for field in _ORDER[kind] if field != "unit_code" or len(unit.codes) > 1]
    return [
        Column(
            field=field,
            header=_header(field, kind, language),
            need=_need(field, kind),
            how=text["columns"][kind][field],
            example=unit.code if field == "unit_code" else examples[field],
            values=_values(field, language, unit, campaign_start_on),
        )
        for field in fields
    ]


def _header(field: str, kind: Kind, language: str) -> str:
    """A header of the contract; a needed one carries an asterisk, which the reader passes over."""
    texts = HEADERS[kind][field]
    if language == "vi":
        text = _CLEAREST[field] if _CLEAREST.get(field) in texts else texts[0]
    else:
        # The canonical name is the English header of every field.
        spoken = [_ENGLISH_CAPITALS.get(word.title(), word) for word in field.split("_")]
        text = " ".join([spoken[0][0].upper() + spoken[0][1:], *spoken[1:]])
    return f"{text} *" if field in REQUIRED[kind] else text


def _need(field: str, kind: Kind) -> Need:
    if field in REQUIRED[kind]:
        return Need.NEEDED
    if field in IDENTITY:
        return Need.ONE_OF
    return Need.ADVISED if field in ADVISED else Need.OPTIONAL


def _values(field: str, language: str, unit: "Unit", campaign_start_on: date) -> tuple[str, ...]:
    spoken = words(language)["values"]
    lists = {
        "action": lambda: tuple(spoken[name] for name in ("new", "update", "void")),
        "sex": lambda: tuple(spoken[name] for name in ("male", "female")),
        "vaccine": lambda: tuple(row["name"] for row in reference.vaccines().values()),
        "declared_vaccine": reference.declared_vaccine_names,
        "dose_number": lambda: DOSE_NUMBERS,
        # An earlier dose has a lower number.
        "declared_dose_number": lambda: DOSE_NUMBERS[:-1],
        "district": lambda: reference.district_names(since=campaign_start_on),
        "unit_code": lambda: unit.codes,
    }
    return lists[field]() if field in lists else ()
