"""
### Judge rejected rows again

Started by hand after an alias, a vaccine or a unit was added, a setting was changed or a rule mended: rows that a rule
rejected are judged again from the cells that were kept, without the unit's help. What passes is applied as the row it
is, and known since the run's day. `vaxtally reprocess` does the same.

1. **reprocess** judges the rows of the chosen rule (of one unit or upload only, if so asked) by all rules and today's
   lists, and applies what passes, under the lock that applying takes. Rows that a unit has sent right since are left
   alone. Of a file that was mostly rejected all rows are judged, and it may leave quarantine.
2. **finish** writes the answers anew; the earlier ones go to the unit's history.
3. **reconcile** compares entered with reported. No mail is sent: the next `remind_units` sees the new state.

A new unit list is taken over by the next `ingest_uploads` or `ingest_reports`: let it come first. Killed anywhere, it
can be started again: what is committed stays, and once more changes nothing.

If it fails: the as-of is before the last one, or the log of **reprocess** names uploads that could not be judged; those
are as they were.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, get_current_context, task

from vaxtally import airflow_context
from vaxtally.airflow_context import DEFAULT_ARGS, form, plain, registry, run_time
from vaxtally.reference import rejecting_rules

REPROCESS_TIMEOUT = timedelta(hours=1)
FINISH_TIMEOUT = timedelta(minutes=30)
RECONCILE_TIMEOUT = timedelta(minutes=15)


def chosen_rows() -> dict[str, Param]:
    """Which rows: the rule that rejected them, and of whom."""
    return {
        "rule": Param("vaccine.unknown", type="string", enum=rejecting_rules(), title="Rule that rejected the rows"),
        "unit": Param(None, type=["null", "string"], title="Unit", description="Its code; empty: all units."),
        "upload": Param(None, type=["null", "integer"], title="Upload", description="Its id; empty: all uploads."),
    }


with DAG(
    dag_id="reprocess_rows",
    description="Rejected rows → judged again → registry, reports",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS | {"owner": "registry"},
    params=form(**chosen_rows()),
    tags=["intake", "quality", "registry", "stats", "tally"],
):

    @task(execution_timeout=REPROCESS_TIMEOUT)
    def reprocess() -> dict[str, Any]:
        """Judge the chosen rows again and apply what passes; the numbers."""
        from airflow.sdk.exceptions import AirflowFailException

        from vaxtally.intake.reprocess import Rejected, reprocess

        context: Any = get_current_context()
        params = context["params"]
        rejected = Rejected(params["rule"], params["unit"] or None, params["upload"])
        with registry(REPROCESS_TIMEOUT) as (engine, settings):
            numbers = plain(reprocess(engine, settings, run_time(settings), rejected))
        if numbers["failed_upload_ids"]:
            raise AirflowFailException(f"Uploads {numbers['failed_upload_ids']} could not be judged again.")
        return numbers

    @task(execution_timeout=FINISH_TIMEOUT)
    def finish() -> int:
        """Write the answers anew; how many."""
        from vaxtally import intake

        with registry(FINISH_TIMEOUT) as (engine, settings):
            return intake.finish_files(engine, settings)

    @task(execution_timeout=RECONCILE_TIMEOUT)
    def reconcile() -> dict[str, Any]:
        """Make `tally.entry_gap` the outcome of the day; its totals."""
        return airflow_context.reconcile(RECONCILE_TIMEOUT)

    reprocess() >> finish() >> reconcile()
