"""Cells that name one thing of a list: action, sex, dose number, vaccine, district, province, unit, count."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from vaxtally.reference import declared_vaccine_by_fold, district_by_fold, vaccine_by_fold
from vaxtally.text import fold, unmark

_ACTIONS = {
    **dict.fromkeys(("new", "moi", "them", "themmoi", "nhapmoi", "add"), "new"),
    **dict.fromkeys(("update", "sua", "suadoi", "capnhat", "chinhsua"), "update"),
    **dict.fromkeys(("void", "huy", "huybo", "xoa", "delete"), "void"),
}
_SEXES = {
    **dict.fromkeys(("nam", "m", "male", "namgioi"), "male"),
    **dict.fromkeys(("nu", "f", "female", "nugioi"), "female"),
}
_NUMBER_WORDS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5}
_DOSE = re.compile(
    r"(?:(?:mui|lan|lieu|dose|m)(?: ?(?:tiem|so|thu))*)?[ .:#]*(?:0?([1-5])(?:[.,]0+)?|(mot|hai|ba|bon|tu|nam))"
)
_COUNT = re.compile(r"(-?[0-9]{1,15})(?:[.,]0)?", re.ASCII)
_CITY = frozenset(
    fold(name)
    for name in (
        "79",
        "HCM",
        "HCMC",
        "TPHCM",
        "Hồ Chí Minh",
        "TP Hồ Chí Minh",
        "Thành phố Hồ Chí Minh",
        "Thành phố HCM",
        "Ho Chi Minh City",
        "HCM City",
        "Sài Gòn",
    )
)
_VACCINE_WORD = re.compile(r"^(?:vacxin|vaccine|vaccin|vacin)(?:(?:phong|ngua)*covid(?:19)?)?(?=[a-z])")
_DISTRICT_WORD = re.compile(r"^(?:quan|huyen|q|h)(?=[a-z])")


def action(text: str) -> str | None:
    """new, update or void."""
    return _ACTIONS.get(fold(text))


def sex(text: str) -> str | None:
    """Male or female."""
    return _SEXES.get(fold(text))


@lru_cache(maxsize=4096)
def dose_number(text: str) -> int | None:
    """1 to 5, from '1', '1.0', 'Mũi 1', 'M1', 'Lần 1', 'một' … 'năm'."""
    found = _DOSE.fullmatch(" ".join(unmark(text).split()))
    if not found:
        return None
    return int(found[1]) if found[1] else _NUMBER_WORDS[found[2]]


def vaccine(text: str) -> str | None:
    """The code of a vaccine of the list; 'Vắc xin Pfizer' is read as 'Pfizer'."""
    return _with_or_without(_VACCINE_WORD, fold(text), vaccine_by_fold())


def declared_vaccine(text: str) -> str | None:
    """The code of a vaccine of the list or of another country's."""
    return _with_or_without(_VACCINE_WORD, fold(text), declared_vaccine_by_fold())


@lru_cache(maxsize=4096)
def district(text: str) -> str | None:
    """The code of a district of the city; 'Q. Bình Thạnh' is read as 'Bình Thạnh'."""
    return _with_or_without(_DISTRICT_WORD, fold(text), district_by_fold())


def _with_or_without(word: "re.Pattern[str]", key: str, codes: Mapping[str, str]) -> str | None:
    """What a list holds for a key, or else for the key without the word that says what is listed."""
    return codes.get(key) or codes.get(word.sub("", key))


@lru_cache(maxsize=4096)
def is_city(province: str) -> bool:
    """Whether a province is Ho Chi Minh City."""
    return fold(province) in _CITY


def count(text: str) -> int | None:
    """A whole number, also in float form ('12.0'). '1.234' is none: a thousand or a fraction, nobody knows."""
    found = _COUNT.fullmatch(text)
    return int(found[1]) if found else None


class UnitCodes:
    """Unit codes a cell may name; letters count whichever their case."""

    def __init__(self, codes: Iterable[str]) -> None:
        self._codes = {code.casefold(): code for code in codes}

    def __call__(self, text: str) -> str | None:
        return self._codes.get(text.casefold()) or self._codes.get(text.removesuffix(".0").casefold())
