"""The subcommands about work that waits: `vaxtally quarantine list | retry | discard` and `vaxtally reprocess`."""

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from vaxtally.errors import UsageError
from vaxtally.settings import Settings

if TYPE_CHECKING:
    from vaxtally.clock import RunTime
    from vaxtally.intake.quarantine import Chosen, WaitingUpload
    from vaxtally.intake.reprocess import ReprocessSummary
    from vaxtally.place import Place

EXIT_DONE = 0
EXIT_NOT_ALL_DONE = 1

# What a listing says; the file's name only where it is asked for, since it may be a patient's.
LISTED = (
    "upload_id", "unit_code", "kind", "received_on", "age_days", "rules", "messages", "rows_total", "rules_version",
    "retried_on",
)  # fmt: skip


def add_quarantine(commands: Any, day: Callable[[str], date], place: "Callable[[str], Place]") -> None:
    """Add `quarantine` and its subcommands; `day` reads a YYYY-MM-DD, `place` a folder or a server's."""
    quarantine = commands.add_parser("quarantine", help="refused files that wait: list, retry, discard")
    actions = quarantine.add_subparsers(required=True, metavar="action")
    listing = _action(actions, "list", _list, "every refused file that still waits", day)
    listing.add_argument("--unit", metavar="CODE", help="of one sender only")
    listing.add_argument("--names", action="store_true", help="with the files' names, which may be patients'")
    retry = _action(actions, "retry", _retry, "put files back into the inbox, to be judged afresh by the next run", day)
    retry.add_argument("--inbox", type=place, help="drop folders (default: VAXTALLY_INBOX)")
    discard = _action(actions, "discard", _discard, "wait no longer for files; they are kept until retention ends", day)
    discard.add_argument("--reason", required=True, metavar="TEXT")
    for parser in (retry, discard):
        parser.add_argument("upload_ids", nargs="*", type=int, metavar="ID", help="uploads, as `list` shows them")
        parser.add_argument("--rule", metavar="CODE", help="all that were refused by this rule")
        parser.add_argument("--by", metavar="NAME", help="who decides (default: the login name)")
    retry.add_argument("--all", action="store_true", help="every file that waits")


