"""What makes a list of units unusable: rule units.invalid."""

import re
from collections import Counter
from datetime import date

from vaxtally.errors import VaxtallyError
from vaxtally.reference import UNIT_TYPES, district_by_fold
from vaxtally.text import fold

Unit = dict[str, str | None]

LANGUAGES = frozenset(("vi", "en"))

_CODE = re.compile(r"[A-Za-z0-9._-]{1,32}")
_NO_CODES = frozenset((".", ".."))
# The folder of the Department's files lies beside those of the units.
_RESERVED = frozenset(("reports",))
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:localhost|{_LABEL}(?:\.{_LABEL})+)")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")


class UnitListRefusedError(VaxtallyError):
    """The list is refused as a whole. `reason` in English and `reason_vi` in Vietnamese fill the rule's message."""

    def __init__(self, reason: str, reason_vi: str) -> None:
        self.reason = reason
        self.reason_vi = reason_vi
        super().__init__(f"The unit list was not taken over: {reason}.")


def check_units(rows: list[tuple[int, Unit]]) -> list[Unit]:
    """The units with cells in their final form. Raises UnitListRefusedError for the first thing that is wrong."""
    units = [_unit(line, cells) for line, cells in rows]
    codes = Counter(unit["unit_code"] for unit in units)
    for code, count in codes.items():
        if count > 1:
            raise UnitListRefusedError(f"unit {code} stands {count} times", f"đơn vị {code} lặp lại {count} lần")
    _check_parents({str(unit["unit_code"]): unit["parent_unit_code"] for unit in units})
    return units


def _unit(line: int, cells: Unit) -> Unit:
    code, unit_type = cells["unit_code"] or "", (cells["unit_type"] or "").lower()
    if not _CODE.fullmatch(code) or code in _NO_CODES or code.casefold() in _RESERVED:
        raise _wrong(line, "unit_code", code)
    if not cells["name"]:
        raise _wrong(line, "name", "")
    if unit_type not in UNIT_TYPES:
        raise _wrong(line, "unit_type", unit_type)
    language = (cells["language"] or "vi").lower()
    if language not in LANGUAGES:
        raise _wrong(line, "language", language)
    return {
        **cells,
        "unit_type": unit_type,
        "language": language,
        "district_code": _district(cells["district_code"]),
        **{column: _addresses(line, column, cells[column]) for column in ("data_officer_email", "head_email")},
        **{column: _day(line, column, cells[column]) for column in ("opened_on", "closed_on")},
    }


def _wrong(line: int, column: str, value: str) -> UnitListRefusedError:
    said = f"'{value}'" if value else "nothing"
    said_vi = f"'{value}'" if value else "trống"
    return UnitListRefusedError(
        f"line {line}: {column} cannot be {said}", f"dòng {line}: giá trị của {column} không hợp lệ ({said_vi})"
    )


def _district(text: str | None) -> str | None:
    return district_by_fold().get(fold(text), text) if text else None


def _addresses(line: int, column: str, text: str | None) -> str | None:
    addresses = [address.strip() for address in (text or "").split(";") if address.strip()]
    for address in addresses:
        if not _ADDRESS.fullmatch(address):
            raise _wrong(line, column, address)
    return ";".join(addresses) or None


def _day(line: int, column: str, text: str | None) -> str | None:
    if not text:
        return None
    try:
        if found := _DAY_FIRST.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise _wrong(line, column, text) from error


def _check_parents(parents: dict[str, str | None]) -> None:
    for code, parent in parents.items():
        if parent is not None and parent not in parents:
            raise UnitListRefusedError(
                f"unit {code} names a parent that is not listed ({parent})",
                f"đơn vị cấp trên {parent} của đơn vị {code} không có trong danh mục",
            )
    sound: set[str] = set()
    for code in parents:
        path: list[str] = []
        above: str | None = code
        while above is not None and above not in sound:
            if above in path:
                circle = " → ".join([*path[path.index(above) :], above])
                raise UnitListRefusedError(
                    f"units stand below themselves: {circle}", f"quan hệ cấp trên khép vòng: {circle}"
                )
            path.append(above)
            above = parents[above]
        sound.update(path)
