"""A text file in one form, whatever it came in: UTF-8, NFC, lines ended by LF; in pieces, whatever its size."""

import re
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally.intake.read import encodings
from vaxtally.intake.read.signs import pairs
from vaxtally.intake.read.source import CELL_SEPARATOR, FileRefusedError, Limits, unreadable

if TYPE_CHECKING:
    from hashlib import _Hash

# What is read at once. A piece is as long, and the part of a line that the chunk before it ended in.
CHUNK_BYTES = 1 << 22

# Magics of what is sometimes sent in place of a list.
_NO_TABLE = (b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_MARKUP = re.compile(rb"\s*<(!doctype|html|\?xml|table|head|body)", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1e]")
_PROBE = 4096
# What the detector gets at once: it looks at the words of a file's beginning, whole chunk by whole chunk.
_DETECTED_BYTES = 1 << 18
_BOMS_UTF16 = (BOM_UTF16_LE, BOM_UTF16_BE)

# Beyond ASCII, UTF-8 in NFC for certain: Latin letters up to U+01FF; and U+1E80 to U+1EFF, beginning in E1 BA or E1 BB.
_NOT_COMPOSED = bytes(set(range(0xC8, 0x100)) - {0xE1})
_OF_OTHERS = bytes(set(range(0x100)) - set(_NOT_COMPOSED))
_VIETNAMESE_BLOCK = (0xE1, 0xBA)


@dataclass(frozen=True)
class TextForm:
    """How a file's text is written. `ends_in_cr`: its lines end in CR alone."""

    encoding: str
    ends_in_cr: bool


def normal_text(data: bytes) -> bytes:
    """The whole of a text as `normal_pieces` gives it."""
    limits = Limits(record_bytes=len(data))
    form = find_form(lambda: [data], limits)
    return b"".join(normal_pieces([data], form, limits))


def file_chunks(path: Path, digest: "_Hash | None" = None) -> Iterator[bytes]:
    """The bytes of a file; `digest` takes them too."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            if digest:
                digest.update(chunk)
            yield chunk


def find_form(chunks: Callable[[], Iterable[bytes]], limits: Limits) -> TextForm:
    """Read through a text once to see what it is. `chunks` begins anew each time.

    Raises FileRefusedError file.encoding, or file.unreadable for what is no text or has an endless line.
    """
    detector = encodings.Detector()
    head, has_lf, since_line_end = b"", False, 0
    for chunk in _with_head(chunks()):
        if not head:
            head = chunk[:_PROBE]
            _check_head(head)
        if b"\x00" in chunk and b"\x00" not in head and not head.startswith(_BOMS_UTF16):
            raise unreadable("NUL characters")
        has_lf = has_lf or b"\n" in chunk
        since_line_end = _since_line_end(chunk, since_line_end)
        if since_line_end > limits.record_bytes:
            raise endless_line(limits)
        for place in range(0, len(chunk), _DETECTED_BYTES):
            detector.feed(chunk[place : place + _DETECTED_BYTES])
    encoding = _encoding(detector, chunks, head)
    if encoding.startswith("utf-16"):
        # A byte of another letter may look like a line end.
        has_lf = any(b"\n" in piece for piece in _decoded(chunks(), encoding))
    return TextForm(encoding, not has_lf)


def normal_pieces(chunks: Iterable[bytes], form: TextForm, limits: Limits) -> Iterator[bytes]:
    """The text as UTF-8 without BOM, in NFC, without CELL_SEPARATOR. Each piece but the last ends with a line, in LF.

    CRLF, or CR where there is no LF, becomes LF; a stray CR becomes a space.
    Raises FileRefusedError file.encoding, or file.unreadable for NUL characters and endless lines.
    """
    for piece in _whole_lines(_one_line_end(_decoded(chunks, form.encoding), form.ends_in_cr), limits):
        if b"\x00" in piece:
            raise unreadable("NUL characters")
        yield to_nfc(piece).replace(CELL_SEPARATOR.encode(), b" ")


def to_nfc(data: bytes) -> bytes:
    """UTF-8 text in NFC. Raises FileRefusedError file.encoding for bytes that are no UTF-8."""
    if _is_composed(data):
        return data
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise FileRefusedError("file.encoding") from error
    return data if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text).encode()


def endless_line(limits: Limits) -> FileRefusedError:
    """The refusal of what goes on without an end of the line."""
    return unreadable(f"a line of more than {limits.record_bytes} bytes")


def _is_composed(data: bytes) -> bool:
    """Whether text known as UTF-8 is certainly in NFC: Vietnamese mostly is, and this costs a third of decoding it."""
    first, second = _VIETNAMESE_BLOCK
    # Cut short, it is no UTF-8.
    if data.translate(None, _OF_OTHERS) or data.endswith(bytes([first])):
        return False
    return not any(((sign == first) & ((behind & 0xFE) != second)).any() for sign, behind in pairs(data))


def _with_head(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, the first chunk long enough to tell what they are."""
    coming, head = iter(chunks), b""
    while len(head) < _PROBE and (chunk := next(coming, None)) is not None:
        head += chunk
    yield head
    yield from coming


def _check_head(head: bytes) -> None:
    if head.startswith(_NO_TABLE) or _MARKUP.match(head.removeprefix(BOM_UTF8)):
        raise unreadable("a document, a picture or an archive")


def _encoding(detector: encodings.Detector, chunks: Callable[[], Iterable[bytes]], head: bytes) -> str:
    is_binary = not head.startswith(_BOMS_UTF16) and _CONTROL.search(head)
    try:
        name = detector.result()
        if encodings.has_font_columns(name):
            name = encodings.with_columns(name, chunks())
    except FileRefusedError as error:
        raise (unreadable("not a text") if is_binary else error) from error
    if is_binary and not name.startswith("utf"):
        raise unreadable("not a text")
    return name


def _since_line_end(chunk: bytes, before: int) -> int:
    """How many bytes stand behind the last line end."""
    last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
    return before + len(chunk) if last < 0 else len(chunk) - last - 1


def _decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The text as UTF-8. What is UTF-8 already is passed on, to be looked at line by line."""
    if encoding in ("utf-8", "utf-8-sig"):
        for place, chunk in enumerate(_with_head(chunks)):
            yield chunk if place else chunk.removeprefix(BOM_UTF8)
        return
    decoder = encodings.Decoder(encoding)
    for chunk in chunks:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def _one_line_end(pieces: Iterable[bytes], ends_in_cr: bool) -> Iterator[bytes]:
    held = b""
    for piece in pieces:
        text = held + piece
        # LF may follow.
        held = b"\r" if text.endswith(b"\r") and not ends_in_cr else b""
        yield _with_lf(text[: len(text) - len(held)], ends_in_cr)
    yield _with_lf(held, ends_in_cr)


def _with_lf(text: bytes, ends_in_cr: bool) -> bytes:
    if b"\r" not in text:
        return text
    if ends_in_cr:
        return text.replace(b"\r", b"\n")
    if _has_stray_cr(text):
        return text.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    # Half the time of replacing two bytes by one.
    return text.translate(None, b"\r")


def _has_stray_cr(text: bytes) -> bool:
    """Whether some CR has no LF behind it."""
    import numpy as np

    signs = np.frombuffer(text, dtype=np.uint8)
    after = np.flatnonzero(signs == ord("\r")) + 1
    return after[-1] == len(text) or bool((signs[after] != ord("\n")).any())


def _whole_lines(pieces: Iterable[bytes], limits: Limits) -> Iterator[bytes]:
    begun: list[bytes] = []
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if end:
            yield b"".join([*begun, piece[:end]])
            begun = []
        begun.append(piece[end:])
        if sum(map(len, begun)) > limits.record_bytes:
            raise endless_line(limits)
    if rest := b"".join(begun):
        yield rest