def _action(
    actions: Any, name: str, function: Callable[[argparse.Namespace], int], help_text: str, day: Callable[[str], date]
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=help_text, description=help_text)
    parser.set_defaults(command=function)
    parser.add_argument("--as-of", type=day, metavar="YYYY-MM-DD", help="the business date (default: today)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def add_reprocess(commands: Any, day: Callable[[str], date], place: "Callable[[str], Place]") -> None:
    """Add `reprocess`; `day` and `place` as above."""
    parser = _action(commands, "reprocess", _reprocess, "judge rejected rows again, from the cells that were kept", day)
    parser.add_argument("--rule", required=True, metavar="CODE", help="the rule that rejected them")
    parser.add_argument("--unit", metavar="CODE", help="of one sender only")
    parser.add_argument("--upload", type=int, metavar="ID", help="of one upload only")
    parser.add_argument("--outbox", type=place, help="where answers go (default: VAXTALLY_OUTBOX)")
    parser.add_argument("--dry-run", action="store_true", help="say what would come of it, and change nothing")


def _list(options: argparse.Namespace) -> int:
    from vaxtally import db
    from vaxtally.intake import quarantine

    settings = Settings.from_environment()
    with db.open_registry(settings) as engine:
        waiting = quarantine.waiting_uploads(engine, now(options, settings).as_of, options.unit)
    if options.json:
        names = (*LISTED, "file_name") if options.names else LISTED
        listed = [{name: value for name, value in asdict(file).items() if name in names} for file in waiting]
        print(json.dumps(listed, ensure_ascii=False, indent=2, default=str))
    else:
        print("\n".join(line for file in waiting for line in _lines(file, options.names)) or "Nothing waits.")
    return EXIT_DONE


def _lines(file: "WaitingUpload", with_name: bool) -> list[str]:
    days = f"{file.age_days} day{'' if file.age_days == 1 else 's'}"
    head = [str(file.upload_id), file.unit_code or "Department", file.kind, f"received {file.received_on} ({days})"]
    if file.rows_total:
        head.append(f"{file.rows_total:,} rows")
    if file.retried_on:
        head.append(f"put back on {file.retried_on}, not taken in yet")
    name = [f"    {file.file_name!r}"] if with_name else []
    said = [f"    {rule}: {message}" for rule, message in zip(file.rules, file.messages, strict=True)]
    return ["  ".join(head), *name, *said]


def _retry(options: argparse.Namespace) -> int:
    from vaxtally import db
    from vaxtally.intake import quarantine

    settings = Settings.from_environment()
    if options.inbox:
        settings = settings.with_changes(inbox=options.inbox)
    if not settings.inbox.is_dir():
        raise UsageError(f"There is no inbox at {settings.inbox}. Name one with --inbox or VAXTALLY_INBOX.")
    chosen = _chosen(options, options.all)
    with db.open_registry(settings) as engine:
        done = quarantine.retry(engine, settings, now(options, settings), chosen, who(options))
    if options.json:
        print(json.dumps([asdict(one) for one in done], indent=2))
    else:
        put_back = sum(one.problem is None for one in done)
        print(f"Put back into the inbox: {put_back} of {len(done)}. The next run judges them afresh.")
    problems = [one for one in done if one.problem]
    for one in problems:
        print(f"vaxtally: Upload {one.upload_id}: {one.problem}.", file=sys.stderr)
    return EXIT_NOT_ALL_DONE if problems else EXIT_DONE


def _discard(options: argparse.Namespace) -> int:
    from vaxtally import db
    from vaxtally.intake import quarantine

    settings = Settings.from_environment()
    chosen = _chosen(options, everything=False)
    with db.open_registry(settings) as engine:
        done = quarantine.discard(engine, now(options, settings), chosen, options.reason, who(options))
    print(json.dumps({"discarded": done}) if options.json else f"Discarded: {len(done)}")
    return EXIT_DONE


def _reprocess(options: argparse.Namespace) -> int:
    from vaxtally import db, intake, tally
    from vaxtally.intake.reprocess import Rejected, reprocess

    settings = Settings.from_environment()
    if options.outbox:
        settings = settings.with_changes(outbox=options.outbox)
    time, rejected = now(options, settings), Rejected(options.rule, options.unit, options.upload)
    with db.open_registry(settings) as engine:
        done = reprocess(engine, settings, time, rejected, options.dry_run)
        if not options.dry_run:
            if done.changed_upload_ids:
                with engine.begin() as connection:
                    tally.reconcile(connection, time.as_of, settings)
            # Also what a command that was killed has left unanswered.
            intake.finish_files(engine, settings)
    if options.json:
        head = {"rule": options.rule, "as_of": time.as_of, "dry_run": options.dry_run}
        print(json.dumps(head | asdict(done), indent=2, default=str))
    else:
        print("\n".join(_told(done, options.dry_run)))
    if done.failed_upload_ids:
        listed = ", ".join(map(str, done.failed_upload_ids))
        print(f"vaxtally: Uploads {listed} could not be judged again and are as they were.", file=sys.stderr)
        return EXIT_NOT_ALL_DONE
    return EXIT_DONE


def _told(done: "ReprocessSummary", dry_run: bool) -> list[str]:
    rows = sum(done.rows.values())
    outcomes = " · ".join(f"{count:,} {outcome}" for outcome, count in sorted(done.rows.items()))
    lines = [f"{rows:,} rows of {done.uploads:,} uploads judged again: {outcomes}" if rows else "No row waits there."]
    if done.rows_revised:
        lines.append(f"{done.rows_revised:,} report lines left alone: a later report has the last word")
    if done.released_upload_ids:
        lines.append(f"Out of quarantine: uploads {', '.join(map(str, done.released_upload_ids))}")
    if dry_run:
        lines.append("Nothing was changed (--dry-run).")
    elif rows:
        lines.append(f"Uploads with a new answer: {len(done.changed_upload_ids):,}")
    return lines


def _chosen(options: argparse.Namespace, everything: bool) -> "Chosen":
    from vaxtally.intake.quarantine import Chosen

    if sum(map(bool, (options.upload_ids, options.rule, everything))) != 1:
        raise UsageError("Say which files: their upload ids, --rule CODE or (of retry) --all; one of them.")
    return Chosen(tuple(options.upload_ids), options.rule)


def who(options: argparse.Namespace) -> str:
    """The login name unless one is given; a container's user may have none."""
    if options.by and options.by.strip():
        return options.by.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise UsageError("Nobody is logged in: say who decides with --by NAME.") from error


def now(options: argparse.Namespace, settings: Settings) -> "RunTime":
    from vaxtally.clock import RunTime

    return RunTime.now(settings, options.as_of)
