"""Bytes to text in NFC, chunk by chunk."""

import codecs
import re
import unicodedata
from functools import cache
from typing import Any

from vaxtally.intake.read.encodings import tables
from vaxtally.intake.read.encodings.capitals import CELL_ENDS, restore_capitals
from vaxtally.intake.read.source import FileRefusedError

# A text of one endless line or of combining characters only must not be held back for ever.
_MOST_HELD = 1 << 16
# Marks what stands for nothing: no character.
_NOTHING = "\ufffe"
# Combining characters, and the letters that are marks in VNI.
_MAY_CHANGE = re.compile(r"[\u0300-\u036f\xc0-\xff]")
_NOT_VNI = re.compile(rf"[^\x00-\xa0\xa1-\xbf\xd7\xf7\u2010-\u20ac\u2122{''.join(sorted(tables.LETTERS))}]")


class Decoder:
    """Like codecs.IncrementalDecoder, in NFC wherever a chunk ends. `name`: as detect() gives it.

    A name may say that the letters of an old font lie in Unicode text, in all of it or in some columns: "utf-8+vni",
    "utf-8+vni?". The latter is read as it is.
    """

    def __init__(self, name: str) -> None:
        outer, _, font = name.partition("+")
        # Where only some columns are in an old font, their reader converts them.
        font = "" if font.endswith("?") else font
        self._raw = _raw_decoder(outer)
        self._letters = font or outer
        self._is_font = bool(font)
        self._is_first = True
        self._held = ""

    def decode(self, data: bytes, final: bool = False) -> str:
        """The text so far, without a BOM. Raises FileRefusedError file.encoding."""
        try:
            text = self._raw.decode(data, final)
        except UnicodeError as error:
            raise FileRefusedError("file.encoding") from error
        if self._is_first and text:
            text, self._is_first = text.removeprefix("\ufeff"), False
        text = self._held + text
        cut = len(text) if final else self._settled(text)
        self._held = text[cut:]
        return finished(text[:cut], self._letters, self._is_font)

    def _settled(self, text: str) -> int:
        """How much of the text no later character can change."""
        if self._letters == "tcvn3":
            end = max(map(text.rfind, CELL_ENDS)) + 1
        else:
            end = max(len(text) - 1, 0)
            while end and _MAY_CHANGE.match(text, end):
                end -= 1
        return end if len(text) - end < _MOST_HELD else len(text)


def finished(text: str, name: str, is_font: bool) -> str:
    """Text in NFC, of raw decoded text or (`is_font`) of an old font's letters in Unicode."""
    if text.isascii():
        return text
    if is_font:
        text = text.translate(font_table(name))
    text = unicodedata.normalize("NFC", text)
    if name == "tcvn3":
        text = restore_capitals(text)
    if _NOTHING in text or (name == "vni" and _NOT_VNI.search(text)):
        raise FileRefusedError("file.encoding")
    return text


def decode_all(data: bytes, name: str) -> str:
    """The whole of a text. Raises FileRefusedError file.encoding."""
    return Decoder(name).decode(data, final=True)


@cache
def font_table(name: str) -> dict[int, str]:
    """From the Latin letters that the bytes of an old font look like in Unicode to what they stand for."""
    meaning = byte_table(name)
    return {byte: meaning.get(byte, _NOTHING) for byte in range(0xA0, 0x100)}


@cache
def byte_table(name: str) -> dict[int, str]:
    """What each byte of an old font's encoding stands for."""
    return tables.tcvn3() if name == "tcvn3" else tables.vni()


class _TableDecoder:
    def __init__(self, name: str) -> None:
        table = byte_table(name)
        self._table: Any = {byte: table.get(byte) for byte in range(256)}

    def decode(self, data: bytes, final: bool = False) -> str:
        del final
        return codecs.charmap_decode(data, "strict", self._table)[0]


def _raw_decoder(name: str) -> "codecs.IncrementalDecoder | _TableDecoder":
    if name in tables.FONTS:
        return _TableDecoder(name)
    known = {"utf-8-sig": "utf-8", "windows-1258": "cp1258"}
    return codecs.getincrementaldecoder(known.get(name, name))("strict")
