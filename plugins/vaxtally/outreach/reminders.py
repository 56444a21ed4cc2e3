"""The reminders and urgent mails of a round, written out: those of a whole city by several processes."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import current_process, get_context

from vaxtally.outreach import reply_form, shortfall, urgent
from vaxtally.outreach.ledger import Draft
from vaxtally.outreach.letter import Letter

PROCESSES = 2
# Fewer are written sooner than another process is there to help, which imports for a second or two.
MANY = 150
# Handed to a process at once.
BUNDLE = 10


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """One letter, and who gets it. `people`: names (None: unknown) by address; `contact`: who can be asked."""

    letter: Letter
    kind: str
    case_id: int
    people: dict[str, str | None]
    contact: str


def write_all(reminders: Sequence[Reminder]) -> Iterator[Draft]:
    """The mails of each, in order, one a person."""
    # A daemon, as some executors run tasks in, may have no children.
    if len(reminders) < MANY or current_process().daemon:
        for reminder in reminders:
            yield from write(reminder)
        return
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for drafts in pool.map(write, reminders, chunksize=BUNDLE):
            yield from drafts


def write(reminder: Reminder) -> list[Draft]:
    """The mail to each person; workbook, picture and form are made once."""
    letter = reminder.letter
    enclosed = shortfall.enclosures(letter)
    form = (reply_form.attachment(letter),) if reminder.kind == urgent.KIND else ()
    found = []
    for address, name in reminder.people.items():
        draft = shortfall.write(letter, name, reminder.contact, enclosed, reminder.kind)
        draft = replace(draft, case_id=reminder.case_id, attachments=(*draft.attachments, *form))
        found.append(draft.to(address, name))
    return found
