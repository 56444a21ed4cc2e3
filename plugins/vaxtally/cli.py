"""The command `vaxtally`. Each subcommand is one function; heavy imports stay inside."""

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from vaxtally import cli_cases, cli_mails, cli_report, cli_review, cli_simulate, cli_trace, cli_waiting
from vaxtally.errors import DatabaseUnreachableError, UsageError, VaxtallyError
from vaxtally.place import Place
from vaxtally.settings import LANGUAGES, Settings, read_place

EXIT_DONE = 0
EXIT_NOT_ALL_DONE = 1
EXIT_USAGE = 2
EXIT_MAIL_FAILED = 3
EXIT_NO_DATABASE = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns the contract's exit code and prints errors as sentences."""
    options = _parser().parse_args(arguments)
    _log(logging.INFO if options.verbose else logging.ERROR)
    try:
        return options.command(options)
    except DatabaseUnreachableError as error:
        return _fail(error, EXIT_NO_DATABASE)
    except UsageError as error:
        return _fail(error, EXIT_USAGE)
    except VaxtallyError as error:
        return _fail(error, EXIT_NOT_ALL_DONE)


def _log(level: int) -> None:
    """To standard error. The handler's own level stops libraries that set that of their loggers."""
    handler = logging.StreamHandler()
    handler.setLevel(level)
    logging.basicConfig(level=level, format="%(levelname)s %(message)s", handlers=[handler])


def _fail(error: VaxtallyError, code: int) -> int:
    print(f"vaxtally: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vaxtally", description="Closes the gap between reported and entered doses.")
    parser.add_argument("--verbose", action="store_true", help="show what is done, step by step")
    commands = parser.add_subparsers(required=True, metavar="command")
    run = _command(commands, "run", _run, "take in an inbox, reconcile, send what is due")
    run.add_argument("--inbox", type=_place, help="drop folders (default: VAXTALLY_INBOX)")
    run.add_argument("--outbox", type=_place, help="where answers go (default: VAXTALLY_OUTBOX)")
    run.add_argument("--as-of", type=_day, metavar="YYYY-MM-DD", help="the business date (default: today)")
    run.add_argument("--json", action="store_true", help="print the summary as one JSON object")
    check = _command(commands, "check", _check, "the answer to a file, without loading it")
    check.add_argument("file", type=Path)
    check.add_argument("--unit", required=True, metavar="CODE")
    check.add_argument("--report", action="store_true", help="the file is a statistics report")
    check.add_argument("--as-of", type=_day, metavar="YYYY-MM-DD")
    check.add_argument("--out", type=Path, metavar="DIR", help="write the answer files there, the fix file among them")
    check.add_argument("--json", action="store_true", help="print the summary only, as JSON")
    template = _command(commands, "template", _template, "the Excel template that a unit fills in")
    template.add_argument("--unit", required=True, metavar="CODE")
    template.add_argument("--out", type=Path, required=True, metavar="FILE", help="an .xlsx file")
    template.add_argument("--language", choices=LANGUAGES, help="default: the unit's")
    template.add_argument("--report", action="store_true", help="the template of the statistics report")
    template.add_argument("--reply", action="store_true", help="the form by which a unit answers a reminder")
    cli_waiting.add_quarantine(commands, _day, _place)
    cli_waiting.add_reprocess(commands, _day, _place)
    cli_cases.add_cases(commands, _day)
    cli_cases.add_reply(commands, _day)
    cli_review.add_review(commands, _day, _place)
    cli_trace.add_explain(commands)
    cli_trace.add_trace(commands)
    cli_mails.add_mails(commands)
    cli_report.add_report(commands, _day)
    sample = _command(commands, "sample", _sample, "write a made-up city with its answer key")
    sample.add_argument("--out", type=Path, required=True, metavar="DIR")
    for name, default in (("units", 40), ("rows", 20_000), ("days", 14), ("seed", 1)):
        sample.add_argument(f"--{name}", type=_count, default=default, metavar="N")
    sample.add_argument("--dirty", type=_fraction, default=0.03, metavar="FRACTION")
    cli_simulate.add_simulate(commands)
    demo = _command(commands, "demo", _demo, "a sample city through every DAG on a real Airflow")
    demo.add_argument("--out", type=Path, default=None, metavar="DIR", help="where it leaves what to look at")
    _command(commands, "up", _up, "start the embedded stack with the Airflow UI and leave it running")
    _command(commands, "down", _down, "stop what `up` started")
    return parser


