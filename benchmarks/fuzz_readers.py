"""Coverage-guided fuzzing of the readers: what comes in may be anything, what comes out is rows or a refusal.

    .venv/bin/python benchmarks/fuzz_readers.py text|list|workbook|cells [seconds]

- text: bytes as a CSV of an upload or a report, mutated from lists that Calc and Excel wrote
- list: rows put together from records, header words, footers and odd cells: every record must come out, in order
- workbook: an XLSX that Calc saved, one of its parts replaced by a mutated one. What the child process does is done in
  this one, where its branches count as covered; only what may abort a process (a cell far away) is read in a child
- cells: any text in any column, through canonicalisation

Held against every input: nothing but FileRefusedError leaves read_file; rows are numbered 1…n; a row's cells stand in
its original; canonicalising never raises and keeps every row; repaired numbers have a form of the rules. An input that
breaks this is written to the folder of the run, and the run ends with an error. libFuzzer prints how many inputs were
tried.
"""

import csv
import io
import json
import random
import re
import sys
import tempfile
import zipfile
from collections.abc import Callable
from datetime import date
from importlib import import_module
from pathlib import Path

import atheris
from python_calamine import CalamineError

INSTRUMENTED = ["vaxtally.intake", "vaxtally.text"]
with atheris.instrument_imports(INSTRUMENTED):  # pyright: ignore[reportAttributeAccessIssue] - of the compiled part
    from vaxtally.intake.canonical import canonicalise_report, canonicalise_upload
    from vaxtally.intake.read import CELL_SEPARATOR, FileRefusedError, HeaderColumn, Limits, SourceFile, read_file
    from vaxtally.intake.read.headers import ALIASES, HEADERS
    from vaxtally.intake.read.source import Kind

    # Those that are imported inside functions.
    for module in ("tables", "text_file", "delimited", "form_rows", "date_order"):
        import_module(f"vaxtally.intake.read.{module}")
    from vaxtally.intake.read import unreadable, workbook, workbook_child
    from vaxtally.intake.read.workbook_budget import Budget

SAVED_BY_CALC = Path(__file__).parents[1] / "tests" / "fixtures" / "libreoffice"
TODAY = date(2021, 8, 10)
LIMITS = Limits(cell_characters=10_000)
NAMES = ("Họ và tên", "Giới tính", "Ngày sinh", "CCCD", "Vắc xin", "Mũi", "Ngày tiêm", "Ghi chú")
RECORDS = (
    ("Nguyễn Văn Đức", "Nam", "01/02/1950", "079050000001", "AZ", "1", "05/08/2021", "a"),
    ("Tổng Thị Cộng", "Nữ", "1962", "", "Pfizer", "2", "2021-08-06", "Tổng cộng"),
)
ODD_CELLS = (
    *("", "", "1", "(1)", "Tổng cộng: 2", "ngày 5 tháng 8 năm 2021", "Người lập biểu", "Name", "Mũi", "tiêm", "\u00a0"),
    *('"', 'a"b', "x\ny", "=1+1", "\u200b", "Nữ", "05/08/2021", "AZ", "0903123456", "7.9E+10", "STT", "Ngày"),
)
# Columns of a read table that are no cells.
STRUCTURE = ("row_number", "sheet", "line", "original", "cells_found", "cells_expected")
# A grid is as large as its farthest cell says: five digits of a row, or four letters of a column, ask for gigabytes.
FAR_AWAY = re.compile(rb"[A-Z]{4,}[0-9]|[A-Z][0-9]{5,}|[rt]=.?[0-9]{5,}")
NATIONAL_ID = re.compile(r"[0-9]{9}|[0-9]{12}|(?=.*[A-Z])[0-9A-Z]{5,9}")
FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))


def check(path: Path, kind: Kind) -> SourceFile | None:
    """Read a file and hold the invariants against it."""
    try:
        source = read_file(path, kind, LIMITS)
    except FileRefusedError as refusal:
        assert refusal.rule.startswith("file."), refusal.rule
        return None
    assert source.table.column("row_number").to_pylist() == list(range(1, source.rows + 1))
    lines, sheets = source.table.column("line").to_pylist(), source.table.column("sheet").to_pylist()
    assert len(set(zip(sheets, lines, strict=True))) == source.rows or source.is_workbook
    if source.rows:
        holds_its_cells(source)
        canonical(source, kind)
    return source


