"""Workbooks made to break, fool or exhaust the reader: refused or harmless, in bounded memory and time."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from vaxtally.intake.read import FileRefusedError, SourceFile, read_file

PLUGINS = Path(__file__).parents[2] / "plugins"
SAVED_BY_CALC = Path(__file__).parents[1] / "fixtures" / "libreoffice"
HEADER = ("Họ và tên", "Giới tính", "Ngày sinh", "CCCD", "Vắc xin", "Mũi", "Ngày tiêm", "Ghi chú")
PERSON = ("Nguyễn Văn Đức", "Nam", 1950, "079050000001", "AZ", 1, "05/08/2021", "x")
MOST_MEMORY_KB = 512 * 1024
MOST_SECONDS = 10
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sound(path: Path) -> Path:
    workbook = xlsxwriter.Workbook(path)
    sheet = workbook.add_worksheet()
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, PERSON)
    workbook.close()
    return path


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None], level: int = 6) -> Path:
    """A sound workbook with its parts changed."""
    with zipfile.ZipFile(sound(path)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def read(path: Path) -> SourceFile | str:
    """The source or the rule."""
    try:
        return read_file(path, "upload")
    except FileRefusedError as refusal:
        return refusal.rule


# In a process of its own: memory is that of this reader and its child, and not what the test took to write the file.
MEASURED = """
import json, re, resource, sys, time
from pathlib import Path
from vaxtally.intake.read import FileRefusedError, read_file
try:
    found = read_file(Path(sys.argv[1]), "upload").rows
except FileRefusedError as refusal:
    found = refusal.rule
