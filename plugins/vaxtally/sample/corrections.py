"""Lists that correct each other: updates, withdrawals, an old list sent again, declared doses. People of their own.

One unit sends a list, corrects it by record id and by person, sends the uncorrected list once more, and enters again
what it had withdrawn; another unit then enters a dose that was only declared.
"""

import csv
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from vaxtally.sample.draft import Draft
from vaxtally.sample.files import date_file, open_list
from vaxtally.sample.lists import HO_CHI_MINH
from vaxtally.sample.plan import LATE_AFTER_DAYS
from vaxtally.sample.truth import Key, RowTruth, Truth

_HEADERS = {
    "action": "Thao tác", "record_id": "Mã bản ghi", "full_name": "Họ và tên", "sex": "Giới tính",
    "birth_date": "Ngày sinh", "national_id": "CCCD", "vaccine": "Vắc xin", "lot_number": "Số lô",
    "dose_number": "Mũi", "given_on": "Ngày tiêm", "declared_dose_number": "Mũi khai báo",
    "declared_vaccine": "Vắc xin khai báo", "declared_given_on": "Ngày tiêm khai báo",
    "declared_place": "Nơi tiêm khai báo",
}  # fmt: skip
_VACCINE = "AZ"
_DECLARED_BEFORE_DAYS = 60
_GIVEN_NAMES = (
    "An", "Bình", "Cúc", "Dũng", "Hạnh", "Khôi", "Lan", "Minh", "Ngọc", "Phúc", "Quỳnh", "Sơn", "Thảo",
)  # fmt: skip
_KEY = ("full_name", "sex", "birth_date", "national_id", "vaccine", "given_on")

Row = tuple[dict[str, str], RowTruth]


@dataclass
class CorrectedLists:
    """The lists in the order they are sent, and the doses in effect after the last."""

    files: list[tuple[str, list[Row]]] = field(default_factory=list)  # path below the sample's folder
    entered: Counter[Key] = field(default_factory=Counter)


def plan_corrections(draft: Draft) -> CorrectedLists:
    """Lists of the first two units that play no part; none where there are no two."""
    codes = [unit.unit_code for unit in draft.units if unit.part == ""][:2]
    return _Story(draft, *codes).tell() if len(codes) == 2 else CorrectedLists()


def write_corrections(out: Path, draft: Draft, lists: CorrectedLists, truth: Truth) -> None:
    """All of them are sent two days after the window's last day."""
    last = draft.calendar.last
    sent_at = datetime(last.year, last.month, last.day, 20, tzinfo=HO_CHI_MINH) + timedelta(days=2)
    for number, (path, rows) in enumerate(lists.files):
        columns = [name for name in _HEADERS if any(name in cells for cells, _ in rows)]
        with open_list(out / path, "utf-8-sig") as lines:
            writer = csv.writer(lines, delimiter=";")
            writer.writerow([_HEADERS[name] for name in columns])
            writer.writerows([cells.get(name, "") for name in columns] for cells, _ in rows)
        date_file(out / path, sent_at + timedelta(seconds=number))
        truth.add_file(path, "upload", [row_truth for _, row_truth in rows])


