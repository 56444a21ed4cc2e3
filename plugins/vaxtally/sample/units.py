"""The made-up units of the city: six types, health centres under their district's office, and who plays which part."""

import csv
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from vaxtally.sample.people import DISTRICTS

COLUMNS = (
    "unit_code", "name", "unit_type", "district_code", "parent_unit_code", "language", "data_officer_name",
    "data_officer_email", "head_name", "head_email", "opened_on", "closed_on",
)  # fmt: skip
_HOSPITALS = (
    "Sao Mai", "Bình Minh", "Hướng Dương", "Tân Hòa", "Phú Thịnh", "Nam Thành", "Đông An", "Long Phước", "Trường Thọ",
    "An Phú Đông", "Vĩnh Lộc", "Hòa Hưng",
)  # fmt: skip
_PRIVATE_HOSPITALS = ("Hoa Sen", "Cỏ Ba Lá", "Ngọc Lam", "Phương Nam", "Thiên Ân", "Bạch Dương", "Hồng Hà", "Sông Xanh")
_CLINICS = ("An Nhiên", "Tâm Phúc", "Gia Đình Việt", "Mỹ An", "Khánh Hội", "Thảo Điền", "Minh Tâm", "Hạnh Phúc")
_OFFICERS = (
    "Nguyễn Thị Thu Hà", "Trần Quốc Bảo", "Lê Ngọc Yến", "Phạm Hữu Nghĩa", "Huỳnh Mỹ Linh", "Võ Thanh Tùng",
    "Đặng Thị Kim Oanh", "Bùi Đức Thắng", "Phan Thúy Vân", "Đỗ Minh Khoa", "Hồ Thị Diễm", "Ngô Gia Huy",
)  # fmt: skip

# Of sixteen units in a row, how many of each type; how many doses one gives beside the others.
TYPE_CYCLE = (
    "district_health_office", "public_hospital", "health_centre", "private_clinic", "health_centre", "private_hospital",
    "health_centre", "district_health_office", "public_hospital", "health_centre", "private_clinic",
    "health_centre", "private_hospital", "public_hospital", "health_centre", "private_clinic",
)  # fmt: skip
SIZES = {
    "public_hospital": 2.0,
    "private_hospital": 1.2,
    "cdc": 0.8,
    "district_health_office": 1.5,
    "health_centre": 0.9,
    "private_clinic": 0.5,
}
_PREFIXES = {
    "public_hospital": "BV",
    "private_hospital": "BVTN",
    "district_health_office": "TTYT",
    "health_centre": "TYT",
    "private_clinic": "PK",
}

# The parts that single units play; a city of fewer units leaves out the last.
PARTS = (
    "without_reports",  # enters doses and reports none
    "single_vaccine",  # gives one vaccine's first dose only: a nil report, a figure typed wrongly and corrected
    "surplus",  # enters more than it reports
    "cumulative",  # its last list holds the earlier ones again
    "refused_list",  # sends one list of which most rows fail
    "repeats",  # sends the same file twice, and one with a column missing
    "sent_by_parent",  # its doses stand in its district office's lists
    "without_address",  # nobody to write to
    "closed",  # closed before the first day
    "revises",  # reports a day too low and corrects it
    "enters_nothing",  # reports every day and has entered nothing
    "silent",  # neither reports nor enters
)


@dataclass(frozen=True)
class Unit:
    """One line of units.csv, and the part it plays in the sample ('' for most)."""

    unit_code: str
    name: str
    unit_type: str
    district_code: str
    parent_unit_code: str = ""
    language: str = "vi"
    data_officer_name: str = ""
    data_officer_email: str = ""
    head_name: str = ""
    head_email: str = ""
    opened_on: str = "2021-03-01"
    closed_on: str = ""
    part: str = ""

    @property
    def size(self) -> float:
        """Its doses beside other units'."""
        return SIZES[self.unit_type] if self.part != "single_vaccine" else 0.4


def make_units(count: int, first_day: date, *, parts: bool = True) -> list[Unit]:
    """`count` units, the city's centre first; every health centre stands under its district's office."""
    units = [
        Unit("CDC-01", "Trung tâm Kiểm soát bệnh tật Thành phố", "cdc", "776"),
        *(_make_unit(number) for number in range(count - 1)),
    ][:count]
    units = [_with_contacts(unit, number) for number, unit in enumerate(_with_parents(units))]
    return _give_parts(units, first_day) if parts else units


