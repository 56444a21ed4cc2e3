"""Lists as units send them, made by programs that are not ours; each is dropped by a unit of its own and must load.

Every case is 22 made-up persons in a shape, encoding or form of its own, and the remarks that it alone deserves.
"""

import csv
import io
import shutil
import subprocess
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from sqlalchemy import Engine

from ..intake_desk import FAMILIES, GIVEN, Answered, Desk, person

SEP_8 = date(2021, 9, 8)
ROWS = 22
Row = dict[str, str]
LOADED, REPAIRED = frozenset(), frozenset({"national_id.repaired"})
REPAIRED_BOTH = REPAIRED | {"phone.repaired"}


@dataclass
class Case:
    """A file; `remarks`: the rules that speak of its rows, or, if it is set aside, of the whole file."""

    content: bytes
    remarks: frozenset[str] = LOADED
    name: str = "list.csv"
    status: str = "loaded"


@dataclass
class Maker:
    """Makes lists of people of whom nobody is in two lists."""

    made: int = 0

    def rows(self, change: Callable[[int, Row], Any] = lambda place, row: None) -> list[Row]:
        found = []
        for place in range(ROWS):
            self.made += 1
            row = person(self.made, **{"Ngày tiêm": "07/09/2021", "Địa chỉ": "12 đường Lê Lợi, phường Bến Nghé"})
            # Nobody shares birthday and given name with another: neighbours without a number would be held.
            row["Họ và tên"] = f"{FAMILIES[self.made % 7]} {GIVEN[(self.made + self.made // 84) % 9]}"
            row["CCCD"], row["Số điện thoại"] = f"079080{self.made:06d}", f"0903{self.made:06d}"
            change(place, row)
            found.append(row)
        return found

    def forms(self, column: str, *texts: str) -> list[Row]:
        """A list in whose column each of the texts stands in turn."""
        return self.rows(lambda place, row: row.update({column: texts[place % len(texts)]}))

    def text(self, rows: list[Row] | None = None, delimiter: str = ",", eol: str = "\r\n", quoting: Any = 0) -> str:
        rows = rows or self.rows()
        target = io.StringIO()
        writer = csv.DictWriter(target, list(rows[0]), delimiter=delimiter, lineterminator=eol, quoting=quoting)
        writer.writeheader()
        writer.writerows(rows)
        return target.getvalue()


def as_typed(header: str, text: str) -> object:
    """What a spreadsheet makes of a cell that somebody types into it."""
    if header in ("Ngày sinh", "Ngày tiêm"):
        return datetime.strptime(text, "%d/%m/%Y")
    return int(text) if header in ("CCCD", "Mũi", "Số điện thoại") else text


def book(rows: list[Row], typed: bool = False, before: int = 0) -> openpyxl.Workbook:
    """A workbook with the list below `before` rows of titles."""
    found = openpyxl.Workbook()
    sheet = found.worksheets[0]
    for line in range(before):
        sheet.append([None if line else "DANH SÁCH TIÊM"])
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append([as_typed(*cell) if typed else cell[1] for cell in row.items()])
    return found


