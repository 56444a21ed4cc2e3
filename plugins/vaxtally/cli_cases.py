"""The subcommands about outreach: `vaxtally cases list | show` and `vaxtally reply`."""

import argparse
import json
from collections.abc import Callable
from datetime import date
from typing import Any

from vaxtally.cli_waiting import EXIT_DONE, now, who
from vaxtally.errors import UsageError
from vaxtally.outreach.replies import CODES
from vaxtally.settings import Settings


def add_cases(commands: Any) -> None:
    """Add `cases list` and `cases show`."""
    cases = commands.add_parser("cases", help="units' open gaps: list, show")
    actions = cases.add_subparsers(required=True, metavar="action")
    listing = actions.add_parser("list", help="the open cases, the highest level first")
    listing.set_defaults(command=_list)
    listing.add_argument("--unit", metavar="CODE", help="of one unit only")
    listing.add_argument("--all", action="store_true", help="closed ones too")
    show = actions.add_parser("show", help="all that happened to a case")
    show.set_defaults(command=_show)
    show.add_argument("case_id", type=int, metavar="ID")
    for parser in (listing, show):
        parser.add_argument("--json", action="store_true", help="print JSON")


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
