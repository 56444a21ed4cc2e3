"""Text typed in an old font, in workbooks and in UTF-8: whole files, and files of which some columns are."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from vaxtally.intake.read import FileRefusedError, encodings, read_file
from vaxtally.intake.read.encodings import tables
from vaxtally.sample.encoded import ENCODERS

HEADER = ["Họ và tên", "Giới tính", "Ngày sinh", "Vắc xin", "Mũi", "Ngày tiêm", "Địa chỉ", "Ghi chú"]
ROWS = [
    ["Nguyễn Văn Tâm", "Nam", "1/2/1960", "AstraZeneca", "1", "5/9/2021", '12, đường "Lê Lợi"', "đã tiêm"],
    ["Lê Thị Bé", "Nữ", "1975", "AstraZeneca", "2", "5/9/2021", "Ấp Bình Hòa, xã Tân Phú", ""],
    ["Trần Lê Trí", "Nam", "1980", "Moderna", "1", "5/9/2021", "Khóm 3\nphường 5", "bé"],
    ["VÕ THỊ BÔNG", "Nữ", "1975", "Moderna", "1", "5/9/2021", "Tổ 3", ""],
    ["Phạm Thị Ánh", "Nữ", "1975", "Moderna", "1", "5/9/2021", "", ""],
]
FONTS: dict[str, Callable[[str], str]] = {
    "tcvn3": lambda text: tables.encode_tcvn3(text).decode("cp1252"),
    "vni": lambda text: tables.encode_vni(text).decode("cp1252"),
}
NAME, SEX, ADDRESS, NOTE = 0, 1, 6, 7
MIXTURES = [(NAME,), (NAME, ADDRESS), (NAME, SEX, ADDRESS, NOTE), (NOTE,), (SEX,)]


def table(font: str, columns: tuple[int, ...], with_header: bool) -> list[list[str]]:
    """The rows with these columns, and the header, as such a font leaves them."""
    typed = FONTS[font]
    rows = [[typed(cell) if at in columns else cell for at, cell in enumerate(row)] for row in ROWS]
    return [[typed(text) for text in HEADER] if with_header else HEADER, *rows]


def delimited(rows: list[list[str]], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("columns", MIXTURES)
@pytest.mark.parametrize("with_header", [False, True])
def test_columns_of_a_text(font: str, delimiter: str, columns: tuple[int, ...], with_header: bool) -> None:
    data = delimited(table(font, columns, with_header), delimiter).encode()
    name = encodings.recognise(lambda: [data])
    decoder = encodings.Decoder(name)
    pieces = [decoder.decode(data[at : at + 50]) for at in range(0, len(data), 50)]
    assert "".join([*pieces, decoder.decode(b"", final=True)]) == delimited([HEADER, *ROWS], delimiter)


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("columns", MIXTURES)
@pytest.mark.parametrize("with_header", [False, True])
def test_columns_of_a_workbook(tmp_path: Path, font: str, columns: tuple[int, ...], with_header: bool) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Trạm y tế phường 5"])
    for row in table(font, columns, with_header):
        sheet.append(row)
    book.save(tmp_path / "list.xlsx")
    source = read_file(tmp_path / "list.xlsx", "upload")
    assert [column.name for column in source.header] == HEADER
    for at, field in ((NAME, "full_name"), (SEX, "sex"), (ADDRESS, "address"), (NOTE, "note")):
        assert source.table[field].to_pylist() == [row[at] or None for row in ROWS]


@pytest.mark.parametrize("name", ENCODERS)
def test_a_text_file_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "list.csv").write_bytes(ENCODERS[name](delimited([HEADER, *ROWS], ";")))
    source = read_file(tmp_path / "list.csv", "upload")
    assert [column.name for column in source.header] == HEADER
    for at, field in ((NAME, "full_name"), (SEX, "sex"), (ADDRESS, "address"), (NOTE, "note")):
        assert source.table[field].to_pylist() == [row[at] or None for row in ROWS]


@pytest.mark.parametrize("kind", ["whole", "header only"])
def test_utf_16_of_a_font(kind: str) -> None:
    rows = [[*map(FONTS["tcvn3"], row)] for row in ([HEADER, *ROWS] if kind == "whole" else [HEADER])]
    text = delimited(rows, "\t")
    name = encodings.recognise(lambda: [text.encode("utf-16")])
    assert name == "utf-16-le+tcvn3"
    assert encodings.Decoder(name).decode(text.encode("utf-16"), final=True).split("\t")[0] == "Họ và tên"


def test_unicode_is_never_touched() -> None:
    """Words that would be words in a font as well, slips of the hand, other languages, and few words at all."""
    cells = [
        "Lê Trí",
        "Bé",
        "cô",
        "Hà",
        "Nguyêñ Văn Bé",
        "où est né René",
        "36,5 °C",
        "½ viên",
        "Hoàng Müller",
        "Y Niê",
    ]
    for count in range(1, len(cells) + 1):
        text = "name;note\n" + "".join(f"{cell};x\n" for cell in cells[:count])
        assert encodings.recognise(lambda text=text: [text.encode()]) == "utf-8"


def test_one_rare_name_in_a_font_is_refused() -> None:
    """Too little to say that it is VNI, too much to load the name as it stands."""
    data = delimited([HEADER, *ROWS, [FONTS["vni"]("Buổn Hoa"), "Nam"]], ";").encode()
    with pytest.raises(FileRefusedError) as caught:
        encodings.recognise(lambda: [data])
    assert caught.value.rule == "file.encoding"


@pytest.mark.parametrize(("one", "other"), [("tcvn3", "vni"), ("vni", "tcvn3")])
def test_two_fonts_in_one_file_are_refused(one: str, other: str) -> None:
    data = delimited(table(one, (NAME,), False) + table(other, (NAME,), False)[1:], ";").encode()
    with pytest.raises(FileRefusedError) as caught:
        encodings.recognise(lambda: [data])
    assert caught.value.rule == "file.encoding"


def test_a_column_that_holds_both() -> None:
    """Its cells are read where each is certain; one that may be either ('cô' is 'cơ' in VNI) makes it uncertain."""
    data = delimited(table("vni", (NAME,), False) + ROWS, ";").encode()
    name = encodings.recognise(lambda: [data])
    assert encodings.Decoder(name).decode(data, final=True) == delimited([HEADER, *ROWS, *ROWS], ";")
    with pytest.raises(FileRefusedError) as caught:
        encodings.recognise(lambda: [data, "cô;Nam\r\n".encode()])
    assert caught.value.rule == "file.encoding"


def test_a_pasted_row_in_a_long_unicode_list_is_read() -> None:
    """One row typed in a font among many: its cells speak for themselves."""
    many = [[f"{family} Văn {given}", "Nam"] for family in FAMILIES for given in GIVENS.split()]
    rows = [["Họ và tên", "Giới tính"], *many, [FONTS["vni"]("Nguyễn Đức Tâm"), "Nam"]]
    data = delimited(rows, ";").encode()
    name = encodings.recognise(lambda: [data])
    assert encodings.Decoder(name).decode(data, final=True) == delimited([*rows[:-1], ["Nguyễn Đức Tâm", "Nam"]], ";")


FAMILIES = ["Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Phan", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý"]
GIVENS = """
Dũng Hùng Tuấn Phúc Bình Sơn Hải Thắng Tài Đạt Quân Kiên Lộc Nghĩa Nhân Thiện Toàn Trí Cường Đông Hiếu Hòa Khánh Lâm
Phát Quý Tâm Thịnh Tín Việt Hương Thảo Hạnh Hằng Phượng Yến Trâm Tuyền Xuân Hiền Duyên Kiều Liên Nguyệt
"""
