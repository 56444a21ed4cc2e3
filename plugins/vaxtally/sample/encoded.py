"""Small lists as units type them, in each encoding they send: what the recognition of encodings is measured with."""

import csv
import io
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from vaxtally.intake.read.encodings import tables
from vaxtally.intake.read.encodings.syllables import SYLLABLE, log_share, syllables
from vaxtally.sample.names import FAMILY_NAMES, GIVEN_NAMES, MIDDLE_NAMES
from vaxtally.sample.people import DISTRICTS, PRIORITY_GROUPS, STREETS
from vaxtally.text import unmark

HEADERS = (
    ("Họ và tên", "Giới tính", "Ngày sinh", "Địa chỉ", "Quận/Huyện", "Vắc xin", "Mũi tiêm", "Ngày tiêm", "Ghi chú"),
    ("HỌ TÊN", "PHÁI", "NĂM SINH", "ĐỊA CHỈ", "QUẬN", "VẮC XIN", "MŨI", "NGÀY TIÊM", "NHÓM ƯU TIÊN"),
    ("Ho va ten", "Gioi tinh", "Ngay sinh", "Dia chi", "Quan", "Vac xin", "Mui", "Ngay tiem", "Ghi chu"),
    ("full_name", "sex", "birth_date", "address", "district", "vaccine", "dose_number", "given_on", "note"),
)
DELIMITERS = ",;\t|"
_NOTES = ("", "", "", "sốt nhẹ", "dị ứng hải sản", "đã mắc bệnh", "hẹn lại 2 tuần", "sốt 38,5", "CLB bóng đá")
NAME = 0


def in_1258(text: str) -> bytes:
    """Windows-1258 as Windows writes it: a letter the page lacks becomes its base and a combining tone."""
    return b"".join(_in_1258(letter) for letter in unicodedata.normalize("NFC", text))


def _in_1258(letter: str) -> bytes:
    try:
        return letter.encode("cp1258")
    except UnicodeEncodeError:
        marks = unicodedata.normalize("NFD", letter)
        base = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in tables.TONES))
        return (base + "".join(mark for mark in marks if mark in tables.TONES)).encode("cp1258")


def split_in_1258(text: str) -> bytes:
    """Windows-1258 with every tone combining, as iconv and some exports write it."""
    letters = unicodedata.normalize("NFC", text)
    return b"".join(_in_1258(letter) if letter.lower() in "âêôăơưđ" else _split(letter) for letter in letters)


def _split(letter: str) -> bytes:
    marks = unicodedata.normalize("NFD", letter)
    tones = "".join(mark for mark in marks if mark in tables.TONES)
    return (unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in tables.TONES)) + tones).encode(
        "cp1258"
    )


def font_look(font: str, text: str) -> str:
    """What text typed in an old font looks like without that font."""
    encode = tables.encode_tcvn3 if font == "tcvn3" else tables.encode_vni
    return encode(text).decode("cp1252")


ENCODERS: dict[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "utf-8-sig": lambda text: text.encode("utf-8-sig"),
    "utf-16-le": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "windows-1258": in_1258,
    "windows-1258 split": split_in_1258,
    "tcvn3": tables.encode_tcvn3,
    "vni": tables.encode_vni,
    "utf-8+tcvn3": lambda text: font_look("tcvn3", text).encode(),
    "utf-8+vni": lambda text: font_look("vni", text).encode(),
}
# Only the name's column is typed in the font.
MIXTURES = {"utf-8+tcvn3?": "tcvn3", "utf-8+vni?": "vni"}


@dataclass(frozen=True)
class EncodedList:
    """A list: its bytes, the encoding they are in, and its text."""

    encoding: str
    data: bytes
    text: str


def draw_list(rng: Random, encoding: str, is_usual: bool) -> EncodedList:
    """A list of 5 to 500 rows; unusual ones have names that no list of frequent words knows."""
    rows = [list(rng.choice(HEADERS)), *_draw_rows(rng, is_usual)]
    delimiter = rng.choice(DELIMITERS)
    text = _written(rows, delimiter)
    if font := MIXTURES.get(encoding):
        typed = [rows[0], *([font_look(font, row[NAME]), *row[1:]] for row in rows[1:])]
        return EncodedList(encoding, _written(typed, delimiter).encode(), text)
    return EncodedList(encoding, ENCODERS[encoding](text), text)


def _draw_rows(rng: Random, is_usual: bool) -> list[list[str]]:
    count = round(5 * 100 ** rng.random())
    # In one file of four only few rows have diacritics.
    marked = rng.choice([1, 1, 1, rng.uniform(0.02, 0.4)])
    in_capitals = rng.random() < 0.2
    columns = rng.randint(1, 9)
    rows = []
    for _ in range(count):
        row = _draw_row(rng, is_usual, in_capitals)
        row[columns:] = [""] * (len(row) - columns)
        rows.append(row if rng.random() < marked else [unmark(cell).title() for cell in row])
    return rows


def _draw_row(rng: Random, is_usual: bool, in_capitals: bool) -> list[str]:
    name = _usual_name(rng) if is_usual else " ".join(rng.choices(_rare_syllables(), k=rng.randint(2, 4))).title()
    return [
        name.upper() if in_capitals else name,
        rng.choice(["Nam", "Nữ"]),
        f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/{rng.randint(1930, 2009)}",
        f"{rng.randint(1, 400)} {rng.choice(STREETS)}",
        rng.choice(DISTRICTS).name,
        rng.choice(["AstraZeneca", "Pfizer", "Moderna", "Vero Cell"]),
        rng.choice(["1", "2", "Mũi 1"]),
        f"{rng.randint(1, 28):02}/09/2021",
        rng.choice(_NOTES) or rng.choice(["", *PRIORITY_GROUPS]),
    ]


def _usual_name(rng: Random) -> str:
    return " ".join((rng.choice(FAMILY_NAMES), rng.choice(MIDDLE_NAMES), rng.choice(GIVEN_NAMES)))


def _rare_syllables() -> Sequence[str]:
    return _RARE or _RARE.extend(sorted(word for word in syllables() if log_share(word) in (0.0, SYLLABLE))) or _RARE


_RARE: list[str] = []


def _written(rows: list[list[str]], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()
