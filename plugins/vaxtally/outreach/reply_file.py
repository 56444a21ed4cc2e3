"""A reply file: a CSV with the columns `code`, and if the answer is for one day only `given_on`; or the form filled in.

All its lines are taken or none: half an answer would be told as a whole one. In a workbook a line without a code is
one that the unit left empty.
"""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

LARGEST_BYTES = 100_000
DATE_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
# As they are written, by what they mean; compared folded.
HEADERS = {
    "code": ("code", "Mã", "Mã trả lời", "Lý do", "Reason"),
    "given_on": ("given_on", "Ngày", "Ngày tiêm", "Day"),
}
CODES = {
    "lost_forms": ("lost_forms", "Mất phiếu", "Mất giấy tờ", "Forms lost"),
    "no_staff": ("no_staff", "Thiếu nhân lực", "Thiếu người", "No staff"),
    "late": ("late", "Muộn", "Chậm", "Đang nhập"),
    "system": ("system", "Hệ thống", "Lỗi hệ thống", "System"),
    "other": ("other", "Khác"),
}
# In the place of a day: every day that is due.
EVERY_DAY = ("Mọi ngày đã đến hạn", "Every day due")
# How far down a workbook the header may stand.
HEADER_ROWS = 20
MESSAGES = {
    "vi": {
        "ok": "Đã ghi nhận câu trả lời.",
        "no_code": "Không có cột code (Mã trả lời). Tệp cần cột code và có thể có cột given_on (Ngày tiêm).",
        "empty": "Tệp không có câu trả lời nào, hoặc không phải tệp CSV hay phiếu trả lời (XLSX).",
        "code": "Mã trả lời phải là một trong: lost_forms (mất phiếu), no_staff (thiếu nhân lực), late (muộn), "
        "system (hệ thống), other (khác).",
        "given_on": "Ngày tiêm phải có dạng ngày/tháng/năm và không sau ngày gửi.",
    },
    "en": {
        "ok": "Your reply was recorded.",
        "no_code": "There is no column code. The file needs the column code, and may have the column given_on.",
        "empty": "The file holds no answer, or is neither a CSV file nor the reply form (XLSX).",
        "code": "The code must be one of lost_forms, no_staff, late, system, other.",
        "given_on": "The day must be day/month/year, and not after the day of sending.",
    },
}


@dataclass(frozen=True)
class Line:
    """One answer; for every due day where `given_on` is None."""

    code: str
    given_on: date | None


@dataclass(frozen=True)
class ReplyFile:
    """What was read, or why it is refused: row number (0: the file) and message key."""

    lines: tuple[Line, ...] = ()
    problems: tuple[tuple[int, str], ...] = ()


def read(content: bytes, received_on: date) -> ReplyFile:
    """Read a CSV."""
    rows = _rows(content)
    if len(rows) < 2:
        return ReplyFile(problems=((0, "empty"),))
    return _read(rows[0], rows[1:], received_on)


def read_workbook(path: Path, received_on: date) -> ReplyFile:
    """Read a form that was filled in, or any workbook with such columns on its first sheet."""
    from vaxtally.intake.read import workbook
    from vaxtally.intake.read.source import FileRefusedError, Limits

    try:
        sheets = workbook.in_unicode(workbook.read_workbook(path, Limits()).sheets)
    except FileRefusedError:
        return ReplyFile(problems=((0, "empty"),))
    # Each row is led by its line.
    rows = [row[1:] for row in csv.reader(io.StringIO(sheets[0].text.decode(), newline=""))] if sheets else []
    for place, row in enumerate(rows[:HEADER_ROWS]):
        columns = _columns(row)
        if "code" in columns:
            lines = [line for line in rows[place + 1 :] if "".join(line[columns["code"] : columns["code"] + 1]).strip()]
            return _read(row, lines, received_on) if lines else ReplyFile(problems=((0, "empty"),))
    return ReplyFile(problems=((0, "no_code"),))


def is_workbook(content: bytes) -> bool:
    """Whether bytes are to be read by `read_workbook`."""
    from vaxtally.intake.read import workbook

    return workbook.is_workbook(content)


def _columns(header: list[str]) -> dict[str, int]:
    return {name: place for place, cell in enumerate(header) if (name := _headers().get(_fold(cell)))}


def _read(header: list[str], rows: list[list[str]], received_on: date) -> ReplyFile:
    columns = _columns(header)
    if "code" not in columns:
        return ReplyFile(problems=((0, "no_code"),))
    lines, problems = [], []
    for number, row in enumerate(rows, 1):
        cells = {name: row[place].strip() if place < len(row) else "" for name, place in columns.items()}
        code, given_on = _codes().get(_fold(cells["code"])), cells.get("given_on", "")
        if _fold(given_on) in map(_fold, EVERY_DAY):
            given_on = ""
        day = _day(given_on)
        if code is None:
            problems.append((number, "code"))
        elif given_on and (day is None or day > received_on):
            problems.append((number, "given_on"))
        else:
            lines.append(Line(code, day))
    return ReplyFile(() if problems else tuple(lines), tuple(problems))


def answer(reply: ReplyFile, language: str) -> bytes:
    """The answer file: what was wrong where, or that all is well. It repeats nothing of what the unit wrote."""
    from vaxtally.outreach.attachment import csv_bytes

    words = MESSAGES[language]
    rows = [(number, "rejected", words[key]) for number, key in reply.problems]
    rows = rows or [(number, "loaded", words["ok"]) for number, _ in enumerate(reply.lines, 1)]
    return csv_bytes(("row_number", "outcome", "message"), rows)


def _rows(content: bytes) -> list[list[str]]:
    text = _text(content)
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    try:
        return [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(cell.strip() for cell in row)]
    except csv.Error:
        return []


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1258", errors="replace")


def _day(text: str) -> date | None:
    for form in DATE_FORMS:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def _fold(text: str) -> str:
    from vaxtally.intake.canonical.words import fold

    return fold(text)


@cache
def _headers() -> dict[str, str]:
    return {_fold(written): name for name, forms in HEADERS.items() for written in forms}


@cache
def _codes() -> dict[str, str]:
    return {_fold(written): code for code, forms in CODES.items() for written in forms}
