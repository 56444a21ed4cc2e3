"""The subcommand `vaxtally simulate`."""

import argparse
import sys
from pathlib import Path
from typing import Any

from vaxtally.errors import UsageError
from vaxtally.settings import Settings

EXIT_DONE = 0


def add_simulate(commands: Any) -> None:
    """Add `simulate`."""
    from vaxtally.simulate.scenario import Scenario

    plain = Scenario()
    help_text = "play a made-up city with and without escalation, and show what comes of it"
    parser = commands.add_parser("simulate", help=help_text, description=help_text)
    parser.set_defaults(command=_simulate)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where simulation.csv and .png go")
    for name in ("units", "days", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(plain, name), metavar="N")
    parser.add_argument(
        "--answer",
        nargs="+",
        type=_answer,
        default=[],
        metavar="LEVEL=P",
        help="how likely a level moves a unit to enter what is missing, as 1=0.35 2=0.5 3=0.8",
    )


def _answer(text: str) -> tuple[int, float]:
    level, _, share = text.partition("=")
    try:
        return int(level), float(share)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no LEVEL=P, such as 1=0.35") from error


def _simulate(options: argparse.Namespace) -> int:
    from vaxtally.simulate import outcome, picture
    from vaxtally.simulate.scenario import Scenario

    try:
        scenario = Scenario(
            units=options.units,
            days=options.days,
            seed=options.seed,
            answer=dict(Scenario().answer) | dict(options.answer),
        )
    except ValueError as error:
        raise UsageError(f"This cannot be played: {error}.") from error
    options.out.mkdir(parents=True, exist_ok=True)
    found = outcome.simulate(Settings.from_environment(), scenario, lambda step: print(step, file=sys.stderr))
    outcome.write_csv(options.out / outcome.CSV_NAME, found)
    picture.draw(options.out / outcome.PICTURE_NAME, found, scenario)
    print(outcome.table(found))
    return EXIT_DONE
