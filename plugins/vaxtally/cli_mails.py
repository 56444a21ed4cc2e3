"""The subcommand `vaxtally mails`: list, resend, settle, send."""

import argparse
import json
from collections.abc import Callable
from typing import Any

from vaxtally.cli_waiting import EXIT_DONE, who
from vaxtally.outreach.outbox import OPEN_STATUSES, STATUSES
from vaxtally.settings import Settings

EXIT_MAIL_FAILED = 3


def add_mails(commands: Any) -> None:
    """Add `mails` and its subcommands."""
    mails = commands.add_parser("mails", help="the outbox: list, resend, settle, send")
    actions = mails.add_subparsers(required=True, metavar="action")
    listing = _action(actions, "list", _list, "mails that wait, failed, or whose delivery is unknown")
    listing.add_argument("--status", choices=STATUSES, action="append", help="of this status only; may be repeated")
    listing.add_argument("--unit", metavar="CODE", help="of one unit only")
    resend = _action(actions, "resend", _resend, "send mails again that failed or are unknown; they may arrive twice")
    settle = _action(actions, "settle", _settle, "say what became of mails that failed or are unknown")
    resend.add_argument("message_ids", nargs="+", type=int, metavar="ID", help="as `list` shows them")
    settle.add_argument("message_ids", nargs="+", type=int, metavar="ID", help="as `list` shows them")
    settle.add_argument("decision", choices=("sent", "drop"), help="sent: it arrived; drop: leave it at that")
    for parser in (resend, settle):
        parser.add_argument("--by", metavar="NAME", help="who decides (default: the login name)")
    send = _action(actions, "send", _send, "send whatever is due now")
    for parser in (listing, send):
        parser.add_argument("--json", action="store_true", help="print JSON")


def _action(
    actions: Any, name: str, function: Callable[[argparse.Namespace], int], help_text: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=help_text, description=help_text)
    parser.set_defaults(command=function)
    return parser


def _list(options: argparse.Namespace) -> int:
    from vaxtally import db
    from vaxtally.outreach import outbox

    with db.open_registry(Settings.from_environment()) as engine, engine.connect() as connection:
        mails = outbox.listed(connection, options.status or OPEN_STATUSES, options.unit)
    if options.json:
        print(json.dumps(mails, ensure_ascii=False, indent=2, default=str))
    else:
        print("\n".join(line for mail in mails for line in _lines(mail)) or "There is no such mail.")
    return EXIT_DONE


def _lines(mail: dict[str, Any]) -> list[str]:
    state = mail["status"]
    if mail["status"] == "failed":
        state += f", next try {mail['next_attempt_at']:%Y-%m-%d %H:%M}" if mail["next_attempt_at"] else ", given up"
    about = f"{mail['kind']} of {mail['as_of']}" + (f", {mail['unit_code']}" if mail["unit_code"] else "")
    lines = [f"{mail['message_id']:>6}  {state}  {about}  to {mail['recipient']}  attempts {mail['attempts']}"]
    return [*lines, f"        {mail['last_error']}"] if mail["last_error"] else lines


def _resend(options: argparse.Namespace) -> int:
    return _decide(options, "resend", "Queued; the next run sends them")


def _settle(options: argparse.Namespace) -> int:
    return _decide(options, options.decision, f"Settled as {options.decision}")


def _decide(options: argparse.Namespace, decision: str, done: str) -> int:
    from vaxtally import db
    from vaxtally.outreach import outbox

    with db.open_registry(Settings.from_environment()) as engine:
        outbox.decide(engine, options.message_ids, decision, who(options))
    print(f"{done}: {', '.join(map(str, options.message_ids))}.")
    return EXIT_DONE


def _send(options: argparse.Namespace) -> int:
    from vaxtally import db, outreach

    settings = Settings.from_environment()
    with db.open_registry(settings) as engine:
        delivery = outreach.deliver_queued(engine, settings)
    if options.json:
        print(json.dumps(delivery.as_dict(), ensure_ascii=False, indent=2))
    else:
        print(f"{delivery.sent:,} sent, {delivery.failed:,} failed, {delivery.unknown:,} unknown")
        print(*delivery.as_dict()["notes"], sep="\n")
    return EXIT_MAIL_FAILED if delivery.failed or delivery.unknown or delivery.retrying else EXIT_DONE
