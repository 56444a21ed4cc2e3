"""`vaxtally run`: one pass over an inbox through the same functions that the DAGs call."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.clock import RunTime
from vaxtally.errors import EarlierAsOfError, UnfinishedError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from vaxtally.settings import Settings

# Reports first: a run's reconciliation sees both, and a report is the smaller work.
KINDS = ("report", "upload")


def run_once(
    engine: "Engine",
    settings: "Settings",
    as_of: date | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> dict[str, Any]:
    """Take in what waits, reconcile, send what is due; the summary is ready for JSON.

    `summary["errors"]` names, in sentences, what was not done. Raises the typed errors of vaxtally.errors; what is
    wrong with the mail settings is said before anything is taken in.
    """
    from vaxtally.outreach import delivery

    delivery.check_settings(settings)
    run = _Run(engine, settings, RunTime.now(settings, as_of), progress)
    earlier_as_of = not run.ingest()
    summary = {
        "as_of": run.run_time.as_of,
        "inbox": settings.inbox,
        "outbox": settings.outbox,
        **run.taken_in(),
        "replies": {} if earlier_as_of else run.replies(),
        "tally": run.reconcile(),
        "mail": {} if earlier_as_of else run.send(),
        "escalations": run.escalations(),
        "earlier_as_of": earlier_as_of,
        "errors": run.errors,
        "seconds": run.seconds,
    }
    return _plain(summary)


@dataclass
class _Run:
    engine: "Engine"
    settings: "Settings"
    run_time: RunTime
    progress: Callable[[str], None]
    errors: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def ingest(self) -> bool:
        """Take in both kinds; False where the run's as-of is too early for that."""
        from vaxtally import intake

        self.progress("Looking for files")
        self._finish()
        for kind in KINDS:
            try:
                shards = self._timed(f"{kind}_plan", intake.plan_files, self.engine, self.settings, self.run_time, kind)
            except EarlierAsOfError as error:
                self.errors.append(str(error))
                return False
            if shards:
                self._ingest_kind(kind, shards)
        return True

    def _ingest_kind(self, kind: str, shards: list[int]) -> None:
        from vaxtally import intake

        self.progress(f"Reading and judging the {kind} files")
        self._timed(f"{kind}_stage", self._stage, shards)
        self.progress(f"Applying the {kind} files")
        arguments = (self.engine, self.settings, self.run_time, kind, shards)
        applied = self._timed(f"{kind}_apply", intake.apply_staged, *arguments)
        self.errors += [f"Upload {upload_id} could not be applied." for upload_id in applied.failed_upload_ids]
        self._finish()

    def _stage(self, shards: list[int]) -> None:
        """One shard here; several side by side, each in a process of its own, as Airflow's mapped tasks are."""
        from vaxtally import intake

        if len(shards) == 1:
            intake.stage_and_judge(self.engine, self.settings, shards[0])
            return
        url = self.engine.url.render_as_string(hide_password=False)
        with ProcessPoolExecutor(len(shards), mp_context=get_context("spawn")) as pool:
            for _ in pool.map(_stage_shard, [url] * len(shards), [self.settings] * len(shards), shards):
                pass

    def _finish(self) -> None:
        from vaxtally import intake

        try:
            self._timed("finish", intake.finish_files, self.engine, self.settings)
        except UnfinishedError as error:
            self.errors.append(str(error))

    def taken_in(self) -> dict[str, Any]:
        """Files by status and rows by outcome of this run, the unit list, and files that nobody takes in."""
        from vaxtally.intake.discover import misplaced_files

        with self.engine.connect() as connection:
            unit_list = db.run(connection, "reference/unit_list/select_last").mappings().one_or_none()
            bind = {"processed_at": self.run_time.processed_at}
            totals = db.run(connection, "intake/upload/select_run_totals", bind).mappings().all()
        by_kind: dict[str, Any] = {kind: {"files": {}, "rows": Counter()} for kind in KINDS}
        for row in totals:
            target = by_kind[row["kind"]]
            target["files"][row["status"]] = row["files"]
            target["rows"].update({name[5:]: int(value) for name, value in row.items() if name.startswith("rows_")})
        return {
            "unit_list": dict(unit_list) if unit_list else None,
            "uploads": by_kind["upload"],
            "reports": by_kind["report"],
            # By folder: a file's name may be a patient's.
            "misplaced_files": Counter(str(Path(name).parent) for name in misplaced_files(self.settings.inbox)),
        }

    def replies(self) -> dict[str, int]:
        """Take in what units answered."""
        from vaxtally import outreach

        arguments = (self.engine, self.settings, self.run_time)
        return asdict(self._timed("replies", outreach.take_in_replies, *arguments))

    def reconcile(self) -> Any:
        """Compare entered with reported as of the run's day."""
        from vaxtally import tally

        self.progress("Comparing entered with reported")
        with self.engine.begin() as connection:
            return self._timed("reconcile", tally.reconcile, connection, self.run_time.as_of, self.settings)

    def send(self) -> dict[str, Any]:
        """Answer for the files by mail, remind the units that fall short, send the digest and the week's report."""
        from vaxtally import outreach
        from vaxtally.outreach.management import send

        self.progress("Sending what is due")
        arguments = (self.engine, self.run_time.as_of, self.settings)
        sent = {
            "receipts": self._timed("outreach", outreach.send_receipts, *arguments).as_dict(),
            "units": self._timed("outreach", outreach.remind_units, *arguments).as_dict(),
            "digest": self._timed("outreach", outreach.send_digest, *arguments).as_dict(),
        }
        if send.is_due(self.run_time.as_of, self.settings):
            sent["management"] = self._timed("outreach", outreach.send_management_report, *arguments).as_dict()
        return sent

    def escalations(self) -> list[Any]:
        """The urgent dispatches that wait for a person: here nobody is asked, `vaxtally cases approve` decides."""
        from vaxtally.outreach import escalations

        with self.engine.connect() as connection:
            return escalations.waiting(connection)

    def _timed(self, name: str, step: Callable[..., Any], *arguments: Any) -> Any:
        started = perf_counter()
        result = step(*arguments)
        self.seconds[name] = round(self.seconds.get(name, 0.0) + perf_counter() - started, 3)
        return result


def _stage_shard(url: str, settings: "Settings", shard: int) -> None:
    from vaxtally import intake

    engine = db.make_engine(url)
    try:
        intake.stage_and_judge(engine, settings, shard)
    finally:
        engine.dispose()


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
