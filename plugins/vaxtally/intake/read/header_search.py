"""Finding the header among the first rows of a file or sheet: one row, or several that say one header together.

Forms put a group over its columns ('Mũi 1' over 'Vắc xin' and 'Ngày tiêm'), break a name over two rows ('Ngày' over
'tiêm'), repeat it in English below, and number their columns ('(1) (2) (3)'). All of these rows are the header.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from vaxtally.intake.read.headers import HEADER_ROWS, Header, field_of, has_repeats, read_header, whole_field
from vaxtally.intake.read.source import Kind
from vaxtally.text import fold

# Rows that one header may take, its numbering included.
MOST_HEADER_LINES = 4
# Rows to read for a search: a header begins among the first HEADER_ROWS.
ROWS_TO_SEARCH = HEADER_ROWS + MOST_HEADER_LINES

# '(1)', '1', 'A'; a spreadsheet takes '(1)' for the number -1.
_COLUMN_NUMBER = re.compile(r"[-(]?([0-9]{1,3}|[A-Za-zĐđ])\)?(?:\s*=.*)?")
_DIGIT = re.compile(r"[0-9]")

Row = Sequence[str]


@dataclass(frozen=True)
class FoundHeader:
    """A header, the place of its first row, and of the first row below it."""

    header: Header
    first: int
    after: int


def find_header(rows: Sequence[Row], kind: Kind, starts: int = HEADER_ROWS) -> FoundHeader | None:
    """The first header that has every required column, or else the one nearest to it; None where no cell is known.

    It begins among the first `starts` rows; `rows` should be ROWS_TO_SEARCH or more.
    """
    tidy = [[" ".join(cell.split()) for cell in row] for row in rows[: starts + MOST_HEADER_LINES]]
    found = list(_candidates(tidy, starts, kind))
    complete = [candidate for candidate in found if not candidate.header.missing]
    sound = [candidate for candidate in complete if not has_repeats(candidate.header)]
    best = next(iter(sound or complete), None) or min(found, key=lambda one: len(one.header.missing), default=None)
    return _with_rows_below(tidy, best, kind) if best else None


def _candidates(rows: list[list[str]], starts: int, kind: Kind) -> Iterator[FoundHeader]:
    """Headers of one row, then of two, then of three; the first complete one without repeats ends the search.

    Rows are one header only if they say more together than the last of them does alone.
    """
    for lines in range(1, MOST_HEADER_LINES):
        for first in range(min(starts, len(rows) - lines + 1)):
            header = read_header(_joined_rows(rows[first : first + lines], kind), kind)
            alone = set(read_header(rows[first + lines - 1], kind).fields) if lines > 1 else set()
            if {*header.fields, None} - {*alone, None}:
                yield FoundHeader(header, first, first + lines)
                if not header.missing and not has_repeats(header):
                    return


def _joined_rows(rows: list[list[str]], kind: Kind) -> list[str]:
    texts = rows[0]
    for row in rows[1:]:
        if not _continues(texts, row, kind):
            return []
        texts = _joined(texts, row, kind)
    return texts


def _with_rows_below(rows: list[list[str]], found: FoundHeader, kind: Kind) -> FoundHeader:
    """The header with the rows below it that belong to it, and all its rows as they stand in the file."""
    header, after = found.header, found.after
    while after < min(found.first + MOST_HEADER_LINES, len(rows)):
        row = rows[after]
        if _continues(header.texts, row, kind):
            deeper = read_header(_joined(header.texts, row, kind), kind)
            header = deeper if _says_more(deeper, header) else header
        elif not _is_numbering(row):
            break
        after += 1
    return replace(found, header=replace(header, rows=tuple(map(tuple, rows[found.first : after]))), after=after)


def _says_more(deeper: Header, header: Header) -> bool:
    gained = set(filter(None, deeper.fields)) - set(header.fields)
    return bool(gained) and len(deeper.missing) <= len(header.missing) and not has_repeats(deeper)


def _continues(upper: Row, lower: Row, kind: Kind) -> bool:
    """Whether the lower row is header and no record: half of its cells are header words, and no other has a digit."""
    cells = [cell for cell in _stacked(upper, lower) if cell[2]]
    unknown = [low for own, group, low in cells if not _is_header_word(own, group, low, kind)]
    return len(unknown) * 2 <= len(cells) > 0 and not any(map(_DIGIT.search, unknown))


def _is_header_word(own: str, group: str, low: str, kind: Kind) -> bool:
    if _in_brackets(low):
        return field_of(own, kind) is not None
    if not fold(low):
        return False
    return field_of(low, kind) is not None or any(whole_field(text, kind) for text in _both(group, low))


def _joined(upper: Row, lower: Row, kind: Kind) -> list[str]:
    """The texts of two header rows as one row."""
    return [_joined_text(*cell, kind) for cell in _stacked(upper, lower)]


def _joined_text(own: str, group: str, low: str, kind: Kind) -> str:
    """The text under which a column of two header rows has a field, a name of the contract first; or else both."""
    if not low or (_in_brackets(low) and field_of(own, kind)):
        return own
    texts = (*_both(group, low), low, own)
    for source in ("contract", "alias"):
        for text in texts:
            if whole_field(text, kind, source):
                return text
    return own if fold(own) == fold(low) else f"{own} {low}".strip()


def _both(group: str, low: str) -> tuple[str, ...]:
    """Group and name in either order: the contract says 'Vắc xin mũi 1', a form puts 'Mũi 1' over 'Vắc xin'."""
    above, below = (text.partition("(")[0].strip() for text in (group, low))
    return (f"{above} {below}", f"{below} {above}") if above and below else ()


def _in_brackets(text: str) -> bool:
    return text.startswith("(")


def _stacked(upper: Row, lower: Row) -> Iterator[tuple[str, str, str]]:
    """For each column its upper cell, the group above it, and its lower cell.

    A group reaches from its cell to the next filled one of its row, but not over a second column of the same name.
    """
    group, seen = "", set()
    for own, low in zip_longest(upper, lower, fillvalue=""):
        if own or fold(low) in seen:
            group, seen = own, set()
        if low:
            seen.add(fold(low))
        yield own, group, low


def _is_numbering(row: Row) -> bool:
    """Whether a row only counts its columns: '(1) (2) (3)', 'A B 1 2 3'."""
    matches = [_COLUMN_NUMBER.fullmatch(cell) for cell in row if cell]
    marks = [match[1] for match in matches if match]
    numbers = [int(mark) for mark in marks if mark.isdigit()]
    letters_first = all(mark.isdigit() for mark in marks[len(marks) - len(numbers) :])
    return len(marks) == len(matches) >= 3 and letters_first and numbers == list(range(1, len(numbers) + 1)) != []
