"""`vaxtally run`: one pass over an inbox through the same functions that the DAGs call."""

import logging
from dataclasses import asdict, is_dataclass
from datetime import date
from time import perf_counter
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.clock import RunTime
from vaxtally.errors import EarlierAsOfError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from vaxtally.settings import Settings

log = logging.getLogger(__name__)

# Reports first: a run's reconciliation sees both, and a report is the smaller work.
KINDS = ("report", "upload")
Progress = "Callable[[str], None]"


def run_once(
    engine: "Engine", settings: "Settings", as_of: date | None = None, progress: Progress = lambda step: None
) -> dict[str, Any]:
    """Take in what waits, reconcile, send what is due; the summary is ready for JSON.

    `summary["errors"]` names, in sentences, what was not done. Raises the typed errors of vaxtally.errors.
    """
    run_time = RunTime.now(settings, as_of)
    summary: dict[str, Any] = {"as_of": run_time.as_of, "inbox": settings.inbox, "outbox": settings.outbox}
    errors: list[str] = []
    seconds: dict[str, float] = {}
    progress("Taking in files")
    earlier = not _ingest(engine, settings, run_time, errors, seconds, progress)
    summary |= _taken_in(engine, settings, run_time)
    progress("Comparing entered with reported")
    summary["tally"] = _timed(seconds, "reconcile", lambda: _reconcile(engine, settings, run_time, earlier))
    progress("Sending what is due")
    summary["mail"] = {} if earlier else _timed(seconds, "outreach", lambda: _send(engine, settings, run_time))
    summary |= {"earlier_as_of": earlier, "errors": errors, "seconds": seconds}
    return _plain(summary)


def _ingest(
    engine: "Engine",
    settings: "Settings",
    run_time: RunTime,
    errors: list[str],
    seconds: dict[str, float],
    progress: Any,
) -> bool:
    """Take in both kinds; False where the run's as-of is too early for that."""
    from vaxtally import intake

    intake.finish_files(engine, settings)
    for kind in KINDS:
        try:
            shards = _timed(
                seconds, f"{kind}_plan", lambda kind=kind: intake.plan_files(engine, settings, run_time, kind)
            )
        except EarlierAsOfError as error:
            errors.append(str(error))
            return False
        if shards:
            progress(f"Reading and judging the {kind} files")
            _timed(seconds, f"{kind}_stage", lambda shards=shards: _stage(engine, settings, shards))
            progress(f"Applying the {kind} files")
            applied = _timed(
                seconds, f"{kind}_apply", lambda kind=kind: intake.apply_staged(engine, settings, run_time, kind)
            )
            errors += [f"Upload {upload_id} could not be applied." for upload_id in applied.failed_upload_ids]
            _timed(seconds, f"{kind}_finish", lambda: intake.finish_files(engine, settings))
    return True


def _stage(engine: "Engine", settings: "Settings", shards: list[int]) -> None:
    from vaxtally import intake

    for shard in shards:
        intake.stage_and_judge(engine, settings, shard)


def _taken_in(engine: "Engine", settings: "Settings", run_time: RunTime) -> dict[str, Any]:
    from vaxtally.intake.discover import misplaced_files

    assert settings.inbox is not None
    with engine.connect() as connection:
        unit_list = db.run(connection, "reference/unit_list/select_last").mappings().one_or_none()
        totals = db.run(
            connection, "intake/upload/select_run_totals", {"processed_at": run_time.processed_at}
        ).mappings()
        by_kind: dict[str, Any] = {kind: {"files": {}, "rows": {}} for kind in KINDS}
        for row in totals:
            target = by_kind[row["kind"]]
            target["files"][row["status"]] = row["files"]
            for name, value in row.items():
                if name.startswith("rows_"):
                    outcome = name.removeprefix("rows_")
                    target["rows"][outcome] = target["rows"].get(outcome, 0) + int(value)
    return {
        "unit_list": dict(unit_list) if unit_list else None,
        "uploads": by_kind["upload"],
        "reports": by_kind["report"],
        "misplaced_files": misplaced_files(settings.inbox),
    }


def _reconcile(engine: "Engine", settings: "Settings", run_time: RunTime, earlier: bool) -> Any:
    from vaxtally import tally

    with engine.begin() as connection:
        return tally.reconcile(connection, run_time.as_of, settings)


def _send(engine: "Engine", settings: "Settings", run_time: RunTime) -> dict[str, Any]:
    from vaxtally import outreach

    return {
        "units": outreach.remind_units(engine, run_time.as_of, settings),
        "digest": outreach.send_digest(engine, run_time.as_of, settings),
    }


def _timed(seconds: dict[str, float], name: str, step: "Callable[[], Any]") -> Any:
    started = perf_counter()
    result = step()
    seconds[name] = round(seconds.get(name, 0.0) + perf_counter() - started, 3)
    return result


def _plain(value: Any) -> Any:
    """Only what JSON holds: dataclasses and mappings as objects, dates and paths as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