class _Story:
    def __init__(self, draft: Draft, unit: str, other_unit: str) -> None:
        self.calendar = draft.calendar
        self.unit, self.other_unit = unit, other_unit
        self.given_on = draft.calendar.last
        self.declared_on = self.given_on - timedelta(days=_DECLARED_BEFORE_DAYS)

    def tell(self) -> CorrectedLists:
        """Eleven doses are in effect in the end: ten of the unit, one of the other."""
        lists = CorrectedLists()
        for name, rows in (
            ("01-danh-sach", self._list()),
            ("02-sua-theo-ma", self._by_record_id()),
            ("03-sua-theo-nguoi", self._by_person()),
            ("04-danh-sach-gui-lai", self._list_again()),
            ("05-nhap-lai", self._entered_again()),
        ):
            lists.files.append((f"{self.unit}/uploads/{name}.csv", rows))
        lists.files.append((f"{self.other_unit}/uploads/06-mui-da-khai-bao.csv", self._declared_is_entered()))
        day = self.given_on.isoformat()
        lists.entered = Counter(
            {
                (self.unit, day, _VACCINE, "1"): 7,
                (self.unit, (self.given_on - timedelta(days=1)).isoformat(), _VACCINE, "1"): 1,
                (self.unit, day, _VACCINE, "2"): 2,
                (self.other_unit, self.declared_on.isoformat(), _VACCINE, "1"): 1,
            }
        )
        return lists

    def _list(self) -> list[Row]:
        return [(self._dose(number), self._truth()) for number in range(10)]

    def _by_record_id(self) -> list[Row]:
        day_before = self.given_on - timedelta(days=1)
        return [
            (_change(0, lot_number="L-200"), self._truth("updated")),
            (_change(1, given_on=_text(day_before)), self._truth("updated", given_on=day_before)),
            (_change(3, lot_number="(xóa)"), self._truth("updated", "lot_number.missing")),
            *((_change(number, action="hủy"), RowTruth("voided")) for number in (2, 8, 9)),
            (_change(77, lot_number="L-1"), RowTruth("rejected", ("record.unknown_target",))),
        ]

    def _by_person(self) -> list[Row]:
        found, gone, nobody = ({name: self._dose(number)[name] for name in _KEY} for number in (4, 5, 6))
        nobody["given_on"] = _text(self.given_on - timedelta(days=2))
        return [
            # a file without record ids needs the columns of a list
            ({"action": "sửa", **found, "lot_number": "L-300", "dose_number": "1"}, self._truth("updated")),
            ({"action": "hủy", **gone}, RowTruth("voided")),
            ({"action": "sửa", **nobody, "lot_number": "L-300"}, RowTruth("rejected", ("record.unknown_target",))),
        ]

    def _list_again(self) -> list[Row]:
        became = {
            **dict.fromkeys((0, 1, 3, 4), self._truth("duplicate", "record.stale")),
            **dict.fromkeys((5, 8, 9), self._truth("held", "record.voided_before")),
            # 2 was withdrawn and waits, until the next list enters it again in so many words
            **dict.fromkeys((2, 6, 7), self._truth("duplicate", "record.duplicate")),
        }
        somebody_else = self._dose(10) | {"record_id": self._dose(0)["record_id"]}
        again: list[Row] = [(self._dose(number), became[number]) for number in range(10)]
        return [*again, (somebody_else, self._truth("loaded", "record.record_id_reused"))]

    def _entered_again(self) -> list[Row]:
        faulty = self._second_dose(12) | {"declared_given_on": _text(self.given_on)}
        return [
            (self._dose(2) | {"action": "mới"}, self._truth()),
            (self._second_dose(11), self._truth()),
            (faulty, self._truth("loaded", "declared.invalid", "record.dose_missing_before")),
        ]

    def _declared_is_entered(self) -> list[Row]:
        first = self._dose(11) | {"given_on": _text(self.declared_on)}
        return [(first, self._truth(given_on=self.declared_on))]

    def _dose(self, number: int) -> dict[str, str]:
        """A first dose of person `number`, as a list has it."""
        return {
            "record_id": f"SC-{number:03d}",
            "full_name": f"Nguyễn Thị {_GIVEN_NAMES[number]}",
            "sex": "Nữ",
            "birth_date": f"{number + 1:02d}/03/1970",
            # of a province that nobody else in the city comes from
            "national_id": f"004170{number + 10:03d}345",
            "vaccine": _VACCINE,
            "lot_number": "L-100",
            "dose_number": "1",
            "given_on": _text(self.given_on),
        }

    def _second_dose(self, number: int) -> dict[str, str]:
        return self._dose(number) | {
            "dose_number": "2",
            "declared_dose_number": "1",
            "declared_vaccine": _VACCINE,
            "declared_given_on": _text(self.declared_on),
            "declared_place": "Trạm y tế ở quê",
        }

    def _truth(self, outcome: str = "loaded", *rules: str, given_on: date | None = None) -> RowTruth:
        """With the remark on a late entry, where the row is judged as a record and comes late."""
        late = (self.calendar.received_on - (given_on or self.given_on)).days > LATE_AFTER_DAYS
        return RowTruth(outcome, (*rules, *(("given_on.late_entry",) if late else ())))


def _change(number: int, **cells: str) -> dict[str, str]:
    return {"action": "sửa", "record_id": f"SC-{number:03d}", **cells}


def _text(day: date) -> str:
    return f"{day:%d/%m/%Y}"
