"""The subcommand `vaxtally report`: the weekly report as files, of any day, without a mail."""

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from vaxtally.cli_waiting import EXIT_DONE, now
from vaxtally.settings import LANGUAGES, Settings


def add_report(commands: Any, day: Callable[[str], date]) -> None:
    """Add `report`; `day` reads a YYYY-MM-DD."""
    report = commands.add_parser("report", help="write the weekly report to the management, as HTML and PDF")
    report.set_defaults(command=_report)
    report.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder that it is written to")
    report.add_argument("--as-of", type=day, metavar="YYYY-MM-DD", help="the week's last day (default: today)")
    report.add_argument("--language", choices=LANGUAGES, help="default: VAXTALLY_DIGEST_LANGUAGE")


def _report(options: argparse.Namespace) -> int:
    from vaxtally import db, tally
    from vaxtally.outreach.management import files, report, week

    settings = Settings.from_environment()
    as_of = now(options, settings).as_of
    with db.open_registry(settings) as engine, engine.begin() as connection:
        tally.reconcile(connection, as_of, settings)
        found = week.read(connection, as_of, settings)
    for path in files.write(options.out.absolute(), report.tell(found, options.language or settings.digest_language)):
        print(path)
    return EXIT_DONE
