"""The subcommands about outreach: `vaxtally cases list | show | waiting | approve | drop` and `vaxtally reply`."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from vaxtally.cli_waiting import EXIT_DONE, EXIT_NOT_ALL_DONE, now, who
from vaxtally.errors import UsageError
from vaxtally.outreach.replies import CODES
from vaxtally.settings import Settings

if TYPE_CHECKING:
    from vaxtally.outreach.escalations import Proposal

EXIT_MAIL_FAILED = 3


def add_cases(commands: Any, day: Callable[[str], date]) -> None:
    """Add `cases` and its subcommands; `day` reads a YYYY-MM-DD."""
    cases = commands.add_parser("cases", help="units' open gaps: list, show, waiting, approve, drop")
    actions = cases.add_subparsers(required=True, metavar="action")
    listing = actions.add_parser("list", help="the open cases, the highest level first")
    listing.set_defaults(command=_list)
    listing.add_argument("--unit", metavar="CODE", help="of one unit only")
    listing.add_argument("--all", action="store_true", help="closed ones too")
    show = actions.add_parser("show", help="all that happened to a case")
    show.set_defaults(command=_show)
    show.add_argument("case_id", type=int, metavar="ID")
    waiting = actions.add_parser("waiting", help="urgent dispatches that wait for a decision, with their letters")
    waiting.set_defaults(command=_waiting)
    for parser in (listing, show, waiting):
        parser.add_argument("--json", action="store_true", help="print JSON")
    approve = actions.add_parser("approve", help="send the dispatches of these cases to the Department")
    drop = actions.add_parser("drop", help="do not send them; their clocks start afresh")
    for parser in (approve, drop):
        parser.set_defaults(command=_decide, approve=parser is approve)
        parser.add_argument("case_ids", nargs="+", type=int, metavar="ID", help="cases, as `waiting` shows them")
        parser.add_argument("--by", metavar="NAME", help="who decides (default: the login name)")
        parser.add_argument("--as-of", type=day, metavar="YYYY-MM-DD", help="the business date (default: today)")


def add_reply(commands: Any, day: Callable[[str], date]) -> None:
    """Add `reply`; `day` reads a YYYY-MM-DD."""
    reply = commands.add_parser("reply", help="record what a unit answered, on the telephone for example")
    reply.set_defaults(command=_reply)
    reply.add_argument("--unit", required=True, metavar="CODE")
    reply.add_argument("--code", required=True, choices=CODES)
    reply.add_argument("--pause-days", type=int, metavar="N", help="working days (default: VAXTALLY_REPLY_PAUSE_DAYS)")
    reply.add_argument("--by", metavar="NAME", help="who records it (default: the login name)")
    reply.add_argument("--as-of", type=day, metavar="YYYY-MM-DD", help="the business date (default: today)")


def _list(options: argparse.Namespace) -> int:
    rows = _rows("outreach/case/list", with_closed=options.all, unit_code=options.unit)
    if options.json:
        print(_json(rows))
    for row in [] if options.json else rows:
        print(
            f"{row['case_id']:>6}  level {row['level']}  {row['state']:<6}  {row['missing']:>7,} missing"
            f"  since {row['opened_on']}  {row['event']} {row['event_on']}  {row['unit_code']} {row['name']}"
            + (f"  answered {row['reply_code']} {row['replied_on']}" if row["reply_code"] else "")
        )
    return EXIT_DONE


def _show(options: argparse.Namespace) -> int:
    rows = _rows("outreach/case_event/list", case_id=options.case_id)
    if not rows:
        raise UsageError(f"There is no case {options.case_id}.")
    if options.json:
        print(_json(rows))
    for row in [] if options.json else rows:
        detail = " ".join(f"{name}={value}" for name, value in row["detail"].items())
        print(
            f"{row['as_of']}  {row['event']:<9}  level {row['level']}  {row['missing']:>7,} missing  {detail}".rstrip()
        )
    return EXIT_DONE


def _waiting(options: argparse.Namespace) -> int:
    from vaxtally import db
    from vaxtally.outreach import approval, escalations

    settings = Settings.from_environment()
    with db.open_registry(settings) as engine:
        paths = approval.save_letters(engine, settings)
        with engine.connect() as connection:
            waiting = escalations.waiting(connection)
    if options.json:
        print(_json([asdict(proposal) for proposal in waiting]))
    else:
        lines = [_line(proposal) for proposal in waiting]
        lines += [f"Letters: {path}" for path in sorted({path.parent for path in paths})]
        print("\n".join(lines) or "Nothing waits.")
    return EXIT_DONE


def _line(proposal: "Proposal") -> str:
    parts = [
        f"{proposal.case_id:>6}",
        f"until {proposal.deadline}",
        f"{proposal.missing:>7,} missing on {proposal.days} days from {proposal.first_day}",
        f"case since {proposal.opened_on}",
        f"{proposal.unit_code} {proposal.name}",
    ]
    if proposal.reply_code:
        parts.append(f"answered {proposal.reply_code} {proposal.replied_on}")
    return "  ".join([*parts, *proposal.contact_problems])


def _decide(options: argparse.Namespace) -> int:
    from vaxtally import db
    from vaxtally.outreach import approval

    settings = Settings.from_environment()
    as_of = now(options, settings).as_of
    chosen = {"approve" if options.approve else "drop": options.case_ids}
    with db.open_registry(settings) as engine:
        decided = approval.decide(engine, settings, as_of, who(options), **({"approve": ()} | chosen))
        sent = approval.deliver(engine, settings) if decided.mails else None
    done = decided.approved if options.approve else decided.dropped
    print(f"{'Approved' if options.approve else 'Dropped'}: {len(done)} of {len(options.case_ids)}.")
    if sent:
        print(f"Mails to the Department: {sent.sent} sent, {sent.waiting} queued, {sent.failed + sent.unknown} failed.")
    for case_id in decided.gone:
        print(f"vaxtally: Case {case_id} waits for no decision (any more).", file=sys.stderr)
    if decided.gone:
        return EXIT_NOT_ALL_DONE
    return EXIT_MAIL_FAILED if sent and (sent.failed or sent.unknown) else EXIT_DONE


def _reply(options: argparse.Namespace) -> int:
    from vaxtally import db
    from vaxtally.outreach import replies

    settings = Settings.from_environment()
    if options.pause_days is not None and options.pause_days < 0:
        raise UsageError("--pause-days must not be below 0.")
    as_of = now(options, settings).as_of
    with db.open_registry(settings) as engine:
        replies.record_call(engine, settings, options.unit, options.code, as_of, who(options), options.pause_days)
    print(f"Recorded: {options.unit} answered {options.code} on {as_of}.")
    return EXIT_DONE


def _rows(statement: str, **values: Any) -> list[dict[str, Any]]:
    from vaxtally import db

    with db.open_registry(Settings.from_environment()) as engine, engine.connect() as connection:
        return [dict(row) for row in db.run(connection, statement, values).mappings()]


def _json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=2, default=str)
