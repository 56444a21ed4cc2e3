"""The actions of `vaxtally review` about registered persons who may be one: pairs, merge, apart, part."""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from vaxtally.cli_waiting import EXIT_DONE, now, who
from vaxtally.errors import UsageError
from vaxtally.settings import Settings

if TYPE_CHECKING:
    from vaxtally.clock import RunTime
    from vaxtally.intake.merging import Paired
    from vaxtally.place import Place
    from vaxtally.registry.reviews import Decided


def add_pairs(actions: Any, day: Callable[[str], date], place: "Callable[[str], Place]") -> None:
    """Add the actions to those of `review`; `day` reads a YYYY-MM-DD, `place` a folder or a server's."""
    listing = actions.add_parser("pairs", help="registered persons who may be one, the likeliest first")
    listing.set_defaults(command=_pairs)
    listing.add_argument("--find", action="store_true", help="search the whole registry for them first")
    merge = actions.add_parser("merge", help="two registered persons are one")
    merge.set_defaults(command=_merge)
    merge.add_argument("--keep", choices=("kept", "other", "both"), help="of two doses that cannot both be of one")
    apart = actions.add_parser("apart", help="two registered persons are two: they wait no more")
    apart.set_defaults(command=_apart)
    part = actions.add_parser("part", help="undo a merge: both persons as if never merged")
    part.set_defaults(command=_part)
    for parser in (merge, apart):
        parser.add_argument("person_id", type=int, metavar="PERSON", help="who is kept")
        parser.add_argument("other_person_id", type=int, metavar="OTHER")
    part.add_argument("person_id", type=int, metavar="PERSON", help="who was merged into another one")
    for parser in (merge, apart, part):
        parser.add_argument("--reason", required=True, metavar="TEXT")
        parser.add_argument("--by", metavar="NAME", help="who decides (default: the login name)")
    for parser in (merge, part):
        parser.add_argument("--outbox", type=place, help="where answers go (default: VAXTALLY_OUTBOX)")
    for parser in (listing, merge, apart, part):
        parser.add_argument("--as-of", type=day, metavar="YYYY-MM-DD", help="the business date (default: today)")
        parser.add_argument("--json", action="store_true", help="print JSON")


def _pairs(options: argparse.Namespace) -> int:
    from vaxtally import db
    from vaxtally.intake import merging

    settings = Settings.from_environment()
    as_of = now(options, settings).as_of
    with db.open_registry(settings) as engine:
        if options.find:
            found = merging.find_pairs(engine, as_of, _progress)
            print(f"Pairs that were not known: {found:,}", file=sys.stderr)
        with engine.connect() as connection:
            waiting = [
                dict(pair) for pair in db.run(connection, "registry/person_pair/list", {"as_of": as_of}).mappings()
            ]
    print(_json(waiting) if options.json else "\n".join(map(_listed, waiting)) or "No pair waits.")
    return EXIT_DONE


def _progress(done: int, persons: int) -> None:
    print(f"Compared {done:,} of {persons:,} persons", file=sys.stderr)


def _listed(pair: dict[str, Any]) -> str:
    compared = ", ".join(f"{field} {level}" for field, level in pair["levels"].items())
    return (
        f"Persons {pair['person_id']} and {pair['other_person_id']}  {pair['score']:.1f} bits ({compared})"
        f"  since {pair['found_on']}"
    )


def _merge(options: argparse.Namespace) -> int:
    from vaxtally.intake import merging

    pair = (options.person_id, options.other_person_id)
    return _decide(
        options, lambda engine, settings, time, by: merging.merge(engine, settings, time, pair, options.keep, by)
    )


def _part(options: argparse.Namespace) -> int:
    from vaxtally.intake import merging

    return _decide(
        options, lambda engine, settings, time, by: merging.part(engine, settings, time, options.person_id, by)
    )


def _apart(options: argparse.Namespace) -> int:
    from vaxtally import db
    from vaxtally.intake import merging

    settings, time, decided = _decided(options)
    pair = (options.person_id, options.other_person_id)
    with db.open_registry(settings) as engine:
        merging.keep_apart(engine, time, pair, decided)
    print(_json({"person_ids": pair}) if options.json else f"Persons {pair[0]} and {pair[1]} stay two.")
    return EXIT_DONE


def _decided(options: argparse.Namespace) -> "tuple[Settings, RunTime, Decided]":
    from vaxtally.registry.reviews import Decided

    if not options.reason.strip():
        raise UsageError("Say why, with --reason TEXT.")
    settings = Settings.from_environment()
    time = now(options, settings)
    return settings, time, Decided(who(options), options.reason.strip(), time.as_of)


def _decide(options: argparse.Namespace, act: "Callable[..., Paired]") -> int:
    """Decide, compare entered with reported as of that day, and write the answers that have changed."""
    from vaxtally import db, intake, tally

    settings, time, decided = _decided(options)
    if options.outbox:
        settings = settings.with_changes(outbox=options.outbox)
    with db.open_registry(settings) as engine:
        done = act(engine, settings, time, decided)
        with engine.begin() as connection:
            tally.reconcile(connection, time.as_of, settings)
        intake.finish_files(engine, settings)
    print(_json(vars(done)) if options.json else "\n".join(_told(done, options.command is _part)))
    return EXIT_DONE


def _told(done: "Paired", parted: bool) -> list[str]:
    if parted:
        lines = [f"Person {done.other_person_id} is nobody else any more; person {done.person_id} is as before."]
    else:
        lines = [
            f"Person {done.other_person_id} is person {done.person_id} now. Doses moved: {done.doses_moved},"
            f" of them or of person {done.person_id} withdrawn: {done.doses_withdrawn}"
        ]
    if done.rows:
        outcomes = " · ".join(f"{count:,} {outcome}" for outcome, count in sorted(done.rows.items()))
        lines.append(f"Rows since, asked again who they are and otherwise now: {outcomes}")
    if done.followed:
        lines.append(f"Held rows that went their way because of it: {done.followed:,}")
    return lines


def _json(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2, default=str)
