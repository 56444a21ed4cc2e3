"""The units' statistics reports: every day's figures, from the unit itself or in the Department's file for all."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally import reference
from vaxtally.sample.files import date_file, write_table
from vaxtally.sample.lists import HO_CHI_MINH
from vaxtally.sample.plan import VACCINES, Calendar
from vaxtally.sample.shapes import Shape
from vaxtally.sample.truth import Key, RowTruth, Truth
from vaxtally.sample.units import Unit

if TYPE_CHECKING:
    import numpy as np

_COLUMNS = ("unit_code", "given_on", "vaccine", "dose_number", "doses_given")
_VIETNAMESE: dict[str, str] = dict(
    zip(_COLUMNS, ("Mã đơn vị", "Ngày tiêm", "Vắc xin", "Mũi", "Số mũi tiêm"), strict=True)
)
_CANONICAL: dict[str, str] = {name: name for name in _COLUMNS}
_DEPARTMENT = (
    Shape("department", _COLUMNS, _VIETNAMESE, "thong-ke-{day}", encoding="utf-8-sig"),
    Shape("department_xlsx", _COLUMNS, _VIETNAMESE, "Thống kê {day}", suffix=".xlsx", real_dates=True, titles=1),
)
_OWN = (
    Shape("own", _COLUMNS[1:], _VIETNAMESE, "bao-cao-{day}", delimiter=";"),
    Shape("own_canonical", _COLUMNS, _CANONICAL, "report_{day}", date_format="%Y-%m-%d", vaccines="code"),
    Shape("own_xlsx", _COLUMNS[1:], _VIETNAMESE, "Báo cáo {day}", suffix=".xlsx", real_dates=True, titles=1),
)
NO_REPORTS = ("without_reports", "silent", "closed")
_SURPLUS_SHARE = 0.85  # the part surplus reports so much of what it gives
_TYPED_WRONGLY = 12_345  # instead of a figure of its size: report.outlier fires above 10,000
_CALLED_OFF = 9  # doses reported of a session that did not take place
_OWN_EVERY = 4  # so many units apart, one reports by itself


@dataclass(frozen=True)
class Line:
    """One line of a report as it is written, and what must come of it."""

    unit_code: str
    given_on: date | str
    vaccine: str
    dose_number: str
    doses_given: str | int
    truth: RowTruth = field(default_factory=RowTruth)


@dataclass
class Reports:
    """What is reported: lines by file, and the figures that stand in the end."""

    units: list[Unit]
    calendar: Calendar
    own: dict[tuple[int, date], list[Line]] = field(default_factory=lambda: defaultdict(list))
    department: dict[date, list[Line]] = field(default_factory=lambda: defaultdict(list))
    figures: dict[Key, int] = field(default_factory=dict)
    nil: set[Key] = field(default_factory=set)  # taken back to 0 by a nil report

    def lines_of(self, unit: int, day: date) -> list[Line]:
        """The file's lines in which a unit's figures for a day stand."""
        return self.own[unit, day] if self.reports_itself(unit) and day >= self.calendar.first else self.department[day]

    def reports_itself(self, unit: int) -> bool:
        """Whether a unit sends its reports, or leaves them to the Department's export."""
        return self.units[unit].part in ("single_vaccine", "revises") or unit % _OWN_EVERY == _OWN_EVERY - 1


def plan_reports(units: list[Unit], calendar: Calendar, given: "np.ndarray", *, dirty: bool) -> Reports:
    """Reports of the doses given (unit, day, vaccine, dose number; a line a dose), right but for what is planted."""
    import numpy as np

    reports = Reports(units, calendar)
    days = {*calendar.backlog, *(calendar.first + timedelta(days=n) for n in range(calendar.days))}
    keys, counts = np.unique(given, axis=0, return_counts=True)
    for (unit, ordinal, vaccine, dose), count in zip(keys.tolist(), counts.tolist(), strict=True):
        day = date.fromordinal(ordinal)
        if day in days and units[unit].part not in NO_REPORTS:
            figure = max(1, int(count * _SURPLUS_SHARE)) if units[unit].part == "surplus" else count
            _report(reports, unit, day, VACCINES[vaccine], dose, figure)
    if dirty:
        _nil_report(reports)
        _wrong_figure(reports)
        _revision(reports)
        _bad_lines(reports)
    return reports


def _report(reports: Reports, unit: int, day: date, vaccine: str, dose: int, figure: int) -> None:
    code = reports.units[unit].unit_code
    reports.lines_of(unit, day).append(Line(code, day, vaccine, str(dose), figure))
    reports.figures[code, day.isoformat(), vaccine, str(dose)] = figure


def _part(reports: Reports, part: str) -> int | None:
    return next((number for number, unit in enumerate(reports.units) if unit.part == part), None)


def _nil_report(reports: Reports) -> None:
    """A session that was called off: reported at first, taken back to nothing in the next day's report."""
    unit, day = _part(reports, "single_vaccine"), reports.calendar.nil_day
    if unit is None or (unit, day) in reports.own or (unit, day + timedelta(days=1)) not in reports.own:
        return
    _report(reports, unit, day, "AZ", 1, _CALLED_OFF)
    code = reports.units[unit].unit_code
    nil = Line(code, day, "", "", 0, RowTruth(rules=("report.lowered",)))
    reports.own[unit, day + timedelta(days=1)].append(nil)
    key = (code, day.isoformat(), "AZ", "1")
    reports.figures[key] = 0
    reports.nil.add(key)


