"""How likely a word is in Vietnamese. The strongest test: a syllable is onset + rhyme + tone, and few letters fit."""

import math
import re
import unicodedata
from functools import cache, lru_cache

from vaxtally.intake.read.encodings.frequent import COMMON, MOST_COMMON
from vaxtally.intake.read.encodings.tables import SMALL, TONES

# Natural logarithms of the shares of a word among those with diacritics in the lists that units send. Rough on purpose:
# what decides is the distance between the classes.
MOST_COMMON_WORD = math.log(1 / 100)
COMMON_WORD = math.log(1 / 1_000)
SYLLABLE = math.log(1 / 50_000)
# '½', '°': what stands for itself in one encoding may be a word in another.
SIGNS = SYLLABLE
# No syllable: a foreign word, a slip of the hand, or another encoding's text.
NO_SYLLABLE = math.log(1 / 100_000_000)

_ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_RHYMES = """
a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep et ê
êch êm ên êng ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu o oa oac oach oai oam oan
oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông
ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt uơ up ut uy
uya uych uyên uyêt uynh uyp uyt uyu ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêng
yêt yêu
"""
_MARKED = "ăâêôơư"
_VOWELS = "aeiouy" + _MARKED
_FRONT = tuple("eêiy")
# k stands before other vowels in place names of the highlands.
_ONLY_BACK, _ONLY_FRONT = ("c", "ng", "g"), ("gh", "ngh", "k")
# 'y' alone is the rhyme of few onsets; 'qu' takes it with a coda too.
_BEFORE_Y = ("", "h", "k", "l", "m", "n", "s", "t", "th", "v", "d", "qu")
_ONLY_AFTER_QU = ("yn", "ynh", "yt", "ych", "yp")
_AFTER_QU = (*_ONLY_AFTER_QU, "yên", "yêt")
# Also 'HọTên': a capital after a small letter begins a word.
_BETWEEN = re.compile(rf"[\s\xa0/+&–—‘’“”'\"-]+|(?<=[a-z{SMALL}])(?=[A-Z{SMALL.upper()}])")
# Not the signs of Latin-1: '«' is a letter in TCVN3.
_ROUND = " .,:;!?()[]…‘’“”'\"•"


# The files of a morning have most of their words in common.
@lru_cache(maxsize=1 << 15)
def log_share(word: str) -> float:
    """The logarithm of a word's share; 0 for one without a letter beyond ASCII."""
    return sum(map(_log_share, _BETWEEN.split(word))) if not word.isascii() else 0.0


def _log_share(piece: str) -> float:
    syllable = piece.strip(_ROUND).lower()
    if syllable.isascii():
        return 0.0
    if not any(map(str.isalpha, syllable)):
        return SIGNS
    if syllable in most_common():
        return MOST_COMMON_WORD
    if syllable in common():
        return COMMON_WORD
    return SYLLABLE if syllable in syllables() else NO_SYLLABLE


@cache
def most_common() -> frozenset[str]:
    """Words that nearly every list holds."""
    return frozenset(MOST_COMMON.split())


@cache
def common() -> frozenset[str]:
    """Words of names, places and of the notes in such lists."""
    return frozenset(COMMON.split())


@cache
def syllables() -> frozenset[str]:
    """Every syllable that Vietnamese spelling allows, small letters, the tone in its old or its new place."""
    toned = {rhyme: _toned(rhyme) for rhyme in (*_RHYMES.split(), *_AFTER_QU)}
    return frozenset(
        onset + form
        for onset in ("", *_ONSETS.split())
        for rhyme, forms in toned.items()
        if _fit(onset, rhyme)
        for form in forms
    )


def _fit(onset: str, rhyme: str) -> bool:
    """Whether spelling allows the rhyme after the onset."""
    is_front = rhyme.startswith(_FRONT)
    if onset == "qu":
        return rhyme in _AFTER_QU or rhyme[0] in "aăâeêioôơy"
    if rhyme[0] == "y":
        return (onset == "" and rhyme not in _ONLY_AFTER_QU) or (rhyme == "y" and onset in _BEFORE_Y)
    if onset in _ONLY_BACK:
        return not is_front or (onset == "g" and rhyme[0] == "i")
    if onset in _ONLY_FRONT:
        return is_front or (onset == "k" and rhyme in ("on", "ong", "ông", "ơ"))
    return True


def _toned(rhyme: str) -> set[str]:
    """The rhyme under no tone and each that it may bear: before a stop consonant, only acute and dot."""
    tones = "\u0301\u0323" if rhyme.endswith(("c", "ch", "p", "t")) else TONES
    return {rhyme} | {
        unicodedata.normalize("NFC", rhyme[: place + 1] + tone + rhyme[place + 1 :])
        for place in _places(rhyme)
        for tone in tones
    }


def _places(rhyme: str) -> tuple[int, ...]:
    """Which vowels may carry the tone."""
    vowels = [place for place, letter in enumerate(rhyme) if letter in _VOWELS]
    marked = [place for place in vowels if rhyme[place] in _MARKED]
    if marked:
        return (marked[-1],)
    if len(vowels) == 1 or len(vowels) < len(rhyme):
        return (vowels[-1],)
    if len(vowels) == 3:
        return (1,)
    return (0, 1) if rhyme in ("oa", "oe", "uy") else (0,)