def _command(
    commands: Any, name: str, function: Callable[[argparse.Namespace], int], help_text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help_text, description=help_text)
    parser.set_defaults(command=function)
    return parser


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day as YYYY-MM-DD") from error


def _place(text: str) -> Place:
    try:
        return read_place(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"no place: {error}") from error


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a fraction between 0 and 1")
    return value


def _run(options: argparse.Namespace) -> int:
    from vaxtally import db, oneshot, report

    settings = _settings_for(options)
    with db.open_registry(settings) as engine:
        summary = oneshot.run_once(engine, settings, options.as_of, report.progress(options.json))
    if options.json:
        print(json.dumps(summary, ensure_ascii=False, indent=2))
    else:
        report.print_summary(summary)
    if summary["earlier_as_of"]:
        return _fail(UsageError(summary["errors"][-1]), EXIT_USAGE)
    if summary["errors"]:
        return _fail(VaxtallyError(" ".join(summary["errors"])), EXIT_NOT_ALL_DONE)
    return EXIT_MAIL_FAILED if report.mail_failed(summary) else EXIT_DONE


def _settings_for(options: argparse.Namespace) -> Settings:
    """One shot: what lies there is taken in at once, and the folders may be named on the command line."""
    settings = Settings.from_environment().with_changes(rest_seconds=0.0)
    given = {name: getattr(options, name) for name in ("inbox", "outbox") if getattr(options, name)}
    settings = settings.with_changes(**given)
    if not settings.inbox.is_dir():
        raise UsageError(f"There is no inbox at {settings.inbox}. Name one with --inbox or VAXTALLY_INBOX.")
    return settings


def _check(options: argparse.Namespace) -> int:
    from vaxtally import db
    from vaxtally.clock import RunTime
    from vaxtally.intake import answer
    from vaxtally.intake.check import check_file

    settings = Settings.from_environment()
    kind = "report" if options.report else "upload"
    with db.open_registry(settings) as engine:
        found = check_file(engine, settings, RunTime.now(settings, options.as_of), options.file, options.unit, kind)
    if options.out:
        answer.write_all(found, options.out.absolute(), options.file.name)
    if not options.json:
        print(found.lines.decode("utf-8-sig"), end="")
    print(json.dumps(found.summary, ensure_ascii=False, indent=2))
    return EXIT_DONE


def _template(options: argparse.Namespace) -> int:
    from vaxtally import db
    from vaxtally.intake.template import find_unit, write_template

    settings = Settings.from_environment()
    kind = "report" if options.report else "upload"
    with db.open_registry(settings) as engine:
        unit = find_unit(engine, options.unit)
    if options.reply:
        from vaxtally.outreach import reply_form

        reply_form.write(options.out, unit.code, unit.name, options.language or unit.language)
    else:
        write_template(options.out, unit, kind, options.language or unit.language, settings.campaign_start_on)
    print(options.out)
    return EXIT_DONE


def _sample(options: argparse.Namespace) -> int:
    from vaxtally.sample import write_city

    city = write_city(
        options.out,
        units=options.units,
        rows=options.rows,
        days=options.days,
        seed=options.seed,
        dirty=options.dirty,
    )
    print(city)
    return EXIT_DONE


def _demo(options: argparse.Namespace) -> int:
    from vaxtally import demo, paths

    return demo.main(options.out or paths.ROOT / "demo")


def _up(options: argparse.Namespace) -> int:
    from vaxtally import stack

    return stack.up(Settings.from_environment())


def _down(options: argparse.Namespace) -> int:
    from vaxtally import stack

    return stack.down(Settings.from_environment())


if __name__ == "__main__":
    sys.exit(main())
