"""The bytes of a text file, checked and brought to one form: UTF-8, NFC, lines ended by LF."""

import re
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

from vaxtally.intake.read.source import CELL_SEPARATOR, FileRefusedError, unreadable

# Magics of what is sometimes sent in place of a list.
_NO_TABLE = (b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_MARKUP = re.compile(rb"\s*<(!doctype|html|\?xml|table|head|body)", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1e]")
_PROBE = 4096


def normal_text(data: bytes) -> bytes:
    """The file's text as UTF-8 without BOM, NFC, lines ended by LF, without NUL and CELL_SEPARATOR.

    Raises FileRefusedError file.encoding or file.unreadable.
    """
    if data.startswith(_NO_TABLE) or _MARKUP.match(data.removeprefix(BOM_UTF8)):
        raise unreadable("a document, a picture or an archive")
    data = _to_utf8(data)
    if b"\x00" in data:
        raise unreadable("NUL characters")
    return one_line_end(to_nfc(data)).replace(CELL_SEPARATOR.encode(), b" ")


def to_nfc(data: bytes) -> bytes:
    """UTF-8 text in NFC. Raises FileRefusedError file.encoding for bytes that are no UTF-8."""
    if data.isascii():
        return data
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if _CONTROL.search(data[:_PROBE]):
            raise unreadable("not a text") from error
        raise FileRefusedError("file.encoding") from error
    return data if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text).encode()


def one_line_end(data: bytes) -> bytes:
    """CRLF, or CR where there is no LF, become LF; a stray CR becomes a space."""
    if b"\r" not in data:
        return data
    data = data.replace(b"\r\n", b"\n")
    return data.replace(b"\r", b" " if b"\n" in data else b"\n")


def _to_utf8(data: bytes) -> bytes:
    if data.startswith(BOM_UTF8):
        return data[len(BOM_UTF8) :]
    encoding = _utf16(data)
    if not encoding:
        return data
    try:
        return data.decode(encoding).removeprefix("\ufeff").encode()
    except UnicodeError as error:
        raise FileRefusedError("file.encoding") from error


def _utf16(data: bytes) -> str | None:
    """The byte order of UTF-16 text, by its BOM or by where the NULs of its ASCII letters stand."""
    if data.startswith(BOM_UTF16_LE):
        return "utf-16-le"
    if data.startswith(BOM_UTF16_BE):
        return "utf-16-be"
    even, odd = data[:_PROBE:2].count(0), data[1:_PROBE:2].count(0)
    half = min(len(data), _PROBE) // 4
    if odd > half and not even:
        return "utf-16-le"
    if even > half and not odd:
        return "utf-16-be"
    return None
