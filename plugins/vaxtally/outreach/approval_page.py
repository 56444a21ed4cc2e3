"""The page on which a person approves urgent dispatches: what it asks, its table of units, what can be chosen."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from vaxtally.outreach import approval, escalations
from vaxtally.outreach.words import Words, words

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from vaxtally.outreach.escalations import Proposal
    from vaxtally.settings import Settings

# Units on one page: more than a person reads in one go are asked about page by page.
UNITS_ON_A_PAGE = 25

# Markdown takes a backslash before ASCII punctuation alone; before any other it would show.
_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")


@dataclass(frozen=True)
class Page:
    """What is shown. `options`: the unit codes, and as the last one that none of them is approved."""

    subject: str
    body: str
    options: tuple[str, ...]
    deadline: date

    def time_left(self, now: datetime) -> timedelta:
        """Until the end of the last day of decision, by the business clock."""
        return datetime.combine(self.deadline + timedelta(days=1), time(), tzinfo=now.tzinfo) - now


def pages(engine: "Engine") -> list[list[int]]:
    """The cases that wait, page by page: those of one deadline together, the first to end first."""
    with engine.connect() as connection:
        waiting = sorted(escalations.waiting(connection), key=lambda proposal: proposal.deadline)
    found = []
    for _, group in groupby(waiting, key=lambda proposal: proposal.deadline):
        cases = [proposal.case_id for proposal in group]
        found += [cases[start : start + UNITS_ON_A_PAGE] for start in range(0, len(cases), UNITS_ON_A_PAGE)]
    return found


def page(
    engine: "Engine", settings: "Settings", case_ids: Sequence[int], letters_url: str | None = None
) -> Page | None:
    """The page for those of these cases that wait still; None where none does.

    `letters_url`: where a letter is read, with the case's id below it.
    """
    with engine.connect() as connection:
        waiting = escalations.waiting(connection, case_ids)
        letters = escalations.letters(connection, case_ids)
    if not waiting:
        return None
    t = words(settings.digest_language)
    files = {letter.case_id: approval.letter_path(settings, letter) for letter in letters}
    deadline = t.full_date(waiting[0].deadline)
    return Page(
        subject=t("approval.subject", n=len(waiting), deadline=deadline),
        body=_body(t, waiting, files, deadline, letters_url),
        options=(*(proposal.unit_code for proposal in waiting), none_of_them(settings)),
        deadline=waiting[0].deadline,
    )


def none_of_them(settings: "Settings") -> str:
    """The option that approves no unit."""
    return words(settings.digest_language)("approval.none")


def chosen(
    engine: "Engine", settings: "Settings", case_ids: Sequence[int], options: Sequence[str]
) -> tuple[list[int], list[int]]:
    """The cases to approve and to drop. Who chose a unit and none of them besides has not approved it."""
    with engine.connect() as connection:
        waiting = escalations.waiting(connection, case_ids)
    wanted = set() if none_of_them(settings) in options else set(options)
    approve = [proposal.case_id for proposal in waiting if proposal.unit_code in wanted]
    return approve, [proposal.case_id for proposal in waiting if proposal.case_id not in approve]


def _body(
    t: Words, waiting: "Sequence[Proposal]", files: "dict[int, Path]", deadline: str, letters_url: str | None
) -> str:
    columns = ("unit", "name", "missing", "days", "since", "opened", "reply", "contact", "letter")
    heads = [t(f"approval.column_{column}") for column in columns]
    rows = [_row(t, proposal, files.get(proposal.case_id), letters_url) for proposal in waiting]
    table = [heads, ["---", "---", "--:", "--:", *["---"] * 5], *rows]
    folders = sorted({str(path.parent) for path in files.values()})
    return "\n\n".join(
        [
            t("approval.ask", none=t("approval.none"), deadline=deadline),
            "\n".join(f"| {' | '.join(cells)} |" for cells in table),
            t("approval.folder", folder=", ".join(f"`{folder}`" for folder in folders)),
        ]
    )


def _row(t: Words, proposal: "Proposal", file: "Path | None", letters_url: str | None) -> list[str]:
    answered = "–"
    if proposal.reply_code and proposal.replied_on:
        answered = f"{t(f'reply.{proposal.reply_code}')}, {t.full_date(proposal.replied_on)}"
    letter = plain(file.name) if file else "–"
    if file and letters_url:
        letter = f"[{letter}]({letters_url}/{proposal.case_id})"
    problems = ", ".join(t(f"approval.contact_{problem}") for problem in proposal.contact_problems)
    return [
        plain(proposal.unit_code),
        plain(proposal.name),
        t.number(proposal.missing),
        t.number(proposal.days),
        t.full_date(proposal.first_day),
        t.full_date(proposal.opened_on),
        answered,
        problems or "–",
        letter,
    ]


def plain(text: str) -> str:
    """A text that means nothing to Markdown."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
