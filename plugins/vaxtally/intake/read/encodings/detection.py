"""Which encoding a file is in, found in one pass over its bytes."""

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from unicodedata import normalize

from vaxtally.intake.read.encodings import columns, evidence, fonts
from vaxtally.intake.read.encodings.decoder import Decoder
from vaxtally.intake.read.encodings.utf8 import Utf8Check
from vaxtally.intake.read.signs import line_ends
from vaxtally.intake.read.source import FileRefusedError

# Enough to tell UTF-16 by where its NULs stand.
_PROBE_BYTES = 4096
# Valid UTF-8 is certain by itself. What is looked for in it is text typed in an old font: always in its beginning,
# later only in chunks with letters that Vietnamese does not have.
_ALWAYS_READ_BYTES = 1 << 18
# Vietnamese has some 7,000 syllables in use: more words than this are no Vietnamese.
_MOST_WORDS = 100_000
_LONGEST_WORD = 40
_LETTERS = bytes(range(65, 91)) + bytes(range(97, 123)) + bytes(range(128, 256))
# Letters as they are, all else as a space: words without a regular expression, which takes ten times as long.
_SPACED = bytes(byte if byte in _LETTERS else 0x20 for byte in range(256))

# What is left of letters that the exporting program could not write: 'Nguy?n', or U+FFFD.
_LOST = re.compile(rb"[A-Za-z\x80-\xff]\?[A-Za-z\x80-\xff]|\xef\xbf\xbd")
_MOST_LOST = 2
_MOST_LOST_A_LINE = 0.01


class Detector:
    """Fed with the chunks of a file, in order; `result` then names its encoding."""

    def __init__(self) -> None:
        self._begun = b""
        self._utf16: codecs.IncrementalDecoder | None = None
        self._utf8: Utf8Check | None = Utf8Check()
        self._name = ""
        self._words: Counter[bytes] = Counter()
        self._rest = b""
        self._fed = self._lines = self._lost = 0
        # Words that were not counted; whether the next chunk begins within such a one.
        self._unread = self._is_within = False

    def feed(self, chunk: bytes) -> None:
        """Take the next chunk. Raises FileRefusedError file.encoding for broken UTF-16."""
        if not self._name:
            self._begun += chunk
            if len(self._begun) < _PROBE_BYTES:
                return
            chunk = self._begin()
        self._take(chunk, final=False)

    def result(self) -> str:
        """The name for Decoder. Raises FileRefusedError file.encoding where it is not certain."""
        self._take(b"" if self._name else self._begin(), final=True)
        if self._utf8 is None:
            name = None if self._unread else evidence.clear_winner(evidence.of_bytes(self._words))
        else:
            name = self._name + fonts.suffix(_as_text(self._words))
        if not name or self._lost > max(_MOST_LOST, _MOST_LOST_A_LINE * self._lines):
            raise FileRefusedError("file.encoding")
        return name

    def _begin(self) -> bytes:
        begun, self._begun = self._begun, b""
        self._name = _by_mark(begun) or _utf16_by_nuls(begun[:_PROBE_BYTES]) or "utf-8"
        if self._name.startswith("utf-16"):
            self._utf16 = codecs.getincrementaldecoder(self._name)("strict")
        return begun

    def _take(self, chunk: bytes, final: bool) -> None:
        if self._utf16:
            try:
                chunk = self._utf16.decode(chunk, final).encode()
            except UnicodeError as error:
                raise FileRefusedError("file.encoding") from error
        # One byte is found ten times as fast as three.
        if b"?" in chunk or (b"\xef" in chunk and b"\xef\xbf\xbd" in chunk):
            self._lost += sum(1 for _ in _LOST.finditer(chunk))
        self._lines += line_ends(chunk)
        is_looked_at = self._is_looked_at(chunk, final)
        self._fed += len(chunk)
        if is_looked_at:
            self._count_words(chunk, final)
        elif not chunk.isascii():
            self._unread = self._is_within = True
            self._rest = b""

    def _is_looked_at(self, chunk: bytes, final: bool) -> bool:
        """Whether the words of a chunk matter: all but those of text that is Unicode for certain."""
        if self._utf8 is None:
            return True
        if not self._utf8.feed(chunk, final):
            # No legacy file begins with a chunk of UTF-8: words that were not counted speak against all encodings.
            self._utf8 = None
            return True
        return self._fed < _ALWAYS_READ_BYTES or fonts.has_odd_letters(chunk)

    def _count_words(self, chunk: bytes, final: bool) -> None:
        if self._is_within:
            chunk, self._is_within = chunk.lstrip(_LETTERS), False
        chunk, self._rest = self._rest + chunk, b""
        if not final:
            end = len(chunk[-_LONGEST_WORD:].rstrip(_LETTERS)) + max(len(chunk) - _LONGEST_WORD, 0)
            chunk, self._rest = chunk[:end], chunk[end:]
        if chunk.isascii():
            return
        for word, count in Counter(chunk.translate(_SPACED).split()).items():
            if not word.isascii():
                self._words[word[:_LONGEST_WORD]] += count
        if len(self._words) > _MOST_WORDS:
            self._words.clear()
            self._unread = True


def _as_text(words: Counter[bytes]) -> dict[str, int]:
    return {normalize("NFC", word.decode(errors="replace")): count for word, count in words.items()}


def recognise(chunks: Callable[[], Iterable[bytes]], delimiter: str = "") -> str:
    """The encoding of a text that can be read twice. Raises FileRefusedError file.encoding where it is not certain."""
    name = detect(chunks())
    return with_columns(name, chunks(), delimiter) if has_font_columns(name) else name


def has_font_columns(name: str) -> bool:
    """Whether some cells were typed in an old font and some were not: `with_columns` then finds out which."""
    return name.endswith("?")


def with_columns(name: str, chunks: Iterable[bytes], delimiter: str = "") -> str:
    """The name with the columns that are in the font. `delimiter`: what parts the cells, where that is known.

    Raises FileRefusedError file.encoding where it is not certain.
    """
    texts = _texts(name, chunks)
    first = next(texts)
    delimiter = delimiter or columns.likely_delimiter(first)
    found = columns.FontColumns(name.partition("+")[2][:-1], delimiter)
    for text in chain([first], texts):
        found.feed(text)
    return name + columns.written(delimiter, found.result())


def _texts(name: str, chunks: Iterable[bytes]) -> Iterator[str]:
    decoder = Decoder(name)
    yield from (text for chunk in chunks if (text := decoder.decode(chunk)))
    yield decoder.decode(b"", final=True)


def detect(chunks: Iterable[bytes]) -> str:
    """The encoding of the text of these chunks. Raises FileRefusedError file.encoding where it is not certain."""
    detector = Detector()
    for chunk in chunks:
        detector.feed(chunk)
    return detector.result()


def _by_mark(begun: bytes) -> str | None:
    """The encoding that a byte order mark names."""
    marks = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
    return next((name for mark, name in marks.items() if begun.startswith(mark)), None)


def _utf16_by_nuls(begun: bytes) -> str | None:
    """The byte order of UTF-16 text by where the NULs of its ASCII letters stand."""
    even, odd = begun[::2].count(0), begun[1::2].count(0)
    half = len(begun) // 4
    if odd > half and not even:
        return "utf-16-le"
    return "utf-16-be" if even > half and not odd else None
