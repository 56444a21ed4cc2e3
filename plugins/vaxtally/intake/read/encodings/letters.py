"""Bytes to letters: what those of each encoding stand for, in NFC."""

import codecs
import re
import unicodedata
from functools import cache
from typing import Any

from vaxtally.intake.read.encodings import tables
from vaxtally.intake.read.encodings.capitals import restore_capitals
from vaxtally.intake.read.source import FileRefusedError

# Marks what stands for nothing: no character.
_NOTHING = "\ufffe"
_NOT_VNI = re.compile(rf"[^\x00-\xa0\xa1-\xbf\xd7\xf7\u2010-\u20ac\u2122{''.join(sorted(tables.LETTERS))}]")


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


def decode_whole(data: bytes, name: str) -> str:
    """A text in an encoding of one byte a sign, in NFC. Raises FileRefusedError file.encoding."""
    try:
        return finished(raw_decoder(name).decode(data, True), name, is_font=False)
    except UnicodeError as error:
        raise FileRefusedError("file.encoding") from error


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


def raw_decoder(name: str) -> "codecs.IncrementalDecoder | _TableDecoder":
    """Bytes to characters as the encoding has them. Its decode raises UnicodeError."""
    if name in tables.FONTS:
        return _TableDecoder(name)
    known = {"utf-8-sig": "utf-8", "windows-1258": "cp1258"}
    return codecs.getincrementaldecoder(known.get(name, name))("strict")
