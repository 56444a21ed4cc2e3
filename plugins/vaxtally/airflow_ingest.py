"""The five tasks that take files in; the DAGs of uploads and of reports differ in kind, asset and words only."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, task

from vaxtally.airflow_context import deliver, plain, registry, run_time
from vaxtally.errors import UnfinishedError

STAGE_TIMEOUT = timedelta(minutes=30)
# A quarter of a million rows take about a minute; the rest is patience with another run that holds the lock.
APPLY_TIMEOUT = timedelta(hours=1)
# A backlog of a thousand files, at the 34 mails a second of one mail server; slow servers exist.
RECEIPTS_TIMEOUT = timedelta(minutes=30)


def ingest(kind: str, changed: Asset) -> None:
    """Plan → stage_and_judge, mapped over shards → apply → finish → receipts, in the DAG of the caller's `with`.

    `kind` is `upload` or `report`; `changed` is told, with the run's numbers, that files were applied.
    """

    @task(execution_timeout=STAGE_TIMEOUT)
    def plan() -> list[int]:
        """Finish what an earlier run left unmoved; pack the waiting files into shards; their numbers."""
        from vaxtally import intake

        with registry(STAGE_TIMEOUT) as (engine, settings):
            # What an earlier run left is tried again and holds up nobody: `finish` says in the end if it failed.
            with suppress(UnfinishedError):
                intake.finish_files(engine, settings)
            return intake.plan_files(engine, settings, run_time(settings), kind)

    @task(execution_timeout=STAGE_TIMEOUT)
    def stage_and_judge(shard: int) -> dict[str, Any]:
        """Read one shard's files into staging and judge their rows."""
        from vaxtally import intake

        with registry(STAGE_TIMEOUT) as (engine, settings):
            return plain(intake.stage_and_judge(engine, settings, shard))

    @task(execution_timeout=APPLY_TIMEOUT, outlets=[changed])
    def apply(shards: list[int], *, outlet_events: Any = None) -> dict[str, Any]:
        """Apply the shards' files, in the order of arrival; files by status and rows by outcome."""
        from vaxtally import intake

        with registry(APPLY_TIMEOUT) as (engine, settings):
            time = run_time(settings)
            numbers = plain(intake.apply_staged(engine, settings, time, kind, shards))
        outlet_events[changed].extra = numbers | {"as_of": time.as_of.isoformat()}
        return numbers

    @task(execution_timeout=STAGE_TIMEOUT)
    def finish(numbers: dict[str, Any]) -> int:
        """Write the answers and move the files; how many. Fails if a file could not be applied: it waits still."""
        from airflow.sdk.exceptions import AirflowFailException

        from vaxtally import intake

        with registry(STAGE_TIMEOUT) as (engine, settings):
            finished = intake.finish_files(engine, settings)
        if numbers["failed_upload_ids"]:
            raise AirflowFailException(f"Uploads {numbers['failed_upload_ids']} could not be applied.")
        return finished

    @task(execution_timeout=RECEIPTS_TIMEOUT)
    def receipts() -> dict[str, Any]:
        """Write and send the receipts that are due, all in one go; how many."""
        return deliver(RECEIPTS_TIMEOUT, "send_receipts")

    shards: Any = plan()
    applied: Any = apply(shards)
    stage_and_judge.expand(shard=shards) >> applied
    finish(applied) >> receipts()
