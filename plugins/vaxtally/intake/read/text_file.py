"""The bytes of a text file, checked and brought to one form: UTF-8, NFC, lines ended by LF."""

import re
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

from vaxtally.intake.read import encodings
from vaxtally.intake.read.source import CELL_SEPARATOR, FileRefusedError, unreadable

# Magics of what is sometimes sent in place of a list.
_NO_TABLE = (b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_MARKUP = re.compile(rb"\s*<(!doctype|html|\?xml|table|head|body)", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1e]")
_PROBE = 4096
_CHUNK = 1 << 20


def normal_text(data: bytes) -> bytes:
    """The file's text as UTF-8 without BOM, NFC, lines ended by LF, without NUL and CELL_SEPARATOR.

    Raises FileRefusedError file.encoding or file.unreadable.
    """
    if data.startswith(_NO_TABLE) or _MARKUP.match(data.removeprefix(BOM_UTF8)):
        raise unreadable("a document, a picture or an archive")
    text = _decoded(data)
    if b"\x00" in text:
        raise unreadable("NUL characters")
    return one_line_end(text).replace(CELL_SEPARATOR.encode(), b" ")


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


def _decoded(data: bytes) -> bytes:
    """The text as UTF-8, whatever encoding it came in."""
    if data.isascii():
        return data
    is_binary = not data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) and _CONTROL.search(data[:_PROBE])
    try:
        name = encodings.recognise(lambda: (data[place : place + _CHUNK] for place in range(0, len(data), _CHUNK)))
    except FileRefusedError as error:
        raise (unreadable("not a text") if is_binary else error) from error
    if is_binary and not name.startswith("utf"):
        raise unreadable("not a text")
    return encodings.Decoder(name).decode(data, final=True).encode()