def saved(found: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    found.save(target)
    return target.getvalue()


def texts(maker: Maker) -> dict[str, Case]:
    """Encodings and shapes of text files."""
    footer = (
        '\r\nTổng cộng: 22,,\r\n,,,,,,,"TP.HCM, ngày 7 tháng 9 năm 2021"'
        "\r\n,,,,,,,Người lập biểu\r\n,,,,,,,Nguyễn Văn A\r\n"
    )
    numbered = maker.text([{"STT": str(n), **row} for n, row in enumerate(maker.rows(), 1)]).split("\r\n")
    numbered.insert(1, ",".join(f"({n})" for n in range(1, 13)))
    two_lines = maker.rows(lambda place, row: row.update({"Địa chỉ": '12 Lê Lợi\nlầu 2, "phòng 5"'}))
    found = {
        "UTF-8": maker.text().encode(),
        "UTF-8, quoted, tab": maker.text(delimiter="\t", quoting=csv.QUOTE_ALL).encode("utf-8-sig"),
        "Excel's Unicode text": maker.text(delimiter="\t").encode("utf-16"),
        "UTF-16 without a mark": maker.text(delimiter=";").encode("utf-16-le"),
        "UTF-16 the other way": maker.text().encode("utf-16-be"),
        "decomposed": unicodedata.normalize("NFD", maker.text()).encode(),
        "lines of an old Mac": maker.text(eol="\r").encode(),
        "lines of two systems": maker.text().replace("\r\n", "\n", 5).encode(),
        "sep=": ("sep=;\r\n" + maker.text(delimiter=";")).encode(),
        "bars": maker.text(delimiter="|").encode(),
        "commas at the end": maker.text().replace("\r\n", ",,,,\r\n").encode(),
        "titles, total, signature": ("SỞ Y TẾ,,\r\n\r\nDANH SÁCH NGÀY 7/9\r\n" + maker.text() + footer).encode(),
        "numbered columns": "\r\n".join(numbered).encode(),
        "two lines in a cell": maker.text(two_lines).encode(),
        "headers in capitals": maker.text()
        .replace("Họ và tên", "HO VA TEN")
        .replace("Ngày tiêm", "NGAY  TIEM:")
        .encode(),
    }
    if shutil.which("iconv"):
        found["iconv's Windows-1258"] = iconv(maker.text(), "CP1258")
        # TCVN3 has no toned capitals.
        found["iconv's TCVN"] = iconv(maker.text().replace("Ánh", "Anh"), "TCVN")
    return {name: Case(content) for name, content in found.items()}


def iconv(text: str, encoding: str) -> bytes:
    command = ["iconv", "-f", "UTF-8", "-t", encoding]
    return subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout


def cells(maker: Maker) -> dict[str, Case]:
    """Forms of what is written, in text files."""

    def float_forms(place: int, row: Row) -> None:
        row["CCCD"], row["Số điện thoại"] = f"{int(row['CCCD'])}.0", f"{int(row['Số điện thoại'])}.0"
        row["Mũi"] = "1.0"

    def phone_forms(place: int, row: Row) -> None:
        tail = row["Số điện thoại"][1:]
        row["Số điện thoại"] = (f"+84{tail}", f"84{tail}", tail, f"0{tail} / 02838223344")[place % 4]

    def id_forms(place: int, row: Row) -> None:
        full = row["CCCD"]
        row["CCCD"] = (full[1:], f"'{full}", f"{full[:3]} {full[3:6]} {full[6:]}", f"{full[:3]}.{full[3:]}")[place % 4]

    def invisible(place: int, row: Row) -> None:
        row["Họ và tên"] = "\u00a0" + row["Họ và tên"].replace(" ", "\u00a0") + "\u200b"

    def rounded(place: int, row: Row) -> None:
        row["CCCD"] = f"{int(row['CCCD']):.5E}"

    dates = ("07-09-2021", "7.9.2021", "2021-09-07", "07/09/2021 14:30", "2021-09-07T14:30:00", "7/9/2021")
    month_first = [f"08/{day}/2021" for day in range(14, 29)]
    return {
        "numbers as floats": Case(maker.text(maker.rows(float_forms)).encode(), REPAIRED_BOTH),
        "phones": Case(maker.text(maker.rows(phone_forms)).encode(), frozenset({"phone.repaired"})),
        "identity numbers": Case(maker.text(maker.rows(id_forms)).encode(), REPAIRED),
        "rounded numbers": Case(maker.text(maker.rows(rounded)).encode(), frozenset({"national_id.format"})),
        "invisible characters": Case(maker.text(maker.rows(invisible)).encode()),
        "dates": Case(maker.text(maker.forms("Ngày tiêm", *dates)).encode()),
        "two-digit years": Case(
            maker.text(maker.forms("Ngày tiêm", "07/09/21")).encode(),
            frozenset({"given_on.invalid", "file.mostly_rejected"}), status="quarantined",
        ),
        "month first": Case(
            maker.text(maker.forms("Ngày tiêm", *month_first)).encode(),
            frozenset({"file.date_order"}), status="quarantined",
        ),
        "births": Case(
            maker.text(maker.forms("Ngày sinh", "1980", "05/1980", "00/00/1980", "--/--/1980", "1980.0")).encode(),
            frozenset({"birth_date.year_only"}),
        ),
        "sexes": Case(maker.text(maker.forms("Giới tính", "Nam", "NAM", "nam ", "M", "male")).encode()),
        "doses": Case(maker.text(maker.forms("Mũi", "1", "Mũi 1", "M1", "Lần 1", "một", "01")).encode()),
        "vaccines": Case(maker.text(maker.forms("Vắc xin", "AZ", "astra zeneca", "pfizer", "Vero-Cell")).encode()),
        "districts": Case(maker.text(maker.forms("Quận/Huyện", "Q1", "760", "Q. Bình Thạnh", "Quận 9")).encode()),
    }  # fmt: skip


def workbooks(maker: Maker) -> dict[str, Case]:
    """Shapes of workbooks."""
    mac = book(maker.rows(), typed=True)
    mac.epoch = CALENDAR_MAC_1904
    halves = book(maker.rows()[:11])
    second = halves.create_sheet("Chiều")
    rest = maker.rows()[:11]
    for line in ([*rest[0]], *([*row.values()] for row in rest)):
        second.append(line)
    hidden = book(maker.rows())
    old = hidden.create_sheet("Cũ", 0)
    for line in ([*rest[0]], *([*row.values()] for row in maker.rows())):
        old.append(line)
    old.sheet_state = "hidden"
    shifted = book(maker.rows())
    shifted.worksheets[0].insert_cols(1, 2)
    shifted.worksheets[0].insert_rows(1, 3)
    found = {
        "text": (book(maker.rows()), LOADED),
        "typed": (book(maker.rows(), typed=True), REPAIRED_BOTH),
        "typed on a Mac": (mac, REPAIRED_BOTH),
        "header in row 20": (book(maker.rows(), before=19), LOADED),
        "two sheets": (halves, LOADED),
        "a hidden sheet": (hidden, LOADED),
        "not in the corner": (shifted, LOADED),
    }
    cases = {name: Case(saved(each), remarks, "list.xlsx") for name, (each, remarks) in found.items()}
    late = book(maker.rows(), before=20)
    cases["header in row 21"] = Case(saved(late), frozenset({"file.header_missing"}), "list.xlsx", "quarantined")
    cases["a text file called a workbook"] = Case(maker.text().encode(), name="list.xlsx")
    return cases


MAKER = Maker()
CASES = {f"{make.__name__}: {name}": case for make in (texts, cells, workbooks) for name, case in make(MAKER).items()}


@pytest.fixture(scope="module")
def answers(desk_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answered]:
    """What each unit got back: all files in one run."""
    desk = Desk(desk_engine, tmp_path_factory.mktemp("odd"))
    desk.clear()
    units = {f"U-{number:03d}": name for number, name in enumerate(CASES)}
    desk.list_units(**dict.fromkeys(units, "vi"))
    for unit, name in units.items():
        desk.put(CASES[name].name, CASES[name].content, unit=unit)
    desk.run(SEP_8)
    return {name: desk.answer(CASES[name].name, unit) for unit, name in units.items()}


@pytest.mark.parametrize("name", CASES)
def test_it_is_read_as_a_person_reads_it(answers: dict[str, Answered], name: str) -> None:
    case, answer = CASES[name], answers[name]
    assert answer.status == case.status
    assert {line["rule"] for line in answer.lines} == case.remarks
    if case.status == "loaded":
        assert answer.outcomes == {"loaded": ROWS}
