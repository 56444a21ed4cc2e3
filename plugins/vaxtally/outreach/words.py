"""The words of the mails: gettext catalogues of include/mail/locale, numbers and dates in the locale's form."""

import gettext
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from math import floor
from typing import TYPE_CHECKING

from vaxtally import paths, reference

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message


@dataclass(frozen=True)
class Words:
    """One language. Made once by `words(language)`.

    `phrases`: the forms of each message by its id, one form or as many as the language has plurals; `plural` says
    which of them belongs to a number. A message that the catalogue lacks is a KeyError, never its id in a mail.
    """

    language: str
    phrases: Mapping[str, tuple[str, ...]]
    plural: Callable[[int], int]

    def __call__(self, key: str, n: int | None = None, **values: object) -> str:
        """The phrase `section.name` filled in; where it has plural forms, `n` chooses one. `n` shows as a number."""
        forms = self.phrases[key]
        phrase = forms[self.plural(n or 0) if len(forms) > 1 else 0]
        if n is not None:
            values = {"n": self.number(n), **values}
        return phrase.format(**values)

    def number(self, value: int) -> str:
        """1250 → '1.250' or '1,250'."""
        return _number(value, self.language)

    def ratio(self, value: float | None) -> str:
        """0.8345 → '83,4%'. Rounded down, so that only what is complete reads 100 %; none shows as a dash."""
        from babel.numbers import format_percent

        if value is None:
            return "–"
        return format_percent(_per_mille(value) / 1000, "#,##0.0%", locale=self.language)

    def share(self, value: float) -> str:
        """0.95 → '95%': a bound, where there is nothing to round."""
        from babel.numbers import format_percent

        return format_percent(value, "#,##0%", locale=self.language)

    def change(self, value: int) -> str:
        """By how much something grew: '+1.250', '−85', '0'."""
        return f"{'+' if value > 0 else '−' if value else ''}{self.number(abs(value))}"

    def points(self, now: float | None, before: float | None) -> str:
        """By how many percentage points a ratio grew, of what `ratio` shows: '+1,2'; none of one shows as a dash."""
        from babel.numbers import format_decimal

        if now is None or before is None:
            return "–"
        grown = _per_mille(now) - _per_mille(before)
        sign = "+" if grown > 0 else "−" if grown else ""
        return sign + format_decimal(abs(grown) / 10, "#,##0.0", locale=self.language)

    def full_date(self, day: date) -> str:
        """'05/10/2021' or '5 October 2021'."""
        return self._format_date(day, self("date.full"))

    def short_date(self, day: date) -> str:
        """'05/10' or '5 Oct': where the year is plain."""
        return self._format_date(day, self("date.day"))

    def _format_date(self, day: date, pattern: str) -> str:
        return _date(day, pattern, self.language)

    def span(self, days: list[date]) -> str:
        """The first and last of some days: '03/10-05/10/2021'; a single one by itself."""
        first, last = min(days), max(days)
        if first == last:
            return self.full_date(first)
        start = self.short_date(first) if first.year == last.year else self.full_date(first)
        return f"{start} – {self.full_date(last)}"

    def numbers(self, values: list[int]) -> str:
        """Upload numbers in a sentence: '12, 15 and 18'. They are names, so without grouping."""
        *most, last = map(str, values)
        return ", ".join(most) + self("common.list_and") + last if most else last

    def rule(self, code: str) -> str:
        """What a rule says, never naming a value of the row: that may be a person's."""
        forms = self.phrases.get(f"rules.{code}")
        return forms[0] if forms else reference.rules()[code].message(self.language)


# A round of mails says the same numbers and days again and again, and Babel takes 0.1 ms for each.
@lru_cache(maxsize=10_000)
def _number(value: int, language: str) -> str:
    from babel.numbers import format_decimal

    return format_decimal(value, locale=language)


@lru_cache(maxsize=1_000)
def _date(day: date, pattern: str, language: str) -> str:
    from babel.dates import format_date

    return format_date(day, pattern, locale=language)


def _per_mille(ratio: float) -> int:
    return floor(ratio * 1000 + 1e-9)


@cache
def words(language: str) -> Words:
    """The words of `vi` or `en`. Reading a catalogue takes 20 ms, once a process: no compiled file to keep fresh."""
    found = catalogue(language)
    phrases = {name_of(message): forms_of(message) for message in found if message.id}
    return Words(language, phrases, gettext.c2py(found.plural_expr))


def catalogue(language: str) -> "Catalog":
    """The gettext catalogue of a language, as include/mail/locale has it."""
    from babel.messages.pofile import read_po

    with (paths.MAIL_TEMPLATES / "locale" / language / "LC_MESSAGES" / "mail.po").open("rb") as file:
        return read_po(file, locale=language, domain="mail", abort_invalid=True)


def name_of(message: "Message") -> str:
    """The id of a message; one with plural forms has it twice."""
    return message.id if isinstance(message.id, str) else message.id[0]


def forms_of(message: "Message") -> tuple[str, ...]:
    """The forms of a message, one where its number does not matter."""
    return (message.string,) if isinstance(message.string, str) else tuple(str(form) for form in message.string or ())
