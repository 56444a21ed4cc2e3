"""The old encodings: tables, decoders, and which one a file is in."""

import shutil
import subprocess
import unicodedata
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaxtally.intake.read import FileRefusedError, encodings
from vaxtally.intake.read.encodings import tables
from vaxtally.sample.encoded import ENCODERS, MIXTURES, draw_list

ALPHABET = tables.SMALL + tables.SMALL.upper()
PLAIN_CAPITALS = "ĂÂĐÊÔƠƯ"
HEADER = "Họ và tên;Giới tính;Ngày sinh;CCCD\n"
ROWS = "Nguyễn Văn Tâm;Nam;01/02/1960;\nLê Thị Bé;Nữ;1975;\nTrần Đức Trọng;Nam;3/4/1981;\n"


def decoded(data: bytes, name: str, size: int | None = None) -> str:
    """The text, fed in pieces of so many bytes."""
    decoder = encodings.Decoder(name.removesuffix(" split"))
    pieces = [data[place : place + (size or len(data))] for place in range(0, len(data), size or len(data) or 1)]
    return "".join([*map(decoder.decode, pieces), decoder.decode(b"", final=True)])


@pytest.mark.parametrize("name", ENCODERS)
def test_the_whole_alphabet_comes_back(name: str) -> None:
    letters = tables.SMALL + PLAIN_CAPITALS if "tcvn3" in name else ALPHABET
    text = "\n".join(letters) + "\n"
    assert decoded(ENCODERS[name](text), name) == text


def test_tables_are_bijections() -> None:
    assert len(tables.SMALL) == 67
    tcvn3 = {letter for byte, letter in tables.tcvn3().items() if byte > 0xA0}
    assert tcvn3 == set(tables.SMALL + PLAIN_CAPITALS)
    assert len({tables.encode_tcvn3(letter) for letter in tcvn3}) == len(tcvn3)
    assert len({tables.encode_vni(letter) for letter in ALPHABET}) == len(ALPHABET)


@pytest.mark.skipif(not shutil.which("iconv"), reason="needs iconv")
@pytest.mark.parametrize(
    ("name", "theirs", "letters"),
    [
        ("tcvn3", "TCVN", tables.SMALL + PLAIN_CAPITALS),
        ("windows-1258", "CP1258", ALPHABET),
        ("utf-16-le", "UTF-16LE", ALPHABET),
        ("utf-16-be", "UTF-16BE", ALPHABET),
    ],
)
def test_iconv_agrees(name: str, theirs: str, letters: str) -> None:
    text = "\n".join(letters) + "\n"
    done = subprocess.run(["iconv", "-f", "UTF-8", "-t", theirs], input=text.encode(), capture_output=True, check=True)
    assert decoded(done.stdout, name) == text
    if name == "tcvn3":
        assert done.stdout == tables.encode_tcvn3(text)


@pytest.mark.parametrize("name", ENCODERS)
@given(st.lists(st.sampled_from(tables.SMALL), max_size=40).map("".join), st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_no_border_of_chunks_changes_the_text(name: str, text: str, size: int) -> None:
    assert decoded(ENCODERS[name](text), name, size) == text


def test_combining_marks_are_composed_over_borders() -> None:
    decoder = encodings.Decoder("utf-8")
    text = unicodedata.normalize("NFD", "Nguyễn")
    got = [decoder.decode(letter.encode()) for letter in text] + [decoder.decode(b"", final=True)]
    assert "".join(got) == "Nguyễn"


@pytest.mark.parametrize(
    "cell",
    [
        "Nguyễn Thị Ánh",
        "NGUYỄN VĂN A",
        "TRẦN THỊ ÁI",
        "VŨ VĂN HÀ",
        "TRẦN NHƯ Ý",
        "Vũ Hà",
        "Lê Thị Mỹ",
        "Hồ Tú",
        "LÊ Văn A",
        "Đỗ A",
    ],
)
def test_capitals_of_tcvn3(cell: str) -> None:
    line = f"1;{cell};x\n"
    assert decoded(tables.encode_tcvn3(line), "tcvn3") == line
    assert decoded(ENCODERS["utf-8+tcvn3"](line), "utf-8+tcvn3") == line


@pytest.mark.parametrize(
    ("data", "name"), [(b"V\xe2\xff", "tcvn3"), (b"V\xc3n", "tcvn3"), (b"N\xd2\xd2", "vni"), (b"\xff", "utf-8")]
)
def test_bytes_that_stand_for_nothing_are_refused(data: bytes, name: str) -> None:
    with pytest.raises(FileRefusedError) as caught:
        decoded(data + b"\xf9\xf9", name)
    assert caught.value.rule == "file.encoding"


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("text", [HEADER + ROWS, "name;sex\n" + ROWS, "name\nTrần Lê Hà\n"])
@pytest.mark.parametrize("size", [1, 5000])
def test_a_file_is_recognised(name: str, text: str, size: int) -> None:
    data = ENCODERS[name](text)
    assert encodings.detect(data[place : place + size] for place in range(0, len(data), size)) == name.removesuffix(
        " split"
    )


def test_ascii_is_certain() -> None:
    assert encodings.detect([b"name;sex\nNguyen Van A;M\n"]) == "utf-8"
    assert encodings.detect([]) == "utf-8"


FOREIGN = {
    "french": "nom;ville;remarque\nHélène Lefèvre;Besançon;créé à la préfecture où il était né\n".encode("cp1252"),
    "german": "Name;Straße\nJörg Müller;Königsallee\nBärbel Schröder;Gänsemarkt\n".encode("cp1252"),
    "gbk": "姓名;性别;出生日期\n阮文安;男;1960\n黎氏玉;女;1975\n".encode("gbk"),
    "shift-jis": "氏名;性別;生年月日\nグエン・ヴァン・アン;男\n".encode("shift-jis"),
    "broken utf-8": (HEADER + ROWS).encode()[:-20] + "Bé".encode()[:-1],
    "two encodings": tables.encode_vni(HEADER + ROWS) + tables.encode_tcvn3(ROWS),
    "one letter that may be two": b"ten\nL" + b"\xf4" + b"\n",
    "written twice": (HEADER + ROWS).encode().decode("latin-1").encode(),
    "lost letters": "Họ và tên\n".encode("cp1252", "replace") + b"Nguy?n V?n T?m\nTr?n Th? B?ch\n",
}


@pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN.keys())
def test_what_is_not_certain_is_refused(data: bytes) -> None:
    with pytest.raises(FileRefusedError) as caught:
        encodings.detect([data])
    assert caught.value.rule == "file.encoding"


@given(st.binary(min_size=8, max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_named_or_refused(data: bytes) -> None:
    try:
        name = encodings.detect([data])
        text = decoded(data, name)
    except FileRefusedError as refusal:
        assert refusal.rule == "file.encoding"
    else:
        assert text == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("is_usual", [True, False])
def test_generated_lists(is_usual: bool) -> None:
    """A small run of benchmarks/encodings.py: refused is allowed to few, wrong to none."""
    rng = Random(7)
    names = [*ENCODERS, *MIXTURES]
    refused = 0
    for number in range(120):
        drawn = draw_list(rng, names[number % len(names)], is_usual)
        try:
            name = encodings.recognise(lambda drawn=drawn: [drawn.data])
        except FileRefusedError:
            refused += 1
            continue
        text = decoded(drawn.data, name)
        assert text == drawn.text or ("tcvn3" in name and text.lower() == drawn.text.lower())
    assert refused <= 1
