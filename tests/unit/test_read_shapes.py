"""Shapes of lists as units send them: headers of several rows, repeated headers, totals and signatures below."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaxtally.intake.read import FileRefusedError, SourceFile, read_file

NAMES = ("Họ và tên", "Giới tính", "Ngày sinh", "CCCD", "Vắc xin", "Mũi", "Ngày tiêm")
FIELDS = ["full_name", "sex", "birth_date", "national_id", "vaccine", "dose_number", "given_on"]
PERSON = ("Nguyễn Văn Đức", "Nam", "01/02/1950", "079050000001", "AZ", "1", "05/08/2021")
OTHER = ("Trần Thị Ánh", "Nữ", "1962", "079162000456", "Pfizer", "2", "06/08/2021")


def as_csv(folder: Path, rows: list, delimiter: str = ",") -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path = folder / "list.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def as_workbook(folder: Path, rows: list, merged: tuple[str, ...] = ()) -> Path:
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append([cell or None for cell in row])
    for cells in merged:
        workbook.active.merge_cells(cells)
    workbook.save(folder / "list.xlsx")
    return folder / "list.xlsx"


@pytest.fixture(params=[as_csv, as_workbook])
def write(request: pytest.FixtureRequest, tmp_path: Path):
    return lambda rows: request.param(tmp_path, rows)


def fields(source: SourceFile) -> list[str | None]:
    return [column.field for column in source.header]


def names(source: SourceFile) -> list[str]:
    return source.table.column("full_name").to_pylist()


def lines(source: SourceFile) -> list[int]:
    return source.table.column("line").to_pylist()


def reread(source: SourceFile, folder: Path) -> list[str | None]:
    """The fields of a file that has the header as the answer writes it."""
    header = [column.name for column in source.header]
    return fields(read_file(as_csv(folder, [header, [*PERSON, *[""] * (len(header) - 7)]]), "upload"))


def test_a_group_row_above_the_names(write, tmp_path: Path) -> None:
    source = read_file(
        write([["Thông tin người tiêm", "", "", "", "Mũi tiêm", "", ""], NAMES, PERSON, OTHER]), "upload"
    )
    assert fields(source) == FIELDS
    assert lines(source) == [3, 4]


def test_names_partly_in_the_group_row(write, tmp_path: Path) -> None:
    upper = ["STT", "Họ và tên", "Giới tính", "Ngày sinh", "CCCD", "Mũi tiêm lần này", "", "", "Ghi chú"]
    lower = ["", "", "", "", "", "Vắc xin", "Mũi", "Ngày tiêm", ""]
    source = read_file(write([["DANH SÁCH TIÊM"], [], upper, lower, ["1", *PERSON, ""], ["2", *OTHER]]), "upload")
    assert fields(source) == [None, *FIELDS, "note"]
    assert [column.name for column in source.header][5:8] == ["Vắc xin", "Mũi", "Ngày tiêm"]
    assert lines(source) == [5, 6]
    assert reread(source, tmp_path) == fields(source)


def test_a_group_that_names_an_earlier_dose(write, tmp_path: Path) -> None:
    upper = ["", "", "", "", "Mũi 1", "", "Mũi này", "", ""]
    lower = [*NAMES[:4], "Vắc xin", "Ngày tiêm", *NAMES[4:]]
    row = [*PERSON[:4], "AZ", "01/06/2021", *PERSON[4:]]
    source = read_file(write([upper, lower, row]), "upload")
    assert fields(source) == [*FIELDS[:4], "declared_vaccine", "declared_given_on", *FIELDS[4:]]
    assert source.table.column("declared_given_on").to_pylist() == ["01/06/2021"]
    assert reread(source, tmp_path) == fields(source)
    # A group ends where a name comes a second time, also if the next group has no title.
    untitled = read_file(write([[*upper[:6], "", "", ""], lower, row]), "upload")
    assert fields(untitled) == fields(source)


def test_group_and_name_that_extend_a_complete_header(write) -> None:
    upper = [*NAMES, "Mũi 1 (khai báo)", ""]
    lower = [*[""] * 7, "Vắc xin", "Ngày tiêm"]
    source = read_file(write([upper, lower, [*PERSON, "AZ", "01/06/2021"]]), "upload")
    assert fields(source) == [*FIELDS, "declared_vaccine", "declared_given_on"]
    assert lines(source) == [3]


def test_a_name_broken_over_two_rows(write, tmp_path: Path) -> None:
    upper = ["Họ và", "Giới", "Ngày", "CCCD", "Vắc", "Mũi", "Ngày", "Số"]
    lower = ["tên", "tính", "sinh", "", "xin", "", "tiêm", "lô"]
    source = read_file(write([["Phường 1"], upper, lower, [*PERSON, "L1"]]), "upload")
    assert fields(source) == [*FIELDS, "lot_number"]
    assert [column.name for column in source.header] == [*NAMES, "Số lô"]
    assert lines(source) == [4]


def test_three_rows(write) -> None:
    rows = [
        ["Người tiêm", "", "", "", "Tiêm chủng", "", ""],
        ["Họ và tên", "Giới", "Ngày", "CCCD", "Vắc xin", "Mũi", "Ngày"],
        ["", "tính", "sinh", "", "", "", "tiêm"],
        PERSON,
    ]
    assert fields(read_file(write(rows), "upload")) == FIELDS


def test_english_below_vietnamese(write) -> None:
    english = ["Full name", "Sex", "Date of birth", "ID", "Vaccine", "Dose", "Date of vaccination"]
    source = read_file(write([NAMES, english, ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"], PERSON]), "upload")
    assert [column.name for column in source.header] == list(NAMES)
    assert lines(source) == [4]


def test_how_to_fill_in_below_the_name(write) -> None:
    remarks = ["", "(Nam/Nữ)", "(dd/mm/yyyy)", "", "", "(1-5)", "(dd/mm/yyyy)"]
    assert lines(read_file(write([NAMES, remarks, PERSON]), "upload")) == [3]


@pytest.mark.parametrize(
    "numbering", [list("1234567"), [f"({n})" for n in range(1, 8)], [f"-{n}" for n in range(1, 8)], list("AB12345")]
)
def test_numbered_columns(write, numbering: list[str]) -> None:
    source = read_file(write([NAMES, numbering, PERSON, NAMES, numbering, OTHER]), "upload")
    assert lines(source) == [3, 6]


def test_the_header_again_on_every_page(write) -> None:
    upper = ["STT", "Họ và tên", "Giới tính", "Ngày sinh", "CCCD", "Mũi tiêm lần này", "", ""]
    lower = ["", "", "", "", "", "Vắc xin", "Mũi", "Ngày tiêm"]
    pages = [upper, lower, ["1", *PERSON], upper, lower, ["2", *OTHER], upper, lower]
    assert lines(read_file(write(pages), "upload")) == [3, 6]


def test_a_first_record_is_no_part_of_the_header(write) -> None:
    odd = ("Name", "Sex", "1950", "Hộ chiếu", "Vắc xin", "1", "05/08/2021")
    assert lines(read_file(write([NAMES, odd, PERSON]), "upload")) == [2, 3]
    assert lines(read_file(write([NAMES, ["", "", "", "", "", "Mũi 1", ""], PERSON]), "upload")) == [2, 3]


def test_a_header_after_row_twenty_of_two_rows(write) -> None:
    upper = ["Họ và", "Giới", "Ngày", "CCCD", "Vắc", "Mũi", "Ngày"]
    lower = ["tên", "tính", "sinh", "", "xin", "", "tiêm"]
    title = [["Danh sách"]]
    assert read_file(write([*title * 19, upper, lower, PERSON]), "upload").rows == 1
    with pytest.raises(FileRefusedError, match=r"file\.header_missing"):
        read_file(write([*title * 20, upper, lower, PERSON]), "upload")


FOOTER = [
    ["Tổng cộng: 2", "", "", "", "", "", ""],
    [],
    ["", "", "", "", "TP. Hồ Chí Minh, ngày 10 tháng 8 năm 2021", "", ""],
    ["Người lập biểu", "", "", "", "Thủ trưởng đơn vị", "", ""],
    ["(Ký, ghi rõ họ tên)", "", "", "", "(Ký tên, đóng dấu)", "", ""],
    ["Lê Thị Hoa", "", "", "", "Phạm Văn Minh", "", ""],
]


def test_total_and_signatures_are_no_records(write) -> None:
    assert names(read_file(write([NAMES, PERSON, OTHER, *FOOTER]), "upload")) == [PERSON[0], OTHER[0]]
    for number in range(len(FOOTER)):
        if FOOTER[number] and number < 5:
            assert read_file(write([NAMES, PERSON, OTHER, FOOTER[number]]), "upload").rows == 2
    assert read_file(write([NAMES, *FOOTER]), "upload").rows == 0


@pytest.mark.parametrize(
    "row",
    [
        ["Tổng cộng", "", "", "120", "", "", ""],
        ["", "", "", "Cộng", "AstraZeneca", "60", ""],
        ["Tổng số: 3 người"],
        ["TP.HCM", " ngày 10 tháng 8 năm 2021"],
        ["Ghi chú: tiêm tại trường học"],
        ["Danh sách này có 2 người"],
        ["Total: 2"],
        ["XÁC NHẬN CỦA TRẠM Y TẾ"],
    ],
)
def test_forms_of_a_footer(write, row: list[str]) -> None:
    assert read_file(write([NAMES, PERSON, OTHER, row]), "upload").rows == 2


@pytest.mark.parametrize(
    "row",
    [
        ["Tổng Văn Cộng", "Nam", "", "", "", "", ""],
        ["Tổng Văn Cộng", "", "", "", "", "", "05/08/2021"],
        ["Công Thị Hoa", "", "", "", "", "", ""],
        ["Tống Thị Ký", "", "", "", "", "", ""],
        ["Ký", "", "", "079050000001", "", "", ""],
        ["Nguyễn Văn Đức", "", "", "079050000001", "", "", ""],
        ["Cộng", "", "", "079050000001", "AZ", "", ""],
        ["Lê Văn Tám", "", "", "", "", "", ""],
        ["", "", "", "", "", "", "05/08/2021"],
        ["120", "", "", "", "", "", ""],
    ],
)
def test_what_could_be_a_record_is_kept(write, row: list[str]) -> None:
    assert read_file(write([NAMES, PERSON, OTHER, row]), "upload").rows == 3


def test_nothing_above_the_last_record_is_a_footer(write) -> None:
    source = read_file(write([NAMES, PERSON, *FOOTER, OTHER, FOOTER[0]]), "upload")
    assert lines(source) == [2, 3, 5, 6, 7, 8, 9]


def test_corrections_below_a_phrase_are_records(write) -> None:
    rows = [["Thao tác", "Mã phiếu"], ["hủy", "P-1"], ["Tổng cộng", ""], ["hủy", "P-2"], ["Tổng cộng", ""]]
    source = read_file(write(rows), "upload")
    assert source.table.column("record_id").to_pylist() == ["P-1", None, "P-2"]


def test_rows_numbered_in_advance_are_no_records(write) -> None:
    numbered = [[str(n), *[""] * 7] for n in range(3, 200)]
    rows = [["STT", *NAMES], ["1", *PERSON], ["", *OTHER], *numbered]
    assert lines(read_file(write(rows), "upload")) == [2, 3]
    text = [["x", *[""] * 7]]
    assert read_file(write([*rows[:3], *text]), "upload").rows == 3


def test_the_footer_of_a_report(write) -> None:
    header = ["Ngày", "Vắc xin", "Mũi", "Số mũi tiêm"]
    rows = [header, ["05/08/2021", "AZ", "1", "120"], ["06/08/2021", "", "", "0"], ["Tổng cộng", "", "", "120"]]
    assert read_file(write(rows), "report").rows == 2
    assert read_file(write([*rows[:3], ["", "AZ", "1", "5"]]), "report").rows == 3


RECORDS = st.lists(st.sampled_from([PERSON, OTHER]), max_size=6)
CELLS = st.lists(st.one_of(st.just(""), st.sampled_from([*PERSON, *NAMES, "Tổng cộng: 3", "(1)"])), max_size=7)


@given(above=RECORDS, odd=st.lists(CELLS, max_size=4), below=RECORDS, foot=st.booleans())
@settings(max_examples=120, deadline=None)
def test_no_record_is_ever_left_out(
    tmp_path_factory: pytest.TempPathFactory, above: list, odd: list, below: list, foot: bool
) -> None:
    rows = [NAMES, *above, *odd, *below, *(FOOTER if foot else [])]
    source = read_file(as_csv(tmp_path_factory.getbasetemp(), rows), "upload")
    kept = [tuple(row.values()) for row in source.table.select(FIELDS).to_pylist()]
    expected = [row for row in [*above, *map(tuple, odd), *below] if row in (PERSON, OTHER)]
    assert [row for row in kept if row in (PERSON, OTHER)] == expected