def holds_its_cells(source: SourceFile) -> None:
    """Canonicalising asks of whole rows what it would else ask of each cell."""
    fields = [name for name in source.table.column_names if name not in STRUCTURE]
    originals = source.table.column("original").to_pylist()
    for original, row in zip(originals, source.table.select(fields).to_pylist(), strict=True):
        assert {cell for cell in row.values() if cell} <= set(original.split(CELL_SEPARATOR))


def canonical(source: SourceFile, kind: Kind) -> None:
    if kind == "report":
        assert canonicalise_report(source, "U", frozenset({"U"}), TODAY).num_rows == source.rows
        return
    table = canonicalise_upload(source, "U", frozenset({"U"}), TODAY)
    assert table.num_rows == source.rows
    for row in table.select(["national_id", "phone", "birth_date", "birth_date_precision", "full_name"]).to_pylist():
        assert row["national_id"] is None or NATIONAL_ID.fullmatch(row["national_id"])
        assert row["phone"] is None or re.fullmatch(r"0[0-9]{9,10}", row["phone"])
        assert (row["birth_date"] is None) == (row["birth_date_precision"] is None)
        assert row["full_name"] is None or row["full_name"].strip() == row["full_name"] != ""


def fuzz_text(data: bytes) -> None:
    path = FOLDER / "list.csv"
    path.write_bytes(data[1:])
    check(path, "report" if data[:1] > b"\x7f" else "upload")


def fuzz_list(data: bytes) -> None:
    draw = atheris.FuzzedDataProvider(data)  # pyright: ignore[reportAttributeAccessIssue] - of the compiled part
    delimiter, kept = draw.PickValueInList([",", ";", "\t", "|"]), []
    rows: list[tuple[str, ...]] = [NAMES]
    while draw.remaining_bytes() and len(rows) < 60:
        if draw.ConsumeBool():
            kept.append(draw.PickValueInList(list(RECORDS)))
            rows.append(kept[-1])
        else:
            rows.append(tuple(draw.PickValueInList(list(ODD_CELLS)) for _ in range(draw.ConsumeIntInRange(0, 8))))
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    path = FOLDER / "built.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    source = check(path, "upload")
    assert source, "a list with a sound header was refused"
    fields = ["full_name", "sex", "birth_date", "national_id", "vaccine", "dose_number", "given_on", "note"]
    found = [tuple(cell or "" for cell in row.values()) for row in source.table.select(fields).to_pylist()]
    assert [row for row in found if row in RECORDS] == kept, "a record was lost, moved or doubled"


def fuzz_workbook(data: bytes) -> None:
    with zipfile.ZipFile(SAVED_BY_CALC / "titled.xlsx") as saved:
        parts = {name: saved.read(name) for name in saved.namelist()}
    names = sorted(name for name in parts if name.startswith("xl/"))
    chosen = names[data[0] % len(names)] if data else names[0]
    parts[chosen] = mutated(parts[chosen], data[1:])
    path = FOLDER / "list.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    workbook._run_child = RUN_CHILD if FAR_AWAY.search(parts[chosen]) else run_in_this_process
    check(path, "upload")


RUN_CHILD = workbook._run_child


def run_in_this_process(path: Path, limits: Limits, budget: Budget) -> bytes:
    """What the child writes, without the limits on its memory and time: libFuzzer's own hold."""
    options = {
        "path": str(path),
        "output_bytes": budget.output_bytes,
        "cell_characters": limits.cell_characters,
        "columns": limits.columns,
        "sheets": limits.sheets,
    }
    try:
        return b"".join(json.dumps(about).encode() + b"\n" + text for about, text in workbook_child._blocks(options))
    except workbook_child.RefusedError as error:
        raise unreadable(type(error).__name__) from error
    except Exception as error:
        # Of the library: the child answers it with a refusal. Of our own code it is a find.
        if not isinstance(error, CalamineError | MemoryError | zipfile.BadZipFile):
            raise
        raise unreadable(type(error).__name__) from error


