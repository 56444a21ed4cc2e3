"""What `vaxtally run` says on the screen."""

import sys
from collections.abc import Callable
from typing import Any

_WITHOUT_ADDRESS = {"receipt": "units to be written to about a file", "shortfall": "units short"}
OUTCOMES = ("loaded", "updated", "voided", "duplicate", "held", "rejected")


def progress(quiet: bool) -> Callable[[str], None]:
    """A function that shows each step on standard error, or nothing."""
    if quiet:
        return lambda step: None
    return lambda step: print(f"· {step} …", file=sys.stderr)


def mail_failed(summary: dict[str, Any]) -> bool:
    """Whether some mail was refused, waits for another attempt, or its delivery has become unknown."""
    names = ("failed", "unknown", "retrying")
    return any(part.get(name, 0) for part in summary["mail"].values() for name in names)


def print_summary(summary: dict[str, Any]) -> None:
    """Print the summary of a run: what came in, what is missing, what was sent, what needs a person."""
    lines = [f"As of {summary['as_of']}"]
    for kind in ("uploads", "reports"):
        lines += _taken_in(kind, summary[kind])
    lines += _replies(summary["replies"])
    lines += _tally(summary["tally"])
    lines += [line for part in summary["mail"].values() for line in _mail(part)]
    lines += _escalations(summary["escalations"])
    lines += [f"! {sentence}" for sentence in _remarks(summary)]
    lines.append(f"Answers to the units lie in {summary['outbox']}")
    print("\n".join(lines))


def _replies(taken: dict[str, int]) -> list[str]:
    if not taken.get("files"):
        return []
    return [f"replies: {taken['replies']:,} in {taken['files']:,} files, {taken['refused']:,} files refused"]


def _taken_in(kind: str, taken: dict[str, Any]) -> list[str]:
    files = ", ".join(f"{count:,} {status}" for status, count in sorted(taken["files"].items()))
    if not files:
        return [f"{kind.capitalize()}: nothing new"]
    rows = taken["rows"]
    outcomes = " · ".join(f"{rows[name]:,} {name}" for name in OUTCOMES if rows.get(name))
    return [f"{kind.capitalize()}: files {files}", f"  {rows['total']:,} rows: {outcomes or 'none'}"]


def _tally(tally: dict[str, Any]) -> list[str]:
    reported, entered = tally["reported"], tally["entered"]
    ratio = f" ({entered / reported:.1%})" if reported else ""
    return [
        f"Doses reported {reported:,}, entered {entered:,}{ratio}; missing {tally['shortfall']:,},"
        f" surplus {tally['surplus']:,}, entered without report {tally['entered_unreported']:,}",
        f"  due and missing: {tally['due_shortfall']:,} in {tally['units_in_shortfall']:,} units",
    ]


def _mail(part: dict[str, Any]) -> list[str]:
    states = {"sent": "sent", "waiting": "queued", "failed": "failed", "unknown": "unknown"}
    said = ", ".join(f"{part[name]:,} {state}" for name, state in states.items() if part[name])
    lines = [f"Mails ({part['kind']}): {said or 'none due'}"]
    without = part["units_without_address"]
    if without and part["kind"] in _WITHOUT_ADDRESS:
        lines.append(f"  {_WITHOUT_ADDRESS[part['kind']]} and without an address: {', '.join(without)}")
    return [*lines, *(f"  {note}" for note in part["notes"])]


def _escalations(waiting: list[dict[str, Any]]) -> list[str]:
    if not waiting:
        return []
    head = f"Urgent dispatches that wait for a decision: {len(waiting)} (vaxtally cases waiting, approve, drop)"
    return [
        head,
        *(
            f"  case {each['case_id']} until {each['deadline']}: {each['missing']:,} missing, {each['unit_code']}"
            f" {each['name']}"
            for each in waiting
        ),
    ]


def _remarks(summary: dict[str, Any]) -> list[str]:
    unit_list = summary["unit_list"]
    remarks = list(summary["errors"])
    if unit_list and unit_list["status"] == "refused":
        remarks.append(f"The unit list was not taken over: {unit_list['reason']}. The last good one stays.")
    if summary["misplaced_files"]:
        remarks.append(
            f"{sum(summary['misplaced_files'].values())} files lie beside the drop folders and are taken in by nobody."
        )
    return remarks
