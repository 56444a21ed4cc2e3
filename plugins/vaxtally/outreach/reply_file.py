"""A reply file: a CSV with the columns `code`, and if the answer is for one day only `given_on`.

All its lines are taken or none: half an answer would be told as a whole one.
"""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

LARGEST_BYTES = 100_000
DATE_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
# As they are written, by what they mean; compared folded.
HEADERS = {
    "code": ("code", "Mã", "Mã trả lời", "Lý do"),
    "given_on": ("given_on", "Ngày", "Ngày tiêm"),
}
CODES = {
    "lost_forms": ("lost_forms", "Mất phiếu", "Mất giấy tờ"),
    "no_staff": ("no_staff", "Thiếu nhân lực", "Thiếu người"),
    "late": ("late", "Muộn", "Chậm", "Đang nhập"),
    "system": ("system", "Hệ thống", "Lỗi hệ thống"),
    "other": ("other", "Khác"),
}
MESSAGES = {
    "vi": {
        "ok": "Đã ghi nhận câu trả lời.",
        "no_code": "Không có cột code (Mã trả lời). Tệp cần cột code và có thể có cột given_on (Ngày tiêm).",
        "empty": "Tệp không có dòng nào, hoặc không phải tệp CSV.",
        "code": "Mã trả lời phải là một trong: lost_forms (mất phiếu), no_staff (thiếu nhân lực), late (muộn), "
        "system (hệ thống), other (khác).",
        "given_on": "Ngày tiêm phải có dạng ngày/tháng/năm và không sau ngày gửi.",
    },
    "en": {
        "ok": "Your reply was recorded.",
        "no_code": "There is no column code. The file needs the column code, and may have the column given_on.",
        "empty": "The file has no lines, or is no CSV file.",
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
    """Read a reply file."""
    rows = _rows(content)
    if len(rows) < 2:
        return ReplyFile(problems=((0, "empty"),))
    columns = {_headers().get(_fold(cell)): place for place, cell in enumerate(rows[0])}
    if "code" not in columns:
        return ReplyFile(problems=((0, "no_code"),))
    lines, problems = [], []
    for number, row in enumerate(rows[1:], 1):
        cells = {name: row[place].strip() if place < len(row) else "" for name, place in columns.items() if name}
        code, day = _codes().get(_fold(cells["code"])), _day(cells.get("given_on", ""))
        if code is None:
            problems.append((number, "code"))
        elif cells.get("given_on") and (day is None or day > received_on):
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
