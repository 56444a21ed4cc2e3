"""The subcommands about held rows: `vaxtally review list | show | settle | reopen`; about pairs see cli_pairs."""

import argparse
import json
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from vaxtally.cli_pairs import add_pairs
from vaxtally.cli_trace import dose_in_words
from vaxtally.cli_waiting import EXIT_DONE, now, who
from vaxtally.errors import UsageError
from vaxtally.settings import Settings

if TYPE_CHECKING:
    from vaxtally.clock import RunTime
    from vaxtally.intake.settle import Settled
    from vaxtally.place import Place
    from vaxtally.registry.reviews import Ruling

KEEP = {"this": "keep_this", "other": "keep_other", "both": "keep_both"}
# What a reviewer sees of the row itself, in this order.
SHOWN = (
    "full_name", "sex", "birth_date", "birth_date_precision", "national_id", "second_national_id", "third_national_id",
    "health_insurance_no", "phone", "address", "ward", "district_code", "vaccine", "dose_number", "given_on",
    "lot_number", "record_id",
)  # fmt: skip


def add_review(commands: Any, day: Callable[[str], date], place: "Callable[[str], Place]") -> None:
    """Add `review` and its subcommands; `day` reads a YYYY-MM-DD, `place` a folder or a server's."""
    review = commands.add_parser("review", help="held rows, and persons who may be one")
    actions = review.add_subparsers(required=True, metavar="action")
    listing = actions.add_parser("list", help="the reviews that wait, the longest first")
    listing.set_defaults(command=_list)
    listing.add_argument("--rule", metavar="CODE", help="held by this rule only")
    listing.add_argument("--unit", metavar="CODE", help="sent by, or about, this unit only")
    listing.add_argument("--older-than", type=int, default=-1, metavar="DAYS", help="that have waited longer only")
    show = actions.add_parser("show", help="the row, and whom and what it met: patients' data, for reviewers only")
    show.set_defaults(command=_show)
    settle = actions.add_parser("settle", help="decide what becomes of the row")
    settle.set_defaults(command=_settle)
    ways = settle.add_mutually_exclusive_group(required=True)
    ways.add_argument("--same", type=int, metavar="PERSON", help="it is this candidate")
    ways.add_argument("--different", action="store_true", help="it is somebody new")
    ways.add_argument("--keep", choices=KEEP, help="this row's dose, the other one, or both")
    ways.add_argument("--apply", action="store_true", help="as the unit sent it: a withdrawn dose anew, a correction")
    ways.add_argument("--drop", action="store_true", help="not at all")
    reopen = actions.add_parser("reopen", help="undo what was decided: the row waits again, an un-merge")
    reopen.set_defaults(command=_reopen)
    for parser in (show, settle, reopen):
        parser.add_argument("review_id", type=int, metavar="ID")
    for parser in (settle, reopen):
        parser.add_argument("--reason", required=True, metavar="TEXT")
        parser.add_argument("--by", metavar="NAME", help="who decides (default: the login name)")
        parser.add_argument("--outbox", type=place, help="where answers go (default: VAXTALLY_OUTBOX)")
    for parser in (listing, settle, reopen):
        parser.add_argument("--as-of", type=day, metavar="YYYY-MM-DD", help="the business date (default: today)")
    add_pairs(actions, day, place)
    for parser in (listing, show, settle, reopen):
        parser.add_argument("--json", action="store_true", help="print JSON")


def _list(options: argparse.Namespace) -> int:
    from vaxtally import db

    settings = Settings.from_environment()
    chosen = {
        "as_of": now(options, settings).as_of,
        "rule": options.rule,
        "unit_code": options.unit,
        "older_than": options.older_than,
    }
    with db.open_registry(settings) as engine, engine.connect() as connection:
        waiting = [dict(row) for row in db.run(connection, "registry/review/list", chosen).mappings()]
    if options.json:
        print(_json(waiting))
    else:
        print("\n".join(map(_listed, waiting)) or "No review waits.")
    return EXIT_DONE


def _listed(review: dict[str, Any]) -> str:
    days = review["waiting_days"]
    correction = "  a correction" if review["is_correction"] else ""
    return (
        f"{review['review_id']:>7}  {review['rule']:<29}  waits {days} day{'' if days == 1 else 's'}"
        f"  row {review['row_number']} of upload {review['upload_id']}  {review['sender_unit_code']}{correction}"
    )


