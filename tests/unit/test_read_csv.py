"""Reading CSV: any layout a unit sends, every row kept with its number and line, or a refusal with its rule."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vaxtally.intake.read import CELL_SEPARATOR, FileRefusedError, Limits, SourceFile, delimited, read_file
from vaxtally.intake.read.headers import read_header
from vaxtally.intake.read.source import Kind

HEADER = ("STT", "Họ và tên", "Giới tính", "Ngày sinh", "CCCD", "Vắc xin", "Mũi", "Ngày tiêm", "Ghi chú")
FIELDS = [None, "full_name", "sex", "birth_date", "national_id", "vaccine", "dose_number", "given_on", "note"]
PERSON = ("1", "Nguyễn Văn Đức", "Nam", "01/02/1950", "079050000001", "AstraZeneca", "1", "05/08/2021", "")


def read(folder: Path, content: str | bytes, kind: Kind = "upload", **limits: int) -> SourceFile:
    path = folder / "list.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_file(path, kind, Limits(**limits))


def refused(folder: Path, content: str | bytes, kind: Kind = "upload", **limits: int) -> FileRefusedError:
    with pytest.raises(FileRefusedError) as refusal:
        read(folder, content, kind, **limits)
    return refusal.value


def lines_of(*rows: tuple[str, ...], delimiter: str = ";") -> str:
    return "\n".join(delimiter.join(row) for row in rows) + "\n"


def column(source: SourceFile, name: str) -> list:
    return source.table.column(name).to_pylist()


def test_a_plain_file(tmp_path: Path) -> None:
    source = read(tmp_path, lines_of(HEADER, PERSON, PERSON))
    assert [(c.name, c.field) for c in source.header] == list(zip(HEADER, FIELDS, strict=True))
    assert source.rows == 2
    assert not source.is_workbook
    assert column(source, "row_number") == [1, 2]
    assert column(source, "line") == [2, 3]
    assert column(source, "sheet") == [None, None]
    assert column(source, "full_name") == ["Nguyễn Văn Đức"] * 2
    assert column(source, "note") == [None, None]
    assert column(source, "original") == [CELL_SEPARATOR.join(PERSON)] * 2
    assert column(source, "cells_found") == column(source, "cells_expected") == [None, None]


@pytest.mark.parametrize("delimiter", [*",;\t|^~:#$!&*%@=\\", "\x1e", "||", ";;"])
@pytest.mark.parametrize("titled", [False, True])
def test_any_delimiter(tmp_path: Path, delimiter: str, titled: bool) -> None:
    header = [text.replace(" ", "_") for text in HEADER] if delimiter != "_" else HEADER
    rows = [header, [cell.replace("/", "-") for cell in PERSON]]
    title = "Danh sách, ngày 5; Trạm Y tế: 12\n" if titled else ""
    source = read(tmp_path, title + "\n".join(delimiter.join(row) for row in rows))
    assert column(source, "full_name") == ["Nguyễn Văn Đức"]
    assert column(source, "given_on") == ["05-08-2021"]
    assert column(source, "cells_found") == [None]


@pytest.mark.parametrize("said", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;"])
def test_the_line_that_tells_excel_the_delimiter(tmp_path: Path, said: str) -> None:
    source = read(tmp_path, f"{said}\r\n" + lines_of(HEADER, PERSON, PERSON).replace("\n", "\r\n"))
    assert column(source, "full_name") == ["Nguyễn Văn Đức"] * 2
    assert column(source, "line") == [3, 4]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_delimiters_line_ends_and_encodings(tmp_path: Path, delimiter: str, line_end: str, encoding: str) -> None:
    text = lines_of(HEADER, PERSON, PERSON, delimiter=delimiter).replace("\n", line_end)
    source = read(tmp_path, text.encode(encoding))
    assert [c.field for c in source.header] == FIELDS
    assert column(source, "full_name") == ["Nguyễn Văn Đức"] * 2
    assert column(source, "given_on") == ["05/08/2021"] * 2
    assert column(source, "line") == [2, 3]


def test_titles_and_blank_rows_above_and_between(tmp_path: Path) -> None:
    text = f"DANH SÁCH TIÊM;;;\n;;\n\n{lines_of(HEADER, PERSON)}\n;;;;;;;;\n  ;\u00a0;\n{lines_of(PERSON)}\n\n"
    source = read(tmp_path, text)
    assert column(source, "line") == [5, 9]
    assert column(source, "row_number") == [1, 2]


def test_decomposed_letters_come_out_composed(tmp_path: Path) -> None:
    import unicodedata

    source = read(tmp_path, unicodedata.normalize("NFD", lines_of(HEADER, PERSON)))
    assert column(source, "full_name") == ["Nguyễn Văn Đức"]


def test_rows_with_too_few_or_too_many_cells(tmp_path: Path) -> None:
    rows = [
        PERSON[:8],  # only the optional last cell is missing
        PERSON[:7],  # ends before the date of vaccination
        (*PERSON, "", " "),  # surplus, but empty
        (*PERSON, "", "x"),
        ("2", "Lê An"),
    ]
    source = read(tmp_path, lines_of(HEADER, *rows))
    assert column(source, "cells_found") == [None, 7, None, 11, 2]
    assert column(source, "cells_expected") == [None, 9, None, 9, 9]
    assert column(source, "line") == [2, 3, 4, 5, 6]
    assert column(source, "full_name")[4] == "Lê An"
    assert column(source, "original")[3].split(CELL_SEPARATOR) == [*PERSON, "", "x"]


def test_excel_pads_the_header_with_empty_columns(tmp_path: Path) -> None:
    source = read(tmp_path, lines_of((*HEADER, "", ""), (*PERSON, "", ""), (*PERSON, "", "x"), PERSON))
    assert len(source.header) == 9
    assert column(source, "cells_found") == [None, 11, None]


def test_quoted_cells_and_line_breaks_in_them(tmp_path: Path) -> None:
    text = lines_of(HEADER) + (
        '1;"Nguyễn ""Tý"" An";Nam;1950;;"AZ; lô 2";1;5/8/2021;"hai\ndòng\nnữa"\n' + lines_of(PERSON)
    )
    source = read(tmp_path, text)
    assert column(source, "full_name") == ['Nguyễn "Tý" An', "Nguyễn Văn Đức"]
    assert column(source, "note") == ["hai\ndòng\nnữa", None]
    assert column(source, "line") == [2, 5]


def test_a_quote_that_is_never_closed_swallows_no_row(tmp_path: Path) -> None:
    stray = ("2", '"Lê An', *PERSON[2:])
    source = read(tmp_path, lines_of(HEADER, PERSON, stray, PERSON, stray, PERSON))
    assert source.rows == 5
    assert column(source, "line") == [2, 3, 4, 5, 6]
    assert column(source, "full_name")[1] == '"Lê An'
    assert column(source, "cells_found") == [None] * 5


def test_the_regular_and_the_careful_way_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [PERSON, PERSON[:3], ("", "", ""), (*PERSON, "x"), ('"a;b"', *PERSON[1:]), ('c"d"e', *PERSON[1:])]
    text = "tiêu đề\n" + lines_of(HEADER, *rows) + "\n" + lines_of(PERSON)
    regular = read(tmp_path, text)
    monkeypatch.setattr(delimited, "_read_regular", lambda *_: None)
    assert read(tmp_path, text).table.equals(regular.table)


def test_rows_over_several_blocks_keep_their_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "LARGEST_BLOCK", 2000)
    rows = [PERSON if number % 7 else PERSON[:3] for number in range(400)]
    source = read(tmp_path, lines_of(HEADER, *rows))
    assert column(source, "line") == list(range(2, 402))
    assert column(source, "cells_found") == [3 if number % 7 == 0 else None for number in range(400)]


def test_headers_match_in_either_language_and_any_spelling() -> None:
    cells = ["HO VA TEN (*)", "sex", "Ngày sinh\n(dd/mm/yyyy)", "ten vaccine", "Mũi tiêm", "given on", "Số CCCD", "lô"]
    assert read_header(cells, "upload").fields == (
        *("full_name", "sex", "birth_date", "vaccine", "dose_number", "given_on", "national_id", "lot_number"),
    )


def test_another_spelling_gives_way_to_the_contracts(tmp_path: Path) -> None:
    assert read_header(["Tên", "Họ tên"], "upload").fields == (None, "full_name")
    assert read_header(["Ngày tiêm", "Ngày tiêm (mũi 2)"], "upload").fields == ("given_on", None)


def test_corrections_need_only_action_and_record_id(tmp_path: Path) -> None:
    source = read(tmp_path, "Thao tác,Mã bản ghi\nhủy,17\n")
    assert column(source, "action") == ["hủy"]
    assert column(source, "cells_found") == [None]


def test_a_report(tmp_path: Path) -> None:
    source = read(tmp_path, "Ngày;Vắc xin;Mũi;Số mũi đã tiêm\n05/08/2021;AZ;1;120\n", "report")
    assert column(source, "doses_given") == ["120"]


def test_missing_columns_are_named(tmp_path: Path) -> None:
    refusal = refused(tmp_path, "Họ tên,Giới tính,Ngày sinh,Mũi\nA,Nam,1950,1\n")
    assert refusal.rule == "file.header_missing"
    assert refusal.values == {"columns": "Vắc xin (vaccine), Ngày tiêm (given_on)"}


def test_a_header_below_the_twentieth_row_is_none(tmp_path: Path) -> None:
    assert read(tmp_path, "x\n" * 19 + lines_of(HEADER, PERSON)).rows == 1
    assert refused(tmp_path, "x\n" * 20 + lines_of(HEADER, PERSON)).rule == "file.header_missing"


def test_two_columns_for_one_field(tmp_path: Path) -> None:
    header = (*HEADER, "Số điện thoại", "SĐT")
    same = read(tmp_path, lines_of(header, (*PERSON, "0903123456", "0903123456"), (*PERSON, "", "0903123457")))
    assert column(same, "phone") == ["0903123456", "0903123457"]
    refusal = refused(tmp_path, lines_of(header, (*PERSON, "0903123456", "0903123457")))
    assert (refusal.rule, refusal.values) == ("file.header_ambiguous", {"column": "Số điện thoại (phone)"})
    repeated = lines_of((*HEADER, "Ghi chú"), (*PERSON, ""))
    assert refused(tmp_path, repeated).rule == "file.header_ambiguous"


def test_two_identity_numbers_and_two_birth_dates_are_kept(tmp_path: Path) -> None:
    source = read(tmp_path, lines_of((*HEADER, "CMND", "Năm sinh"), (*PERSON, "023456789", "1950")))
    assert column(source, "national_id_2") == ["023456789"]
    assert column(source, "birth_date_2") == ["1950"]


@pytest.mark.parametrize(
    ("dates", "is_refused"),
    [
        (("08/25/2021", "08/26/2021", "8/5/2021", "8/6/2021", "8/7/2021"), True),
        (("08/25/2021", "25/08/2021", "8/5/2021", "8/6/2021", "8/7/2021"), False),
        (("08/25/2021", "8/5/2021", "8/6/2021", "8/7/2021"), False),
        (("05/08/2021", "06/08/2021", "07/08/2021", "08/08/2021", "09/08/2021"), False),
        (("35/25/2021", "06/08/2021", "07/08/2021", "08/08/2021", "09/08/2021"), False),
        (("08/25/2021 14:30", "8/5/2021", "8/6/2021", "8/7/2021", "hôm qua"), True),
        (("14h30 08/25/2021", "8/5/2021", "8/6/2021", "8/7/2021", "8/8/2021"), True),
        (("'08/25/2021", "8/5/2021", "8/6/2021", "8/7/2021", "8/8/2021"), True),
        # Nothing but blanks is no value; the 45th is no day of any month, nor is 00 a month.
        (("08/25/2021", "8/5/2021", "8/6/2021", "8/7/2021", " "), False),
        (("08/45/2021", "8/5/2021", "8/6/2021", "8/7/2021", "8/8/2021"), False),
        (("00/25/2021", "8/5/2021", "8/6/2021", "8/7/2021", "8/8/2021"), False),
        (("08/25/2021", "45/08/2021", "8/6/2021", "8/7/2021", "8/8/2021"), True),
    ],
)
def test_dates_written_month_first(tmp_path: Path, dates: tuple[str, ...], is_refused: bool) -> None:
    text = lines_of(HEADER, *((*PERSON[:7], day, "") for day in dates))
    if is_refused:
        assert refused(tmp_path, text).rule == "file.date_order"
    else:
        assert read(tmp_path, text).rows == len(dates)


def test_a_header_and_no_row(tmp_path: Path) -> None:
    assert read(tmp_path, lines_of(HEADER)).rows == 0
    assert read(tmp_path, lines_of(HEADER) + "\n;;;\n\n").rows == 0


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "file.unreadable"),
        (b"\n\n", "file.header_missing"),
        (lines_of(HEADER, PERSON).encode("cp1258", "replace"), "file.encoding"),
        (lines_of(HEADER, PERSON).encode() + b"\x00", "file.unreadable"),
        (b"%PDF-1.4 list", "file.unreadable"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "file.unreadable"),
        (b"\x89PNG\r\n\x1a\n", "file.unreadable"),
        (b"PK\x03\x04 no archive", "file.unreadable"),
        (bytes(range(1, 256)), "file.unreadable"),
        (b"\xff\xfe\x00\xd8", "file.encoding"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, content: bytes, rule: str) -> None:
    assert refused(tmp_path, content).rule == rule


def test_limits(tmp_path: Path) -> None:
    text = lines_of(HEADER, (*PERSON[:8], "x" * 2000))
    assert refused(tmp_path, text, file_bytes=100).rule == "file.unreadable"
    assert refused(tmp_path, text, columns=8).rule == "file.unreadable"
    assert refused(tmp_path, text, cell_characters=1999).rule == "file.unreadable"
    assert read(tmp_path, text, cell_characters=2000).rows == 1


CELLS = st.text(st.sampled_from("aĐế\"'; ,|\t\u00a0\u200b\u1edf10/-.=+\x1f\x0b"), max_size=6)


def shows(cell: str) -> bool:
    return bool(cell.strip().strip("\u200b").strip())


def numbered(row: list[str]) -> bool:
    """Whether only 'STT' is filled: numbered in advance, no record."""
    return bool(re.fullmatch(r"\s*[0-9]+(?:[.,]0*)?\s*", row[0])) and not any(map(shows, row[1:]))


@given(st.lists(st.lists(CELLS, max_size=12), max_size=12))
@example([["0\xa0"]])
@settings(max_examples=150, deadline=None)
def test_every_row_that_shows_something_is_kept(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:
    """Written by a CSV writer, each row comes back once, on its line, with its cells."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerows([HEADER, *rows])
    source = read(tmp_path_factory.getbasetemp(), text.getvalue(), cell_characters=10_000)
    shown = [(line, row) for line, row in enumerate(rows, start=2) if any(map(shows, row)) and not numbered(row)]
    assert column(source, "line") == [line for line, _ in shown]
    for original, (_, row) in zip(column(source, "original"), shown, strict=True):
        cells = [cell.replace(CELL_SEPARATOR, " ") for cell in row]
        found = original.split(CELL_SEPARATOR)
        assert found[: len(cells)] == cells[: len(found)]
        assert not "".join([*found[len(cells) :], *cells[len(found) :]]).strip(" \u00a0\u200b\t\x0b")


@given(st.lists(st.text(st.sampled_from('ab;"\n'), max_size=30), max_size=8))
@settings(max_examples=150, deadline=None)
def test_no_quote_swallows_a_sound_row(tmp_path_factory: pytest.TempPathFactory, junk: list[str]) -> None:
    """Whatever lies between, a sound row at the end is read, on its line."""
    text = lines_of(HEADER) + "".join(piece + "\n" for piece in junk) + lines_of(PERSON)
    source = read(tmp_path_factory.getbasetemp(), text)
    assert column(source, "full_name")[-1] == "Nguyễn Văn Đức"
    assert column(source, "line")[-1] == text.count("\n")


@given(st.binary(max_size=400), st.sampled_from(["upload", "report"]), st.booleans())
@settings(max_examples=250, deadline=None)
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, kind: Kind, with_header: bool
) -> None:
    if with_header:
        content = lines_of(HEADER).encode() + content
    try:
        source = read(tmp_path_factory.getbasetemp(), content, kind)
    except FileRefusedError as refusal:
        assert refusal.rule.startswith("file.")
    else:
        assert column(source, "row_number") == list(range(1, source.rows + 1))
        assert column(source, "line") == sorted(column(source, "line"))