children = resource.getrusage(resource.RUSAGE_CHILDREN)
seconds = time.process_time() + children.ru_utime + children.ru_stime
own = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(json.dumps([found, seconds, int(own), children.ru_maxrss]))
"""


def measured(path: Path) -> int | str:
    """The number of rows or the rule, within the bounds of time and memory."""
    command = [sys.executable, "-c", MEASURED, str(path)]
    done = subprocess.run(command, capture_output=True, check=True, env={"PYTHONPATH": str(PLUGINS)})
    found, seconds, own_kb, child_kb = json.loads(done.stdout)
    assert seconds < MOST_SECONDS
    assert max(own_kb, child_kb) < MOST_MEMORY_KB
    return found


SHEET, STRINGS, BOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"


def sheet_of(*rows: str) -> bytes:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(rows)}</sheetData></worksheet>'.encode()


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


HEADER_ROW = '<row r="1">' + "".join(text_cell(f"{'ABCDEFGH'[at]}1", text) for at, text in enumerate(HEADER)) + "</row>"

LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    + b"]>"
)


@pytest.mark.parametrize("part", [STRINGS, SHEET, BOOK, "xl/styles.xml", "[Content_Types].xml"])
def test_entities_are_not_expanded(tmp_path: Path, part: str) -> None:
    def change(parts: dict[str, bytes]) -> None:
        body = parts[part].split(b"?>", 1)[-1]
        parts[part] = LAUGHS + body.replace(b"</t>", b"&a11;</t>").replace(b"Sheet", b"&a11;")

    assert measured(rewritten(tmp_path / "laughs.xlsx", change)) in (1, "file.unreadable", "file.header_missing")


def test_files_of_the_machine_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", encoding="ascii")

    def change(parts: dict[str, bytes]) -> None:
        entity = f'<!DOCTYPE x [<!ENTITY f SYSTEM "file://{tmp_path}/secret">]>'.encode()
        parts[STRINGS] = entity + parts[STRINGS].replace(b"<t>x</t>", b"<t>&f;</t>")
        relations = "xl/_rels/workbook.xml.rels"
        parts[relations] = parts[relations].replace(b"/xl/styles.xml", b"../../../../../etc/passwd")
        parts["../../../escaped.xml"] = b"<a/>"
        parts["/absolute.xml"] = b"<a/>"

    found = read(rewritten(tmp_path / "paths.xlsx", change))
    assert not list(tmp_path.parent.glob("escaped.xml"))
    if isinstance(found, SourceFile):
        assert "secret" not in str(found.table.column("original").to_pylist())


def test_macros_and_links_are_not_looked_at(tmp_path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0" + bytes(1000)
        parts["xl/externalLinks/externalLink1.xml"] = b'<externalLink xmlns="%s"/>' % MAIN.encode()
        parts["xl/externalLinks/_rels/externalLink1.xml.rels"] = (
            b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            b'<Relationship Id="rId1" Type="x" Target="http://127.0.0.1:9/x.xlsx" TargetMode="External"/>'
            b"</Relationships>"
        )
        parts[SHEET] = parts[SHEET].replace(
            b"</row></sheetData>",
            b'<c r="I2" t="str"><f>[1]Sheet1!A1+WEBSERVICE("http://127.0.0.1:9")</f><v>stored</v></c></row></sheetData>',
        )

    found = read(rewritten(tmp_path / "macro.xlsx", change))
    assert isinstance(found, SourceFile)
    assert found.table.column("original").to_pylist()[0].endswith("stored")


def test_formulas_and_text_that_looks_like_one_are_data(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(HEADER)
    workbook.active.append([*PERSON[:7], None])
    cell = workbook.active["H2"]
    cell.value, cell.data_type = '=HYPERLINK("http://example.org","x")', "s"
    workbook.save(tmp_path / "text.xlsx")
    found = read(tmp_path / "text.xlsx")
    assert isinstance(found, SourceFile)
    assert found.table.column("note").to_pylist() == ['=HYPERLINK("http://example.org","x")']


@pytest.mark.parametrize("place", ["XFD1048576", "A2147483648", "ZZZZZZ9", "A0", "1A", "A99999999999999999999", ""])
def test_crafted_references(tmp_path: Path, place: str) -> None:
    def change(parts: dict[str, bytes]) -> None:
        parts[SHEET] = sheet_of(HEADER_ROW, f'<row r="2">{text_cell(place, "x")}</row>')

    found = read(rewritten(tmp_path / "reference.xlsx", change))
    assert isinstance(found, SourceFile) or found == "file.unreadable"


def test_a_row_number_beyond_all(tmp_path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        row = text_cell("A2", "x").replace("A2", "")
        parts[SHEET] = sheet_of(HEADER_ROW, f'<row r="2147483648">{row}</row>', f'<row r="-1">{row}</row>')

    found = read(rewritten(tmp_path / "row.xlsx", change))
    assert isinstance(found, SourceFile) or found == "file.unreadable"


def test_a_stray_cell_at_the_last_row_does_no_harm(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(HEADER)
    workbook.active.append(PERSON)
    workbook.active["H1048576"] = "x"
    workbook.save(tmp_path / "stray.xlsx")
    assert measured(tmp_path / "stray.xlsx") == 2
    found = read(tmp_path / "stray.xlsx")
    assert isinstance(found, SourceFile)
    assert found.table.column("line").to_pylist() == [2, 1048576]


def test_ten_thousand_columns(tmp_path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        wide = "".join(f"<c><v>{n}</v></c>" for n in range(10_000))
        rows = [f'<row r="{n}">{wide}</row>' for n in range(2, 100)]
        parts[SHEET] = sheet_of(HEADER_ROW, *rows)

    assert measured(rewritten(tmp_path / "wide.xlsx", change)) == "file.unreadable"


def test_an_endless_cell(tmp_path: Path) -> None:
    """400 MB in one cell, packed so that neither size nor ratio gives it away."""
    path = sound(tmp_path / "endless.xlsx")
    noise = os.urandom(3 * 1024**2).hex().encode()
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            if name != SHEET:
                archive.writestr(name, content)
        archive.writestr("xl/media/noise.bin", noise)
        with archive.open(SHEET, "w") as part:
            part.write(sheet_of(HEADER_ROW).split(b"</sheetData>")[0] + b'<row r="2"><c r="A2" t="inlineStr"><is><t>')
            for _ in range(400):
                part.write(b"x" * 1024**2)
            part.write(b"</t></is></c></row></sheetData></worksheet>")
    assert path.stat().st_size * 200 > 400 * 1024**2
    assert measured(path) == "file.unreadable"


def test_a_long_string_that_many_cells_share(tmp_path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        parts[STRINGS] = f'<sst xmlns="{MAIN}"><si><t>{"x" * 900_000}</t></si></sst>'.encode()
        cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 20_000))
        parts[SHEET] = sheet_of(HEADER_ROW, cells)

    assert measured(rewritten(tmp_path / "shared.xlsx", change)) == "file.unreadable"


def test_merged_ranges_over_everything(tmp_path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        merged = '<mergeCell ref="A1:XFD1048576"/>' * 20_000
        end = f"</sheetData><mergeCells>{merged}</mergeCells>".encode()
        parts[SHEET] = parts[SHEET].replace(b"</sheetData>", end)

    assert measured(rewritten(tmp_path / "merged.xlsx", change)) in (1, "file.unreadable")


def test_sixteen_thousand_sheets(tmp_path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        sheets = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, 16_001))
        start, rest = parts[BOOK].split(b"<sheets>")
        relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        end = rest.split(b"</sheets>")[1]
        opened = f'<sheets xmlns:r="{relation}">{sheets}</sheets>'.encode()
        parts[BOOK] = start + opened + end

    assert measured(rewritten(tmp_path / "sheets.xlsx", change)) == "file.unreadable"


def test_sizes_that_the_archive_lies_about(tmp_path: Path) -> None:
    path = rewritten(tmp_path / "lie.xlsx", lambda parts: parts.update({SHEET: b" " * 300_000_000 + parts[SHEET]}))
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(SHEET).file_size
    path.write_bytes(content.replace(size.to_bytes(4, "little"), (4000).to_bytes(4, "little")))
    assert measured(path) == "file.unreadable"


def test_a_directory_of_too_many_parts(tmp_path: Path) -> None:
    path = sound(tmp_path / "parts.xlsx")
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(11_000):
            archive.writestr(f"x{number}", b"")
    assert read(path) == "file.unreadable"


def test_a_workbook_in_a_workbook_is_not_opened(tmp_path: Path) -> None:
    inner = sound(tmp_path / "inner.xlsx").read_bytes()

    def change(parts: dict[str, bytes]) -> None:
        parts["xl/embeddings/inner.xlsx"] = inner

    found = read(rewritten(tmp_path / "outer.xlsx", change))
    assert isinstance(found, SourceFile)
    assert found.rows == 1


@pytest.mark.parametrize("name", ["titled.xlsx", "titled.xls"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_truncated(tmp_path: Path, name: str, part: float) -> None:
    content = (SAVED_BY_CALC / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(content[: int(len(content) * part)])
    found = read(path)
    assert isinstance(found, SourceFile) or found == "file.unreadable"
    if name == "titled.xlsx":
        assert found == "file.unreadable"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        b"<html><body><table><tr><td>x</td></tr></table></body></html>",
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        b"PK\x03\x04",
        b"PK\x05\x06" + bytes(18),
        b"\x00" * 100,
    ],
)
def test_other_files_under_the_name_of_a_workbook(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(content)
    assert read(path) in ("file.unreadable", "file.encoding")


def test_other_archives(tmp_path: Path) -> None:
    for name, member in (
        ("list.ods", "content.xml"),
        ("list.xlsb", "xl/workbook.bin"),
        ("list.docx", "word/document.xml"),
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(member, b"<a/>")
        assert read(tmp_path / name) == "file.unreadable"