def _wrong_figure(reports: Reports) -> None:
    """A figure typed a thousand times too high, and put right in the next day's report."""
    unit, day = _part(reports, "single_vaccine"), reports.calendar.first + timedelta(days=1)
    lines = reports.own.get((unit, day), []) if unit is not None else []
    following = reports.own.get((unit, day + timedelta(days=1))) if unit is not None else None
    if len(lines) == 1 and following:
        right = lines[0]
        lines[0] = _changed(right, _TYPED_WRONGLY, "report.outlier")
        following.append(_changed(right, right.doses_given, "report.lowered"))


def _revision(reports: Reports) -> None:
    """A figure first reported too low, and revised in the next day's report."""
    unit = _part(reports, "revises")
    for day in sorted(day for number, day in reports.own if number == unit):
        lines, following = reports.own[unit, day], reports.own.get((unit, day + timedelta(days=1)))  # type: ignore[index]
        largest = max(range(len(lines)), key=lambda place: int(lines[place].doses_given), default=None)
        if following and largest is not None and int(lines[largest].doses_given) > 1:
            right = lines[largest]
            lines[largest] = _changed(right, int(right.doses_given) - 1)
            following.append(right)
            return


def _changed(line: Line, figure: str | int, *rules: str) -> Line:
    return Line(line.unit_code, line.given_on, line.vaccine, line.dose_number, figure, RowTruth(rules=rules))


def _bad_lines(reports: Reports) -> None:
    """Lines that break each report rule, at the end of every third of the Department's files for the window.

    Where a line names a day and vaccine that are right, nobody gives that vaccine: it contradicts no sound line.
    """
    days = sorted(day for day in reports.department if day >= reports.calendar.first)
    for day in days[1::3]:
        lines = reports.department[day]
        code = lines[0].unit_code
        lines += [
            _bad("report.unit_unknown", "TYT-000-00", day, "AZ", "1", 20),
            _bad("report.date_invalid", code, "31/02/2021", "AZ", "1", 20),
            _bad("report.date_invalid", code, reports.calendar.received_on + timedelta(days=3), "AZ", "1", 20),
            _bad("report.vaccine_unknown", code, day, "Vắc xin X", "1", 20),
            _bad("report.vaccine_unknown", code, day, "", "1", 20),
            _bad("report.dose_number_invalid", code, day, "AZ", "9", 20),
            _bad("report.count_invalid", code, day, "JANSSEN", "1", "-5"),
            _bad("report.count_invalid", code, day, "HAYATVAX", "1", "mười hai"),
            _bad("report.contradiction", code, day, "SPUTNIKV", "1", 12),
            _bad("report.contradiction", code, day, "SPUTNIKV", "1", 15),
            _bad("report.duplicate_in_file", *_cells(lines[0]), outcome="duplicate"),
        ]


def _bad(rule: str, *cells: str | int | date, outcome: str = "rejected") -> Line:
    return Line(*cells, truth=RowTruth(outcome, (rule,)))  # type: ignore[arg-type]


def _cells(line: Line) -> tuple[str | int | date, ...]:
    return line.unit_code, line.given_on, line.vaccine, line.dose_number, line.doses_given


def write_reports(out: Path, reports: Reports, truth: Truth) -> None:
    """One file a unit and day, and one a day for all units that leave it to the Department."""
    for number, (day, lines) in enumerate(sorted(reports.department.items())):
        shape = _DEPARTMENT[number % len(_DEPARTMENT)]
        sent_at = datetime(day.year, day.month, day.day, 9, tzinfo=HO_CHI_MINH) + timedelta(days=1)
        _write(out, f"reports/{shape.file_name.format(day=day)}{shape.suffix}", shape, lines, sent_at, truth)
    for (unit, day), lines in sorted(reports.own.items()):
        if lines:
            shape = _OWN[unit // _OWN_EVERY % len(_OWN)]
            sent_at = datetime(day.year, day.month, day.day, 20, tzinfo=HO_CHI_MINH) + timedelta(seconds=unit)
            name = f"{reports.units[unit].unit_code}/reports/{shape.file_name.format(day=day)}{shape.suffix}"
            _write(out, name, shape, lines, sent_at, truth)


def _write(out: Path, name: str, shape: Shape, lines: list[Line], sent_at: datetime, truth: Truth) -> None:
    titles = ["THỐNG KÊ TIÊM CHỦNG HẰNG NGÀY"][: shape.titles]
    header = [shape.headers[column] for column in shape.columns]
    write_table(out / name, shape, titles, header, [_written(shape, line) for line in lines])
    date_file(out / name, sent_at)
    truth.add_file(name, "report", [line.truth for line in lines])


def _written(shape: Shape, line: Line) -> list[str | int | date]:
    day, listed = line.given_on, reference.vaccines()
    if isinstance(day, date) and not shape.real_dates:
        day = day.strftime(shape.date_format)
    vaccine = listed[line.vaccine]["name"] if shape.vaccines == "name" and line.vaccine in listed else line.vaccine
    cells = {
        "unit_code": line.unit_code,
        "given_on": day,
        "vaccine": vaccine,
        "dose_number": line.dose_number,
        "doses_given": line.doses_given,
    }
    return [cells[column] for column in shape.columns]
