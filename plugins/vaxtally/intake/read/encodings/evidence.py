"""What the words of a file speak for: its text under each encoding it may be in, and how Vietnamese that text is."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from vaxtally.intake.read.encodings import tables
from vaxtally.intake.read.encodings.letters import decode_whole, finished
from vaxtally.intake.read.encodings.syllables import NO_SYLLABLE, SYLLABLE, log_share
from vaxtally.intake.read.source import FileRefusedError

UNICODE = "unicode"
# A thousand to one, between the best and the next best encoding.
MARGIN = math.log(1_000)
# Foreign names and slips of the hand exist; but most words with diacritics must be Vietnamese.
LEAST_SHARE = 0.8


@dataclass(frozen=True)
class Reading:
    """The words under one encoding. `shares`: log share of each (0: says nothing); `texts`: None where undefined."""

    name: str
    texts: Sequence[str | None]
    shares: Sequence[float]
    weights: Sequence[float]

    @property
    def score(self) -> float:
        """The logarithm of how likely the words are in Vietnamese under this encoding."""
        return sum(map(float.__mul__, self.shares, self.weights))

    @property
    def is_vietnamese(self) -> bool:
        """Whether most words are syllables."""
        told = [(share, weight) for share, weight in zip(self.shares, self.weights, strict=True) if share]
        good = sum(weight for share, weight in told if share > NO_SYLLABLE)
        return good >= LEAST_SHARE * sum(weight for _, weight in told)


def of_bytes(words: Mapping[bytes, int]) -> list[Reading]:
    """The readings of words of a file that is no Unicode."""
    return [_reading(name, words.values(), _texts_of_bytes(list(words), name)) for name in tables.NAMES]


def of_text(words: Mapping[str, int]) -> list[Reading]:
    """The readings of words of Unicode text: as they are, and as the letters of an old font."""
    as_fonts = [_reading(font, words.values(), _texts_of_font(list(words), font)) for font in tables.FONTS]
    return [_reading(UNICODE, words.values(), list(words)), *as_fonts]


def clear_winner(readings: Sequence[Reading]) -> str | None:
    """The encoding that the words speak for, or that all agree on; None where that is not certain."""
    best, *others = sorted(readings, key=lambda reading: -reading.score)
    rivals = [other for other in others if other.texts != best.texts]
    if not rivals:
        return None if None in best.texts else best.name
    certain = best.score - rivals[0].score >= MARGIN and best.is_vietnamese
    return best.name if certain and not any(_contradicts(best, other) for other in rivals) else None


def gain(reading: Reading, other: Reading) -> float:
    """How much likelier than under the other the words are that are syllables under this reading only."""
    pairs = zip(reading.shares, other.shares, strict=True)
    return sum(share - rival for share, rival in pairs if rival <= NO_SYLLABLE < share < 0)


def _contradicts(best: Reading, other: Reading) -> bool:
    """Whether a word that is none under the best is one under the other: a file put together from two encodings."""
    pairs = zip(best.shares, other.shares, strict=True)
    return any(share <= NO_SYLLABLE and SYLLABLE < rival < 0 for share, rival in pairs)


def _reading(name: str, counts: Iterable[int], texts: Sequence[str | None]) -> Reading:
    shares = [NO_SYLLABLE if text is None else float(log_share(text)) for text in texts]
    # A ward's name on every row is no more evidence than on some.
    return Reading(name, texts, shares, [1 + math.log(count) for count in counts])


def _texts_of_bytes(words: Sequence[bytes], name: str) -> list[str | None]:
    def text_of(word: bytes) -> str | None:
        try:
            return decode_whole(word, name)
        except FileRefusedError:
            return None

    return [text_of(word) for word in words]


def _texts_of_font(words: Sequence[str], font: str) -> list[str | None]:
    return [font_text(word, font) for word in words]


# The files of a morning have most of their words in common.
@lru_cache(maxsize=1 << 15)
def font_text(word: str, font: str) -> str | None:
    """What a word typed in an old font says; None where it was not: it has letters that no such font draws."""
    if tables.LATER_LETTERS.intersection(word):
        return None
    try:
        return finished(word, font, is_font=True)
    except FileRefusedError:
        return None