def _show(options: argparse.Namespace) -> int:
    from vaxtally import db
    from vaxtally.registry import explain, reviews

    bind = {"review_id": options.review_id}
    with db.open_registry(Settings.from_environment()) as engine, engine.connect() as connection:
        review = reviews.find_review(connection, options.review_id)
        found = db.run(connection, "registry/review/select_candidates", bind).mappings()
        candidates = [{**one, "reasons": explain.reasons(dict(one), review.canonical)} for one in found]
        decisions = db.run(connection, "registry/review_decision/select_of_review", bind).mappings()
        shown = {
            **{name: value for name, value in review._mapping.items() if name != "canonical"},
            "row": {name: review.canonical[name] for name in SHOWN if name in review.canonical},
            "candidates": candidates,
            "decisions": [dict(decision) for decision in decisions],
        }
    print(_json(shown) if options.json else "\n".join(_shown(shown)))
    return EXIT_DONE


def _shown(review: dict[str, Any]) -> list[str]:
    lines = [
        f"Review {review['review_id']}  {review['rule']}  {review['status']}  since {review['opened_on']}",
        f"Row {review['row_number']} of upload {review['upload_id']}, sent by {review['sender_unit_code']}"
        f" for {review['unit_code']}, {review['action']}: {review['outcome']}",
        *(f"    {name}: {value}" for name, value in review["row"].items()),
    ]
    if review["target_dose_id"]:
        lines.append(f"It would change dose {review['target_dose_id']}.")
    for one in review["candidates"]:
        lines += [
            f"Person {one['person_id']}: {one['full_name']}, {one['sex']}, born {one['birth_date']}"
            f" ({one['birth_date_precision']}), phone {one['phone'] or '-'}, {one['ward'] or '-'},"
            f" {one['district_code'] or '-'}",
            f"    numbers: {', '.join(one['numbers']) or '-'}",
            f"    {'; '.join(one['reasons'])}",
            *(f"    {dose_in_words(dose)}" for dose in one["doses"]),
        ]
    for done in review["decisions"]:
        undone = " (undone)" if done["is_undone"] else ""
        lines.append(f"{done['decided_on']}  {done['decision']} by {done['decided_by']}: {done['reason']}{undone}")
    return lines


def _settle(options: argparse.Namespace) -> int:
    from vaxtally.intake import settle

    ruling = _ruling(options)
    return _decide(
        options,
        lambda engine, settings, time, decided: settle.settle(
            engine, settings, time, options.review_id, ruling, decided
        ),
    )


def _reopen(options: argparse.Namespace) -> int:
    from vaxtally.intake import settle

    return _decide(
        options,
        lambda engine, settings, time, decided: settle.reopen(engine, settings, time, options.review_id, decided),
    )


def _ruling(options: argparse.Namespace) -> "Ruling":
    from vaxtally.registry.reviews import Ruling

    if options.same is not None:
        return Ruling("same_person", options.same)
    if options.keep:
        return Ruling(KEEP[options.keep])
    return Ruling("new_person" if options.different else "apply" if options.apply else "drop")


def _decide(options: argparse.Namespace, act: "Callable[..., Settled]") -> int:
    """Decide, compare entered with reported as of that day, and write the answers that have changed."""
    from vaxtally import db, intake, tally
    from vaxtally.registry.reviews import Decided

    if not options.reason.strip():
        raise UsageError("Say why, with --reason TEXT.")
    settings = Settings.from_environment()
    if options.outbox:
        settings = settings.with_changes(outbox=options.outbox)
    time: RunTime = now(options, settings)
    decided = Decided(who(options), options.reason.strip(), time.as_of)
    with db.open_registry(settings) as engine:
        done = act(engine, settings, time, decided)
        with engine.begin() as connection:
            tally.reconcile(connection, time.as_of, settings)
        intake.finish_files(engine, settings)
    print(_json(vars(done)) if options.json else "\n".join(_told(done)))
    return EXIT_DONE


def _told(done: "Settled") -> list[str]:
    held = f", in review {done.held_by}" if done.held_by else ""
    lines = [f"The row of review {done.review_id} is {done.outcome} now{held}."]
    if sum(done.rows.values()) > 1:
        outcomes = " · ".join(f"{count:,} {outcome}" for outcome, count in sorted(done.rows.items()))
        lines.append(f"Judged again with it: {outcomes}")
    if done.followed:
        lines.append(f"Held rows that went their way because of it: {done.followed:,}")
    return lines


def _json(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2, default=str)
