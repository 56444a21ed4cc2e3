"""CSV read in parts: where the parts end changes nothing, and no record is lost."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vaxtally.intake.read import (
    CELL_SEPARATOR,
    FileRefusedError,
    SourceFile,
    delimited,
    form_rows,
    read_file,
    read_in_parts,
    text_file,
    text_parts,
)
from vaxtally.intake.read.source import Limits

HEADER = "STT;Họ và tên;Giới tính;Ngày sinh;CCCD;Vắc xin;Mũi;Ngày tiêm;Ghi chú"
PERSON = "1;Nguyễn Văn Đức;Nam;01/02/1950;079050000001;AstraZeneca;1;05/08/2021;"


def read(path: Path, chunk: int, block: int, smallest: int) -> tuple[SourceFile | FileRefusedError, int]:
    """The file read in chunks and blocks of so many bytes, and how many parts it came in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_file, "CHUNK_BYTES", chunk)
        patch.setattr(delimited, "LARGEST_BLOCK", block)
        patch.setattr(delimited, "SMALLEST_BLOCK", smallest)
        patch.setattr(text_parts, "ROWS_OF_PART", 2)
        try:
            parts = list(read_in_parts(path, "upload"))
        except FileRefusedError as refusal:
            return refusal, 0
    rows = [number for part in parts for number in part.table.column("row_number").to_pylist()]
    assert rows == list(range(1, len(rows) + 1))
    table = pa.concat_tables([part.table for part in parts]).combine_chunks()
    return SourceFile(parts[0].header, table, is_workbook=False), len(parts)


def assert_same(one: SourceFile | FileRefusedError, other: SourceFile | FileRefusedError) -> None:
    if isinstance(one, FileRefusedError) or isinstance(other, FileRefusedError):
        assert repr(one) == repr(other)
    else:
        assert one.header == other.header
        assert one.table.to_pydict() == other.table.to_pydict()


QUOTED = st.sampled_from(['"', '""', ";", "\n", "a", "é", " ", '";"', '"\n', ';"x\ny";'])
LINES = st.lists(
    st.one_of(
        st.just(PERSON),
        st.sampled_from(
            [PERSON + '"ghi\nchú"', PERSON.replace("Nguyễn", '"Nguyễn'), ";;;;", "", HEADER, "Tổng cộng: 3"]
        ),
        st.lists(QUOTED, max_size=10).map("".join),
    ),
    max_size=30,
)


@given(
    lines=LINES,
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    chunk=st.integers(1, 3000),
    block=st.integers(1, 2000),
    smallest=st.integers(1, 500),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_where_parts_end_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[str],
    line_end: str,
    encoding: str,
    chunk: int,
    block: int,
    smallest: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / "parts.csv"
    path.write_bytes("\n".join([HEADER, *lines]).replace("\n", line_end).encode(encoding))
    whole, _ = read(path, 1 << 20, 1 << 20, 1 << 20)
    in_parts, _ = read(path, chunk, block, smallest)
    assert_same(in_parts, whole)


@pytest.mark.parametrize("chunk", range(1, 40))
def test_a_byte_at_a_time(tmp_path: Path, chunk: int) -> None:
    path = tmp_path / "list.csv"
    quoted = PERSON + '"dòng một\r\ndòng hai, ""ba"""'
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join([HEADER, *[PERSON, quoted, "", PERSON] * 30, ""]).encode())
    whole, _ = read(path, 1 << 20, 1 << 20, 1 << 20)
    in_parts, parts = read(path, chunk, 50, 1)
    assert_same(in_parts, whole)
    assert isinstance(whole, SourceFile)
    assert whole.rows == 90
    assert whole.table.column("note").to_pylist()[:3] == [None, 'dòng một\ndòng hai, "ba"', None]
    assert whole.table.column("line").to_pylist()[:4] == [2, 3, 6, 7]
    assert parts > 10


def test_letters_and_marks_on_either_side_of_a_border(tmp_path: Path) -> None:
    import unicodedata

    path = tmp_path / "list.csv"
    path.write_text(unicodedata.normalize("NFD", "\n".join([HEADER, *[PERSON] * 20])), encoding="utf-8")
    for chunk in range(1, 12):
        source, _ = read(path, chunk, 100, 1)
        assert isinstance(source, SourceFile)
        assert source.table.column("full_name").to_pylist() == ["Nguyễn Văn Đức"] * 20


def test_what_only_the_last_part_shows_refuses_the_file(tmp_path: Path) -> None:
    cases = {
        "file.date_order": [PERSON] * 50 + [PERSON.replace("05/08", f"08/{day}") for day in (25, 26, 27, 28, 29)],
        "file.unreadable": [PERSON] * 50 + [PERSON + "x" * 1_000_001],
    }
    for rule, lines in cases.items():
        path = tmp_path / "list.csv"
        path.write_text("\n".join([HEADER, *lines]), encoding="utf-8")
        refusal, _ = read(path, 100, 100, 1)
        assert isinstance(refusal, FileRefusedError)
        assert refusal.rule == rule


def test_day_first_in_one_part_speaks_for_the_others(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    days = [PERSON.replace("05/08", "08/25")] * 20 + [PERSON.replace("05/08", "25/08")]
    path.write_text("\n".join([HEADER, *days]), encoding="utf-8")
    assert isinstance(read(path, 100, 100, 1)[0], SourceFile)


def test_broken_rows_without_end_are_no_list(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("\n".join([HEADER, *["x"] * 30, PERSON, *["x"] * 30]), encoding="utf-8")
    assert read_file(path, "upload", Limits(broken_rows=30)).rows == 61
    with pytest.raises(FileRefusedError, match="broken rows"):
        read_file(path, "upload", Limits(broken_rows=29))


def test_one_line_break_in_a_cell_costs_no_care_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading with care is slow: only the neighbourhood of what asks for it is read so."""
    read_careful, careful_rows = delimited._read_careful, []

    def watched(*arguments: object) -> Iterator:
        found = read_careful(*arguments)  # pyright: ignore[reportArgumentType]
        careful_rows.append(len(found.records))
        return found  # pyright: ignore[reportReturnType]

    monkeypatch.setattr(delimited, "_read_careful", watched)
    path = tmp_path / "list.csv"
    path.write_text("\n".join([HEADER, *[PERSON] * 60_000, PERSON + '"a\nb"', *[PERSON] * 60_000]), encoding="utf-8")
    assert read_file(path, "upload").rows == 120_001
    assert 0 < sum(careful_rows) < 4_000


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["Tổng cộng: 120", " TỔNG\nCỘNG", "Người\u00a0lập biểu", "ngày 5 tháng 8\nnăm 2021", "(ký tên)"]
            ),
            st.text(st.sampled_from("ab \n\t\x1f1:tongcký"), max_size=12),
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=300, deadline=None)
def test_no_footer_is_passed_over_unasked(cells: list[str]) -> None:
    """The quick look at the last rows finds every phrase that the close one would."""
    cells = [cell.replace(CELL_SEPARATOR, " ") for cell in cells]
    if any(map(form_rows._is_phrase, cells)):
        assert form_rows._has_phrase(["x", CELL_SEPARATOR.join(cells), "y"])
