"""What `vaxtally run` says on the screen."""

import sys
from collections.abc import Callable
from typing import Any

OUTCOMES = ("loaded", "updated", "voided", "duplicate", "held", "rejected")


def progress(quiet: bool) -> Callable[[str], None]:
    """A function that shows each step on standard error, or nothing."""
    if quiet:
        return lambda step: None
    return lambda step: print(f"· {step} …", file=sys.stderr)


def mail_failed(summary: dict[str, Any]) -> bool:
    """Whether some mail of the run was refused or its delivery is unknown."""
    return any(part.get("failed", 0) or part.get("unknown", 0) for part in summary["mail"].values())


def print_summary(summary: dict[str, Any]) -> None:
    """Print the summary of a run as tables."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    files = Table("", "files", "rows", *OUTCOMES, title=f"Taken in, as of {summary['as_of']}", title_justify="left")
    for kind in ("uploads", "reports"):
        taken = summary[kind]
        states = ", ".join(f"{count} {status}" for status, count in sorted(taken["files"].items())) or "none"
        rows = taken["rows"]
        files.add_row(kind, states, _number(rows.get("total", 0)), *(_number(rows.get(name, 0)) for name in OUTCOMES))
    console.print(files)
    tally = Table(title="Entered against reported", title_justify="left", show_header=False)
    for name, value in summary["tally"].items():
        tally.add_row(name.replace("_", " "), _number(value))
    console.print(tally)
    mail = Table(title="Mail", title_justify="left", show_header=False)
    for part, numbers in summary["mail"].items():
        for name, value in numbers.items():
            if value:
                mail.add_row(part, name.replace("_", " "), _number(value))
    if mail.row_count:
        console.print(mail)
    for sentence in _remarks(summary):
        console.print(f"[bold]•[/bold] {sentence}")
    console.print(f"Answers to the units lie in {summary['outbox']}", soft_wrap=True)


def _remarks(summary: dict[str, Any]) -> list[str]:
    unit_list = summary["unit_list"]
    remarks = list(summary["errors"])
    if unit_list and unit_list["status"] == "refused":
        remarks.append(f"The unit list was not taken over: {unit_list['reason']}. The last good one stays.")
    if summary["misplaced_files"]:
        remarks.append(f"Files beside the drop folders, taken in by nobody: {len(summary['misplaced_files'])}")
    return remarks


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
