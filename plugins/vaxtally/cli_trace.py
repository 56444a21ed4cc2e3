"""The subcommands about what came of what: `vaxtally trace dose | row`, `vaxtally explain person`."""

import argparse
import json
from typing import Any

from vaxtally.cli_waiting import EXIT_DONE
from vaxtally.settings import Settings


def add_trace(commands: Any) -> None:
    """Add `trace dose` and `trace row`."""
    trace = commands.add_parser("trace", help="from a dose to its file and row, from a row to its dose or its reason")
    actions = trace.add_subparsers(required=True, metavar="what")
    dose = actions.add_parser("dose", help="the file and row of a dose, and all that became of it")
    dose.set_defaults(command=_dose)
    dose.add_argument("dose_id", type=int, metavar="ID")
    dose.add_argument("--names", action="store_true", help="with the file's place, whose name may be a patient's")
    row = actions.add_parser("row", help="what became of a row of a file")
    row.set_defaults(command=_row)
    row.add_argument("upload_id", type=int, metavar="UPLOAD")
    row.add_argument("row_number", type=int, metavar="ROW", help="counted from 1, as in the answer")
    for parser in (dose, row):
        parser.add_argument("--json", action="store_true", help="print JSON")


def add_explain(commands: Any) -> None:
    """Add `explain person`."""
    explain = commands.add_parser("explain", help="why rows are one person")
    actions = explain.add_subparsers(required=True, metavar="what")
    person = actions.add_parser("person", help="the keys, likenesses and decisions that make the person: for reviewers")
    person.set_defaults(command=_explain)
    person.add_argument("person_id", type=int, metavar="ID")
    person.add_argument("--json", action="store_true", help="print JSON")


def _dose(options: argparse.Namespace) -> int:
    from vaxtally import db
    from vaxtally.registry import lineage

    with db.open_registry(Settings.from_environment()) as engine, engine.connect() as connection:
        found = lineage.trace_dose(connection, options.dose_id, options.names)
    print(_json(found) if options.json else "\n".join(_dose_lines(found)))
    return EXIT_DONE


def _row(options: argparse.Namespace) -> int:
    from vaxtally import db
    from vaxtally.registry import lineage

    with db.open_registry(Settings.from_environment()) as engine, engine.connect() as connection:
        found = lineage.trace_row(connection, options.upload_id, options.row_number)
    print(_json(found) if options.json else "\n".join(_row_lines(found)))
    return EXIT_DONE


def _dose_lines(found: dict[str, Any]) -> list[str]:
    lines = [
        f"Dose {_named(found)}, {found['source']}, received {found['received_on']}{_state(found)}",
        f"    from row {found['row_number']} of upload {found['upload_id']}, sent by {found['sender_unit_code']}",
    ]
    if "archive_path" in found:
        lines.append(f"    the file: {found['archive_path']}")
    for change in found["history"]:
        was = f"{change['vaccine']} {change['dose_number']} on {change['given_on']} at {change['unit_code']}"
        moved = ", of another person" if change["was_of_another_person"] else ""
        by = f"row {change['row_number']} of upload {change['upload_id']} ({change['sender_unit_code']})"
        lines.append(f"    {change['changed_on']}  {change['change']} by {by}; before: {was}{moved}")
    return lines


def _row_lines(found: dict[str, Any]) -> list[str]:
    where = f"line {found['line']}" if found["line"] else "as sent"
    lines = [
        f"Row {found['row_number']} of upload {found['upload_id']} ({found['unit_code']}, received"
        f" {found['received_on']}, {where}): {found['outcome']}{', waiting' if found['is_open'] else ''}"
    ]
    lines += [f"    {rule}" for rule in found["rules"]]
    lines += [f"    made dose {_named(dose)}, {dose['source']}{_state(dose)}" for dose in found["doses"]]
    lines += [f"    names dose {dose_id}" for dose_id in found["of_dose_ids"]]
    lines += [f"    {change['changed_on']}  dose {change['dose_id']} {change['change']}" for change in found["changes"]]
    for review in found["reviews"]:
        ended = f" by {review['settled_by']}: {review['decision']}" if review["settled_by"] else ""
        lines.append(f"    review {review['review_id']} since {review['opened_on']}: {review['status']}{ended}")
    if found["closed_by"]:
        lines += ["    its place was taken by", *_row_lines(found["closed_by"])]
    return lines


