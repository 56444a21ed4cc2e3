"""The words of the mails: phrases of include/mail/<language>.toml, numbers and dates in the locale's form."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import floor
from typing import Any

from vaxtally import paths, reference


@dataclass(frozen=True)
class Words:
    """One language. Made once by `words(language)`."""

    language: str
    phrases: dict[str, Any]

    def __call__(self, key: str, n: int | None = None, **values: object) -> str:
        """The phrase `section.name` filled in; where it has plural forms, `n` chooses one. `n` shows as a number."""
        section, name = key.split(".")
        phrase = self.phrases[section][name]
        if isinstance(phrase, dict):
            phrase = phrase[self._plural(n)]
        if n is not None:
            values = {"n": self.number(n), **values}
        return phrase.format(**values)

    def _plural(self, n: int | None) -> str:
        from babel import Locale

        return Locale(self.language).plural_form(n or 0)

    def number(self, value: int) -> str:
        """1250 → '1.250' or '1,250'."""
        from babel.numbers import format_decimal

        return format_decimal(value, locale=self.language)

    def ratio(self, value: float | None) -> str:
        """0.8345 → '83,4%'. Rounded down, so that only what is complete reads 100 %; none shows as a dash."""
        from babel.numbers import format_percent

        if value is None:
            return "–"
        return format_percent(floor(value * 1000 + 1e-9) / 1000, "#,##0.0%", locale=self.language)

    def full_date(self, day: date) -> str:
        """'05/10/2021' or '5 October 2021'."""
        return self._format_date(day, self.phrases["date"])

    def short_date(self, day: date) -> str:
        """'05/10' or '5 Oct': where the year is plain."""
        return self._format_date(day, self.phrases["day"])

    def _format_date(self, day: date, pattern: str) -> str:
        from babel.dates import format_date

        return format_date(day, pattern, locale=self.language)

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
        return ", ".join(most) + self.phrases["common"]["list_and"] + last if most else last

    def rule(self, code: str) -> str:
        """What a rule says, never naming a value of the row: that may be a person's."""
        return self.phrases["rules"].get(code) or reference.rules()[code].message(self.language)


@cache
def words(language: str) -> Words:
    """The words of `vi` or `en`."""
    text = (paths.MAIL_TEMPLATES / f"{language}.toml").read_text(encoding="utf-8")
    return Words(language, tomllib.loads(text))
