"""The list of units (units.csv): checked as a whole, taken over as a whole, and the tree of who stands below whom."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally import db
from vaxtally.intake.unit_list_rules import UnitListRefusedError, check_units
from vaxtally.text import fold

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["UnitListRefusedError", "UnitListResult", "load_unit_list", "read_unit_list", "units_below"]

COLUMNS = {
    "unit_code": ("Mã đơn vị",),
    "name": ("Tên đơn vị", "Tên"),
    "unit_type": ("Loại đơn vị", "Loại hình"),
    "district_code": ("Mã quận/huyện", "Quận/Huyện"),
    "parent_unit_code": ("Mã đơn vị cấp trên", "Đơn vị cấp trên"),
    "language": ("Ngôn ngữ",),
    "data_officer_name": ("Cán bộ nhập liệu", "Tên cán bộ nhập liệu"),
    "data_officer_email": ("Email cán bộ nhập liệu",),
    "head_name": ("Thủ trưởng", "Tên thủ trưởng"),
    "head_email": ("Email thủ trưởng",),
    "opened_on": ("Ngày mở", "Ngày bắt đầu"),
    "closed_on": ("Ngày đóng", "Ngày kết thúc"),
}


@dataclass(frozen=True)
class UnitListResult:
    """`taken_over` False: these bytes were the last ones loaded, nothing was done. `closed`: units no longer listed."""

    taken_over: bool
    units: int = 0
    closed: int = 0


def load_unit_list(connection: "Connection", path: Path, received_on: date) -> UnitListResult:
    """Bring reference.unit in line with the file. Raises UnitListRefusedError; then nothing is changed."""
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    if db.run(connection, "reference/unit_list/select_last_loaded").scalar() == sha256:
        return UnitListResult(taken_over=False)
    units = read_unit_list(data)
    codes = [unit["unit_code"] for unit in units]
    db.run(connection, "reference/unit/upsert", {"units": json.dumps(units), "received_on": received_on})
    closed = db.run(connection, "reference/unit/close_unlisted", {"unit_codes": codes, "received_on": received_on})
    db.run(
        connection,
        "reference/unit_list/insert_loaded",
        {"sha256": sha256, "received_on": received_on, "units": len(units)},
    )
    return UnitListResult(taken_over=True, units=len(units), closed=closed.rowcount)


def read_unit_list(data: bytes) -> list[dict[str, str | None]]:
    """The units of a list, checked; dates in ISO form, empty cells None. Raises UnitListRefusedError."""
    rows = list(_rows(data))
    if not rows:
        raise UnitListRefusedError("it names no unit", "danh mục không có đơn vị nào")
    return check_units(rows)


def units_below(connection: "Connection") -> dict[str, frozenset[str]]:
    """Each known unit with itself and every unit below it."""
    return {unit: frozenset(codes) for unit, codes in db.run(connection, "reference/unit/select_below")}


def _rows(data: bytes) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Line and cells of each unit. Raises UnitListRefusedError for a file or header that cannot be read."""
    from vaxtally.intake.read import FileRefusedError, careful, text_file
    from vaxtally.intake.read.records import is_blank

    try:
        lines = text_file.normal_text(data).decode().split("\n")
    except FileRefusedError as refusal:
        raise UnitListRefusedError("it cannot be read as text (CSV)", "không đọc được tệp CSV") from refusal
    start, delimiter, places = _header(lines)
    width = max(places.values()) + 1
    for line, cells in careful.records(lines, delimiter, 1, 10 * width, start=start + 1):
        if not all(map(is_blank, cells)):
            padded = cells + [""] * (width - len(cells))
            yield line + 1, {column: " ".join(padded[place].split()) or None for column, place in places.items()}


def _header(lines: list[str]) -> tuple[int, str, dict[str, int]]:
    """The header's line (from 0), the delimiter, and the place of each column."""
    from vaxtally.intake.read import careful
    from vaxtally.intake.read.delimited import DELIMITERS
    from vaxtally.intake.read.headers import HEADER_ROWS

    names = {fold(name): column for column, others in COLUMNS.items() for name in (column, *others)}
    best: tuple[int, str, dict[str, int]] = (0, ",", {})
    for delimiter in DELIMITERS:
        for line, cells in careful.records(lines[:HEADER_ROWS], delimiter, 1, 1000):
            places = {names[key]: place for place, cell in enumerate(cells) if (key := fold(cell)) in names}
            if len(places) > len(best[2]):
                best = line, delimiter, places
    if missing := [column for column in COLUMNS if column not in best[2]]:
        listed = ", ".join(missing)
        raise UnitListRefusedError(f"it lacks the column {listed}", f"thiếu cột {listed}")
    return best
