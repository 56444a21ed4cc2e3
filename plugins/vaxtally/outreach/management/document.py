"""The weekly report as a document: what page, PDF and mail are all made from.

What stands in a cell is final text, numbers and dates in the locale's form, so that the three cannot differ.
"""

from dataclasses import dataclass
from datetime import date

from vaxtally.outreach.management.drawing import Picture


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One of the large numbers at the top; `note` says what it was a week ago."""

    label: str
    value: str
    note: str
    tone: str = "ink"


@dataclass(frozen=True, kw_only=True)
class Table:
    """`headings`: of each column the text, and `left` or `right`. `hidden`: lines that were cut off, `more` says so."""

    title: str | None
    headings: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]
    hidden: int = 0
    more: str | None = None


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading with what belongs to it."""

    name: str
    title: str
    lead: str
    picture: Picture | None = None
    tables: tuple[Table, ...] = ()

    @property
    def has_news(self) -> bool:
        """False where the lead says that there is nothing."""
        return bool(self.tables or self.picture)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The whole report in one language."""

    language: str
    as_of: date
    office: str
    programme: str
    title: str
    period: str
    lead: str
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    method: str
