"""The mails of the day's steps: to whom each goes, and what becomes of mails that are untrue by now."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from vaxtally import db
from vaxtally.outreach import (
    approval,
    cases,
    delivery,
    dispatch,
    escalations,
    ledger,
    notes,
    refused,
    reminders,
    shortfall,
)
from vaxtally.outreach.letter import Asked, Letter, letter
from vaxtally.outreach.summary import Delivery, OutreachSummary
from vaxtally.tally import gaps

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.outreach.cases import Decided, Step
    from vaxtally.outreach.ledger import Draft
    from vaxtally.settings import Settings
    from vaxtally.tally.readings import Unit

# Case and recipient (in lower case) of urgent mails that have not left since an earlier day.
Unurged = frozenset[tuple[int, str]]

# In the order in which they are sent.
KINDS = ("shortfall", "urgent", "correction", "closed", "escalation", "alert")


def remind_units(engine: "Engine", as_of: date, settings: "Settings") -> OutreachSummary:
    """Decide the day for every unit's case, write the mails it calls for, and send what waits.

    One mail a step and address. A reminder goes out once a case: again only when a day is short that the recipient was
    not told of. What is written commits before anything is sent. Raises SettingsError before anything changes.
    """
    delivery.check_settings(settings)
    left = delivery.take_over(engine, settings)
    said: tuple[str, ...] = ()
    written = 0
    with engine.begin() as connection:
        ledger.lock(connection)
        decided = cases.decide(connection, as_of, settings)
        if decided.is_past:
            said = (f"A later day than {as_of} was decided already; nobody is written to about the past",)
        else:
            written = _write(connection, decided, as_of, settings)
    approval.save_letters(engine, settings)
    open_units = [short.unit for short in decided.found if not cases.is_closed(short.unit, as_of)]
    return OutreachSummary(
        kind=shortfall.KIND,
        as_of=as_of,
        written=written,
        delivery=replace(left, undecided=0) + _deliver(engine, as_of, settings, tells=not decided.is_past),
        units_short=len(decided.found),
        units_without_address=tuple(unit.unit_code for unit in open_units if not _addresses(unit, head=False)),
        units_closed=tuple(short.unit.unit_code for short in decided.found if cases.is_closed(short.unit, as_of)),
        notes=said,
    )


def _deliver(engine: "Engine", as_of: date, settings: "Settings", tells: bool) -> Delivery:
    """Send the mails of every step; others of this run were tried already. `tells`: who could not be reached, last."""
    sent = Delivery()
    for kind in KINDS:
        if kind == refused.KIND and tells:
            refused.report(engine, as_of, settings)
        sent += delivery.deliver_queued(engine, settings, kind)
    return sent


def _people(unit: "Unit", head: bool) -> dict[str, str | None]:
    """The usable addresses of the data officer, and of the head, each once, with the name of whoever has it."""
    from vaxtally.outreach.transport import addresses

    people = [(address, unit.data_officer_name) for address in addresses(unit.data_officer_email)[0]]
    if head:
        people += [(address, unit.head_name) for address in addresses(unit.head_email)[0]]
    first = {address.lower(): (address, name) for address, name in reversed(people)}
    return dict(list(first.values())[::-1])


def _addresses(unit: "Unit", head: bool) -> list[str]:
    return list(_people(unit, head))


def _write(connection: "Connection", decided: "Decided", as_of: date, settings: "Settings") -> int:
    """Bring the ledger up to this day; returns the number of new mails."""
    unurged = _close_and_withdraw(connection, decided, as_of)
    for case_id, letter_pdf in dispatch.letters(connection, decided.steps, as_of, settings).items():
        escalations.propose(connection, case_id, as_of, letter_pdf)
    drafts = _drafts(connection, decided.steps, unurged, as_of, settings)
    return sum(ledger.write(connection, draft) for draft in drafts) + approval.tell(connection, as_of, settings)


def _close_and_withdraw(connection: "Connection", decided: "Decided", as_of: date) -> Unurged:
    """Days that are short no longer, and mails that are untrue by now; whose urgent mail has yet to be written anew."""
    short = {(found.unit.unit_code, day.given_on) for found in decided.found for day in found.short_days}
    codes, days = [code for code, _ in short], [day for _, day in short]
    db.run(connection, "outreach/message_day/close", {"as_of": as_of, "unit_codes": codes, "days": days})
    recipients = [
        (step.unit.unit_code, address)
        for step in decided.steps
        if step.kind in ("shortfall", "urgent")
        for address in _addresses(step.unit, head=step.level > 1)
    ]
    values = {"unit_codes": [code for code, _ in recipients], "recipients": [address for _, address in recipients]}
    withdrawn = db.run(connection, "outreach/message/withdraw", values | {"as_of": as_of}).all()
    db.run(connection, "outreach/message/withdraw_dispatches")
    db.run(connection, "outreach/message/withdraw_thanks")
    return frozenset((mail.case_id, mail.recipient) for mail in withdrawn if mail.kind == "urgent")


def _drafts(
    connection: "Connection", steps: Iterable["Step"], unurged: Unurged, as_of: date, settings: "Settings"
) -> Iterator["Draft"]:
    from vaxtally.outreach.transport import sender

    contact = sender(settings)
    yield from _notes(connection, [step for step in steps if step.kind in notes.KINDS], as_of, settings)
    told = ledger.told_days(connection, redirected=settings.mail_mode == "redirect")
    due = [(step, to) for step in _urged_anew(steps, unurged) if (to := _recipients(step, told, unurged))]
    written = letters(connection, [step for step, _ in due], as_of, settings)
    yield from reminders.write_all([_reminder(step, to, written[step.case_id, step.kind], contact) for step, to in due])


def _reminder(step: "Step", to: Iterable[str], letter: Letter, contact: str) -> reminders.Reminder:
    names = _people(step.unit, head=step.kind == "urgent")
    people = {address: names[address] for address in to}
    return reminders.Reminder(letter=letter, kind=step.kind, case_id=step.case_id, people=people, contact=contact)


def letters(
    connection: "Connection", steps: Iterable["Step"], as_of: date, settings: "Settings"
) -> dict[tuple[int, str], Letter]:
    """What the mail of each step with a shortfall says, by case and kind."""
    due = [step for step in steps if step.shortfall]
    codes = sorted({step.unit.unit_code for step in due})
    rows = db.run(connection, "outreach/rejected_upload/list", {"as_of": as_of})
    uploads = {row.unit_code: row.upload_ids for row in rows}
    series = gaps.daily_series_of_units(connection, as_of, codes) if codes else {}
    asked = _asked(connection, [step.case_id for step in due if step.kind == "urgent"], as_of, settings)
    common = {
        "reply_pause_days": settings.reply_pause_days,
        "shrink_share": settings.urge_shrink_share,
    }
    return {
        (step.case_id, step.kind): replace(
            letter(step.shortfall, as_of, uploads.get(step.unit.unit_code, ())),
            opened_on=step.opened_on,
            first_pending=as_of - timedelta(days=settings.policies.of(step.unit.unit_type).grace_days),
            series=series.get(step.unit.unit_code, ()),
            asked=tuple(asked.get(step.case_id, ())),
            next_on=max(cases.next_level_on(step, settings), as_of) if step.kind == "urgent" else as_of,
            **common,
        )
        for step in due
        if step.shortfall
    }


def _asked(connection: "Connection", case_ids: list[int], as_of: date, settings: "Settings") -> dict[int, list[Asked]]:
    found: dict[int, list[Asked]] = {}
    values = {"case_ids": case_ids, "as_of": as_of, "redirected": settings.mail_mode == "redirect"}
    for row in db.run(connection, "outreach/message/asked", values) if case_ids else ():
        found.setdefault(row.case_id, []).append(Asked(row.as_of, row.kind, int(row.missing)))
    return found


def _urged_anew(steps: Iterable["Step"], unurged: Unurged) -> Iterator["Step"]:
    """The steps, and the urgent mail again where it has not left since an earlier day."""
    cases_unurged = {case_id for case_id, _ in unurged}
    for step in steps:
        if step.kind == "shortfall" and step.level == cases.URGED and step.case_id in cases_unurged:
            yield replace(step, kind="urgent", reason="standing")
        yield step


def _recipients(step: "Step", told: dict[tuple[str, str], set[date]], unurged: Unurged) -> list[str]:
    """Whom a step is told: with a reminder, only those who do not know of every day yet."""
    if not step.shortfall:
        return []
    if step.kind == "urgent":
        people = _addresses(step.unit, head=True)
        return people if step.reason == "urged" else [to for to in people if (step.case_id, to.lower()) in unurged]
    if step.kind != "shortfall":
        return []
    days = {day.given_on for day in step.shortfall.short_days}
    code = step.unit.unit_code
    waiting = unurged if step.level == cases.URGED else ()
    return [
        to
        for to in _addresses(step.unit, head=False)
        if days - told.get((code, to.lower()), set()) and (step.case_id, to.lower()) not in waiting
    ]


def _notes(connection: "Connection", steps: Iterable["Step"], as_of: date, settings: "Settings") -> Iterator["Draft"]:
    """Thanks and corrections, to whoever was written to; nothing to a unit that is closed."""
    from vaxtally.outreach.transport import sender

    due = {step.case_id: step for step in steps if not cases.is_closed(step.unit, as_of)}
    values = {"case_ids": list(due), "redirected": settings.mail_mode == "redirect"}
    ended = any(step.kind == "closed" for step in due.values())
    ranked = gaps.rank_units(connection, as_of, settings.policies, settings.mail_not_before) if ended else ()
    left = {place.unit.unit_code: place.totals.shortfall for place in ranked}
    for row in db.run(connection, "outreach/message/told_recipients", values).all():
        step = due[row.case_id]
        draft = notes.write(step, as_of, row.recipient_name, sender(settings), left.get(step.unit.unit_code, 0))
        yield draft.to(row.recipient, row.recipient_name)
