"""What a list says in each column, written as its unit writes it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from vaxtally import reference
from vaxtally.sample import identifiers
from vaxtally.sample.draft import Cell, Draft
from vaxtally.sample.people import DISTRICTS, OUTSIDE, PRIORITY_GROUPS, STREETS, People, full_names
from vaxtally.sample.plan import VACCINES, Doses
from vaxtally.sample.shapes import CMND_COLUMN, Shape, date_texts
from vaxtally.sample.units import Unit

if TYPE_CHECKING:
    import numpy as np

_ALIASES = {"AZ": "Vaxzevria", "PFIZER": "Comirnaty", "MODERNA": "Spikevax", "VEROCELL": "Sinopharm"}
_PROVINCE = {"name": "Thành phố Hồ Chí Minh", "alias": "TP. Hồ Chí Minh", "code": "Hồ Chí Minh"}
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1).toordinal(), date(2030, 12, 31).toordinal()
_REACTIONS = ("", "", "", "", "Sốt nhẹ", "", "", "Đau chỗ tiêm", "", "", "")
_DECLARED_PLACES = ("Bệnh viện tỉnh Đồng Nai", "Trung tâm Y tế Dĩ An", "Bệnh viện Quân y, Hà Nội")
# Days before the row's dose: beyond the minimum of every vaccine in use here.
DECLARED_DAYS_BEFORE = 42


@dataclass(frozen=True)
class Page:
    """The rows of one list: who they are of (`who`) and what was given (`rows`)."""

    people: People
    doses: Doses
    units: list[Unit]
    shape: Shape
    rows: "np.ndarray"

    @property
    def who(self) -> "np.ndarray":
        return self.doses.person[self.rows]

    def of(self, column: str) -> list[int]:
        """A column of the doses as plain numbers."""
        return getattr(self.doses, column)[self.rows].tolist()


def page_cells(draft: Draft, shape: Shape, rows: "np.ndarray") -> dict[str, list[Cell]]:
    """The cells of a list by canonical column, one list a column; what was planted stands in its place."""
    page = Page(draft.people, draft.doses, draft.units, shape, rows)
    cells = {column: _WRITERS[column](page) for column in shape.columns if column != CMND_COLUMN}
    if draft.cells:
        _replace_planted(draft, page, cells)
    if CMND_COLUMN in shape.columns:
        _move_cmnd(cells)
    return {column: cells[column] for column in shape.columns}


def _replace_planted(draft: Draft, page: Page, cells: dict[str, list[Cell]]) -> None:
    for place, row in enumerate(page.rows.tolist()):
        for column, value in draft.cells.get(row, {}).items():
            if column in cells:
                cells[column][place] = _day(page.shape, value.toordinal()) if isinstance(value, date) else value


def _move_cmnd(cells: dict[str, list[Cell]]) -> None:
    """Numbers of up to nine digits stand in the column for old numbers."""
    numbers = [str(value) for value in cells["national_id"]]
    old = [len(number) <= 9 and number.isdigit() for number in numbers]
    cells[CMND_COLUMN] = [number if is_old else "" for number, is_old in zip(numbers, old, strict=True)]
    cells["national_id"] = ["" if is_old else number for number, is_old in zip(numbers, old, strict=True)]


def _names(page: Page) -> list[Cell]:
    written = full_names(page.people, page.who)
    return [name.upper() for name in written] if page.shape.capitals else list(written)


def _national_ids(page: Page) -> list[Cell]:
    kinds, numbers = page.people.id_kind[page.who].tolist(), page.people.id_number[page.who].tolist()
    return [identifiers.national_id_text(kind, number) for kind, number in zip(kinds, numbers, strict=True)]


def _insurance(page: Page) -> list[Cell]:
    groups, numbers = page.people.insurance_group[page.who].tolist(), page.people.insurance[page.who].tolist()
    return [identifiers.insurance_text(group, number) for group, number in zip(groups, numbers, strict=True)]


def _addresses(page: Page) -> list[Cell]:
    houses, streets = page.people.house[page.who].tolist(), page.people.street[page.who].tolist()
    return [
        f"{house} {STREETS[street]}" + (f", khu phố {house % 7 + 1}" if house % 3 == 0 else "")
        for house, street in zip(houses, streets, strict=True)
    ]


def _homes(page: Page, in_city: list[str], outside: list[str]) -> list[Cell]:
    words = in_city + outside
    return [words[home] for home in page.people.home[page.who].tolist()]


def _districts(page: Page) -> list[Cell]:
    style = page.shape.districts
    words = [
        district.code if style == "code" else district.aliases[0] if style == "alias" else district.name
        for district in DISTRICTS
    ]
    return _homes(page, words, [name for name, _ in OUTSIDE])


def _provinces(page: Page) -> list[Cell]:
    return _homes(page, [_PROVINCE[page.shape.districts]] * len(DISTRICTS), [province for _, province in OUTSIDE])


def _vaccine_words(shape: Shape) -> list[str]:
    listed = reference.vaccines()
    if shape.vaccines == "code":
        return list(VACCINES)
    names = [listed[code]["name"] for code in VACCINES]
    if shape.vaccines == "alias":
        return [_ALIASES.get(code, name) for code, name in zip(VACCINES, names, strict=True)]
    return names


def _vaccines(page: Page) -> list[Cell]:
    words = _vaccine_words(page.shape)
    return [words[vaccine] for vaccine in page.of("vaccine")]


def _lots(page: Page) -> list[Cell]:
    return [
        f"{VACCINES[vaccine][:2]}{vaccine}{lot}2109"
        for vaccine, lot in zip(page.of("vaccine"), page.of("lot"), strict=True)
    ]


def _day(shape: Shape, ordinal: int) -> Cell:
    if shape.real_dates:
        return date.fromordinal(ordinal)
    return date.fromordinal(ordinal).strftime(shape.date_format)


def _days(shape: Shape, ordinals: list[int]) -> list[Cell]:
    if shape.real_dates:
        return [date.fromordinal(ordinal) for ordinal in ordinals]
    texts = date_texts(shape.date_format, _FIRST_DAY, _LAST_DAY)
    return [texts[ordinal - _FIRST_DAY] for ordinal in ordinals]


def _given_on(page: Page) -> list[Cell]:
    days = _days(page.shape, page.of("given_on"))
    if not page.shape.with_time:
        return days
    return [f"{day} {7 + n % 10:02d}:{n * 7 % 60:02d}" for day, n in zip(days, page.of("record"), strict=True)]


def _if_declared(page: Page, values: list[Cell]) -> list[Cell]:
    return [value if declared else "" for value, declared in zip(values, page.of("declared"), strict=True)]


def _birth_dates(page: Page) -> list[Cell]:
    return _days(page.shape, page.people.birth[page.who].tolist())


def _declared_days(page: Page) -> list[Cell]:
    return _days(page.shape, [day - DECLARED_DAYS_BEFORE for day in page.of("given_on")])


_WRITERS: dict[str, Callable[[Page], list[Cell]]] = {
    "action": lambda page: ["mới" if n % 5 == 0 else "" for n in page.of("record")],
    "record_id": lambda page: [f"P{n:08d}" for n in page.of("record")],
    "unit_code": lambda page: [page.units[unit].unit_code for unit in page.of("unit")],
    "full_name": _names,
    "sex": lambda page: [page.shape.sexes[sex] for sex in page.people.sex[page.who].tolist()],
    "birth_date": _birth_dates,
    "national_id": _national_ids,
    "health_insurance_no": _insurance,
    "phone": lambda page: [identifiers.phone_text(n) for n in page.people.phone[page.who].tolist()],
    "address": _addresses,
    "ward": lambda page: [f"Phường {ward}" for ward in page.people.ward[page.who].tolist()],
    "district": _districts,
    "province": _provinces,
    "priority_group": lambda page: [PRIORITY_GROUPS[n] for n in page.people.priority_group[page.who].tolist()],
    "vaccine": _vaccines,
    "lot_number": _lots,
    "dose_number": lambda page: [page.shape.doses.format(n) for n in page.of("dose_number")],
    "given_on": _given_on,
    "declared_dose_number": lambda page: _if_declared(page, ["1"] * len(page.rows)),
    "declared_vaccine": lambda page: _if_declared(page, _vaccines(page)),
    "declared_given_on": lambda page: _if_declared(page, _declared_days(page)),
    "declared_place": lambda page: _if_declared(
        page, [_DECLARED_PLACES[n % len(_DECLARED_PLACES)] for n in page.of("record")]
    ),
    "reaction": lambda page: [_REACTIONS[n % len(_REACTIONS)] for n in page.of("record")],
    "note": lambda page: [""] * len(page.rows),
}