def _make_unit(number: int) -> Unit:
    cycle, place = divmod(number, len(TYPE_CYCLE))
    unit_type = TYPE_CYCLE[place]
    nth = cycle * TYPE_CYCLE.count(unit_type) + TYPE_CYCLE[:place].count(unit_type)
    offices = TYPE_CYCLE[: place + 1].count("district_health_office") + cycle * 2 - 1
    # A health centre lies in the district of the office before it, so that the office exists.
    by_office = unit_type in ("health_centre", "district_health_office")
    district = DISTRICTS[(offices if by_office else number * 5) % len(DISTRICTS)]
    name, language = _name(unit_type, nth, district.name)
    code = f"{_PREFIXES[unit_type]}-{district.code}-{nth + 1:02d}"
    return Unit(code, name, unit_type, district.code, language=language)


def _name(unit_type: str, nth: int, district: str) -> tuple[str, str]:
    """Name and language; a few private hospitals are run in English."""
    if unit_type == "health_centre":
        return f"Trạm Y tế Phường {nth + 1} – {district}", "vi"
    if unit_type == "district_health_office":
        again = nth // len(DISTRICTS)
        return f"Trung tâm Y tế {district}" + (f" – cơ sở {again + 1}" if again else ""), "vi"
    made_up = {"public_hospital": _HOSPITALS, "private_hospital": _PRIVATE_HOSPITALS, "private_clinic": _CLINICS}
    again, place = divmod(nth, len(made_up[unit_type]))
    name = made_up[unit_type][place] + (f" {again + 1}" if again else "")
    if unit_type == "private_hospital" and place % 3 == 0:
        return f"{name} International Hospital", "en"
    kinds = {"public_hospital": "Bệnh viện Đa khoa", "private_hospital": "Bệnh viện Tư nhân"}
    return f"{kinds.get(unit_type, 'Phòng khám Đa khoa')} {name}", "vi"


def _with_parents(units: list[Unit]) -> list[Unit]:
    offices = {unit.district_code: unit.unit_code for unit in units if unit.unit_type == "district_health_office"}
    return [
        replace(unit, parent_unit_code=offices.get(unit.district_code, ""))
        if unit.unit_type == "health_centre"
        else unit
        for unit in units
    ]


def _with_contacts(unit: Unit, number: int) -> Unit:
    local = unit.unit_code.lower()
    officers = f"data.{local}@example.org" + (f";duty.{local}@example.org" if number % 9 == 4 else "")
    return replace(
        unit,
        data_officer_name=_OFFICERS[number % len(_OFFICERS)],
        data_officer_email=officers,
        head_name=_OFFICERS[(number * 7 + 5) % len(_OFFICERS)],
        head_email=f"head.{local}@health.test",
    )


def _give_parts(units: list[Unit], first_day: date) -> list[Unit]:
    """Hand the parts to units that can play them; the centre, and every second unit, play none."""
    suits = {
        "single_vaccine": ("private_clinic",),
        "closed": ("private_clinic",),
        "sent_by_parent": ("health_centre",),
        "refused_list": ("public_hospital", "private_hospital"),
    }
    free = list(range(1, len(units)))
    units = list(units)
    for part in PARTS[: len(units) // 3]:
        fitting = (n for n in free if units[n].unit_type in suits.get(part, SIZES) and _may_play(units[n], part))
        number = next(fitting, None)
        if number is not None:
            units[number] = _in_part(units[number], part, first_day)
            # The unit after it stays as it is, so that the parts lie spread over types and districts.
            free = [n for n in free if n not in (number, number + 1)]
    return units


def _may_play(unit: Unit, part: str) -> bool:
    if part == "sent_by_parent":
        return bool(unit.parent_unit_code)
    # An office sends for its health centres: keep it an ordinary sender.
    return unit.unit_type != "district_health_office"


def _in_part(unit: Unit, part: str, first_day: date) -> Unit:
    unit = replace(unit, part=part)
    if part == "without_address":
        return replace(unit, data_officer_email="", head_email="")
    if part == "closed":
        return replace(unit, closed_on=(first_day - timedelta(days=45)).isoformat())
    return unit


def write_units(path: Path, units: list[Unit]) -> None:
    """The unit list of the contract."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(COLUMNS)
        writer.writerows([getattr(unit, column) for column in COLUMNS] for unit in units)