def mutated(part: bytes, data: bytes) -> bytes:
    """Each four bytes of the input cut, double or overwrite a stretch of the part."""
    for at in range(0, len(data) - 3, 4):
        place, length, how = int.from_bytes(data[at : at + 2], "little") % (len(part) + 1), data[at + 2], data[at + 3]
        stretch = part[place : place + length]
        new = (b"", stretch * 2, bytes([how]) * length, re.sub(rb"[0-9]", b"9", stretch), b"<a>", b"&x;")[how % 6]
        part = part[:place] + new + part[place + length :]
    return part


def fuzz_cells(data: bytes) -> None:
    import pyarrow as pa

    draw = atheris.FuzzedDataProvider(data)  # pyright: ignore[reportAttributeAccessIssue] - of the compiled part
    fields = [*HEADERS["upload"], "national_id_2", "national_id_3", "birth_date_2"]
    rows = 3
    columns = {}
    while draw.remaining_bytes() and len(columns) < 6:
        field = draw.PickValueInList(fields)
        texts = [draw.ConsumeUnicodeNoSurrogates(draw.ConsumeIntInRange(0, 24)) for _ in range(rows)]
        # No reader lets a separator into a cell.
        columns[field] = pa.array([text.replace(CELL_SEPARATOR, " ") or None for text in texts], pa.string())
    original = [CELL_SEPARATOR.join(column[row].as_py() or "" for column in columns.values()) for row in range(rows)]
    columns |= {
        "row_number": pa.array(range(1, rows + 1), pa.int32()),
        "sheet": pa.nulls(rows, pa.string()),
        "line": pa.array(range(2, rows + 2), pa.int32()),
        "original": pa.array(original, pa.string()),
        "cells_found": pa.nulls(rows, pa.int32()),
        "cells_expected": pa.nulls(rows, pa.int32()),
    }
    header = [HeaderColumn(name, name) for name in columns]
    canonical(SourceFile(header, pa.table(columns), is_workbook=bool(data[:1] > b"\x7f")), "upload")


def seeds(target: str) -> Path:
    """A folder of inputs to start from."""
    folder = FOLDER / "seeds"
    folder.mkdir()
    for number in range(8):
        (folder / f"{number}").write_bytes(random.Random(number).randbytes(20 << number))
    if target == "text":
        for path in SAVED_BY_CALC.glob("*.csv"):
            content = path.read_bytes()
            (folder / path.name).write_bytes(b"\x00" + content)
            (folder / f"{path.name}.utf16").write_bytes(b"\x00" + content.decode(errors="ignore").encode("utf-16"))
        report = "Ngày;Vắc xin;Mũi;Số mũi tiêm\n05/08/2021;AZ;1;120\nTổng cộng;;;120\n"
        (folder / "report").write_bytes(b"\xff" + report.encode())
    return folder


def dictionary() -> Path:
    """Words that mutation alone would hardly find."""
    known = {text for table in (HEADERS, ALIASES) for texts in table["upload"].values() for text in texts}
    lines = sorted({*known, *ODD_CELLS, *(cell for row in RECORDS for cell in row)} - {""})
    escaped = ("".join(f"\\x{byte:02x}" for byte in line.encode()) for line in lines)
    path = FOLDER / "words"
    path.write_text("".join(f'"{line}"\n' for line in escaped), encoding="ascii")
    return path


def main() -> None:
    targets: dict[str, Callable[[bytes], None]] = {
        "text": fuzz_text,
        "list": fuzz_list,
        "workbook": fuzz_workbook,
        "cells": fuzz_cells,
    }
    if len(sys.argv) < 2 or sys.argv[1] not in targets:
        sys.exit(__doc__)
    seconds = sys.argv[2] if len(sys.argv) > 2 else "60"
    options = [
        f"-max_total_time={seconds}",
        f"-artifact_prefix={FOLDER}/",
        f"-dict={dictionary()}",
        "-max_len=4096",
        "-len_control=0",
    ]
    atheris.Setup(
        [sys.argv[0], *options, "-print_final_stats=1", "-timeout=30", "-rss_limit_mb=4096", str(seeds(sys.argv[1]))],
        targets[sys.argv[1]],
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