def _named(dose: dict[str, Any]) -> str:
    return f"{dose['dose_id']}: {dose['vaccine']} {dose['dose_number']} on {dose['given_on']} at {dose['unit_code']}"


def _state(dose: dict[str, Any]) -> str:
    if dose["voided_on"]:
        return f", withdrawn {dose['voided_on']}"
    return f", superseded by dose {dose['superseded_by']}" if dose["superseded_by"] else ""


def _explain(options: argparse.Namespace) -> int:
    from vaxtally import db
    from vaxtally.registry import explain

    with db.open_registry(Settings.from_environment()) as engine, engine.connect() as connection:
        found = explain.explain_person(connection, options.person_id)
    print(_json(found) if options.json else "\n".join(_explained(found)))
    return EXIT_DONE


def _explained(person: dict[str, Any]) -> list[str]:
    lines = [
        f"Person {person['person_id']}: {person['full_name']}, {person['sex']}, born {person['birth_date']}"
        f" ({person['birth_date_precision']}), first in upload {person['created_by_upload_id']}",
        f"    found by name, birth date and {person['phones']} phone{'' if person['phones'] == 1 else 's'}",
    ]
    for number in person["numbers"]:
        trust = "merges with name or birth date" if number["trusted"] else "merges with name and birth date only"
        other = f", sent under {number['other_names']} other names too" if number["other_names"] else ""
        lines.append(f"    {number['kind']} {number['value']}, from upload {number['upload_id']}: {trust}{other}")
    for like in person["likeness"]:
        score = f"{like['score']:.1f} bits" if like["score"] is not None else "a reviewer's word"
        compared = ", ".join(f"{field} {level}" for field, level in (like["levels"] or {}).items())
        is_same = "the same" if like["is_same"] else "not the same"
        lines.append(
            f"    row {like['row_number']} of upload {like['upload_id']}: {is_same} by {like['decided_by']}, {score}"
            f"{f' ({compared})' if compared else ''}"
        )
    if person["merged_into_person_id"]:
        lines.append(f"    merged into person {person['merged_into_person_id']}: whoever its keys name is that one")
    for done in person["decisions"]:
        undone = " (undone)" if done["is_undone"] else ""
        about = f"row {done['row_number']} of upload {done['upload_id']}, review {done['review_id']}"
        if done["merged_person_id"]:
            into = f" and {done['person_id']}" if done["person_id"] else ""
            about = f"persons {done['merged_person_id']}{into}"
        lines.append(
            f"    {done['decided_on']}  {about}: {done['decision']} by {done['decided_by']}: {done['reason']}{undone}"
        )
    for dose in person["doses"]:
        row = f"row {dose['row_number']} of upload {dose['upload_id']}"
        lines.append(f"    {dose_in_words(dose)}, from {row}: {dose['reason']}")
    return lines


def dose_in_words(dose: dict[str, Any]) -> str:
    """A dose in one line, as reviewers see it."""
    met = ", met by the row" if dose.get("is_met") else ""
    gone = f", withdrawn {dose['voided_on']}" if dose["voided_on"] else ""
    source = "" if dose["source"] == "administered" else ", declared"
    return (
        f"dose {dose['dose_id']}: {dose['vaccine']} {dose['dose_number']} on {dose['given_on']}"
        f" at {dose['unit_code']}{source}{gone}{met}"
    )


def _json(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2, default=str)
