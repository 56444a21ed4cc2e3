"""A text of which some columns were typed in an old font and some were not: each column is judged by its own words.

The text's shape is never touched: what changes is the letters of whole cells. A cell that speaks for itself (a header
in Unicode above names in TCVN3) is read for what it is.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain

from vaxtally.intake.read.encodings.evidence import MARGIN, font_text
from vaxtally.intake.read.encodings.syllables import NO_SYLLABLE, log_share
from vaxtally.intake.read.headers import ALIASES, HEADERS
from vaxtally.intake.read.source import FileRefusedError

DELIMITERS = ",;\t|"
PLAIN, LIKELY_PLAIN, FONT, EITHER, SAME = "plain", "likely plain", "font", "either", "same"
# The share of a column's certain cells that decides about its doubtful ones.
_CLEARLY = 0.95
# One word that is frequent in the font and none in Unicode.
_CERTAIN = 1.5 * MARGIN
# So many known headers make a row the header.
_HEADER_CELLS = 3
# A quote that is never closed must not join all lines.
_MOST_LINES = 100
_MARKER = "\x1f"
_FONT_LETTER = re.compile("[\xa1-\xff]")


class FontColumns:
    """Fed with text as it lies in the file, whole rows at a time; `result` says which columns are in the font."""

    def __init__(self, font: str, delimiter: str) -> None:
        self._font = font
        self._delimiter = delimiter
        self._cells: defaultdict[int, Counter[str]] = defaultdict(Counter)

    def feed(self, text: str) -> None:
        """Take the next rows."""
        for cells in rows(text, self._delimiter):
            if len(cells) >= _HEADER_CELLS and self._is_header(cells):
                # What stands above is a title, often typed by another hand.
                self._cells.clear()
                continue
            for column, cell in enumerate(cells):
                if not cell.isascii():
                    self._cells[column][_kind(cell, self._font)] += 1

    def result(self) -> frozenset[int]:
        """The columns. Raises FileRefusedError file.encoding where one holds both, or may be either."""
        verdicts = {column: _verdict(kinds) for column, kinds in self._cells.items()}
        if EITHER in verdicts.values() and PLAIN in verdicts.values():
            raise FileRefusedError("file.encoding")
        return frozenset(column for column, verdict in verdicts.items() if verdict in (FONT, EITHER))

    def _is_header(self, cells: list[str]) -> bool:
        return sum(_as_header(cell, self._font) is not None for cell in cells) >= _HEADER_CELLS


def parsed(told: str) -> tuple[str, frozenset[int]]:
    """The delimiter and the columns that `written` put into a name."""
    return told[0], frozenset(int(number) for number in told[1:].split(",") if number)


def written(delimiter: str, columns: frozenset[int]) -> str:
    """The delimiter and the columns for the name of an encoding: ';1,4'."""
    return delimiter + ",".join(map(str, sorted(columns)))


def likely_delimiter(text: str) -> str:
    """The sign that most likely parts the cells of a text."""
    return max(DELIMITERS, key=text.count)


def unified(text: str, font: str, delimiter: str, columns: frozenset[int]) -> str:
    """Whole lines with the cells of these columns read from the font, and those of others that are for certain."""
    if not _FONT_LETTER.search(text):
        return text
    return _line_end(text).join(
        delimiter.join(_unified_cell(cell, font, column in columns) for column, cell in enumerate(cells))
        for cells in rows(text, delimiter)
    )


def rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """The cells of each row as they are written, quotes and all: joined again they are the text."""
    end = _line_end(text)
    lines = iter(text.split(end))
    for line in lines:
        row, count = line, 1
        while row.count('"') % 2 and count < _MOST_LINES and (more := next(lines, None)) is not None:
            row, count = row + end + more, count + 1
        yield _cells(row, delimiter)


def end_of_rows(text: str) -> int:
    """Where the last row that is whole ends: no line end within quotes."""
    end = max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1
    whole = end
    for _ in range(_MOST_LINES):
        if not whole or text.count('"', 0, whole) % 2 == 0:
            return whole
        quote = text.rfind('"', 0, whole)
        whole = max(text.rfind("\n", 0, quote), text.rfind("\r", 0, quote)) + 1
    return end


def _cells(row: str, delimiter: str) -> list[str]:
    if '"' not in row:
        return row.split(delimiter)
    if _MARKER in row:
        return [row]
    pieces = row.split('"')
    pieces[::2] = [outside.replace(delimiter, _MARKER) for outside in pieces[::2]]
    return '"'.join(pieces).split(_MARKER)


def _line_end(text: str) -> str:
    return "\n" if "\n" in text else "\r"


def _unified_cell(cell: str, font: str, is_font: bool) -> str:
    if cell.isascii():
        return cell
    kind = _kind(cell, font)
    return font_text(cell, font) or cell if kind == FONT or (kind == EITHER and is_font) else cell


@lru_cache(maxsize=1 << 16)
def _kind(cell: str, font: str) -> str:
    """What a cell is by itself: PLAIN by its letters or LIKELY_PLAIN by its words, FONT, EITHER.

    SAME where both readings are one or are both no Vietnamese.
    """
    header, read = _as_header(cell, font), font_text(cell, font)
    if header or read is None:
        return FONT if header and header != cell else PLAIN
    won = _score(read) - _score(cell)
    if read == cell or (won == 0 and not any(NO_SYLLABLE < log_share(word) < 0 for word in read.split())):
        return SAME
    if won >= _CERTAIN:
        return FONT
    return LIKELY_PLAIN if won <= -MARGIN else EITHER


def _score(cell: str) -> float:
    return sum(map(log_share, cell.split()))


def _as_header(cell: str, font: str) -> str | None:
    """The cell as it is or as read from the font, whichever is a known header; None if neither is."""
    for text in (cell, font_text(cell, font)):
        if text and " ".join(text.partition("(")[0].strip(' "*:').lower().split()) in _headers():
            return text
    return None


@cache
def _headers() -> frozenset[str]:
    names = chain(*(source[kind].values() for source in (HEADERS, ALIASES) for kind in source))
    return frozenset(text.lower() for texts in names for text in texts) | {"stt", "số tt", "tuổi"}


def _verdict(kinds: Counter[str]) -> str:
    """What a column is by its cells. Raises FileRefusedError where doubtful ones have no clear majority to follow."""
    plain, font, either = kinds[PLAIN] + kinds[LIKELY_PLAIN], kinds[FONT], kinds[EITHER]
    majority = FONT if font > plain else PLAIN
    if not plain + font:
        return EITHER if either else SAME
    is_clear = max(plain, font) >= _CLEARLY * (plain + font)
    if (either and not is_clear) or (majority == FONT and kinds[LIKELY_PLAIN]):
        raise FileRefusedError("file.encoding")
    return majority
