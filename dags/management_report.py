"""
### The weekly report to the management

Once a week, on the day `VAXTALLY_MANAGEMENT_WEEKDAY` at 08:30, after the Department's digest: the entry ratio of the
city over time, the map of districts, the ranking of units, which improved and which fell back, cases by level,
timeliness, and what needs a person, to the addresses in `VAXTALLY_MANAGEMENT_TO`.

1. **reconcile** compares anew, so that the report also stands when it is started by hand.
2. **send** writes the report once for each address and sends whatever waits; page and PDF are attached, and lie in
   `reports/` under the home as well.

Started for another day (`as_of`), it tells of the week that ended then. If it fails, run it again: nobody gets the same
day's report twice. Without an address it only leaves the files, and the task's log says so.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, task

from vaxtally import airflow_context
from vaxtally.airflow_context import DEFAULT_ARGS, form, timetable
from vaxtally.settings import Settings

RECONCILE_TIMEOUT = timedelta(minutes=15)
SEND_TIMEOUT = timedelta(minutes=30)

with DAG(
    dag_id="management_report",
    description="The city's week → the management",
    doc_md=__doc__,
    schedule=timetable(f"30 8 * * {Settings.from_environment().management_weekday}"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS | {"owner": "outreach"},
    params=form(),
    tags=["tally", "outreach"],
):

    @task(execution_timeout=RECONCILE_TIMEOUT)
    def reconcile() -> dict[str, Any]:
        """Make `tally.entry_gap` the outcome of the day; its totals."""
        return airflow_context.reconcile(RECONCILE_TIMEOUT)

    @task(execution_timeout=SEND_TIMEOUT)
    def send() -> dict[str, Any]:
        """Write and send the report; how many mails."""
        return airflow_context.deliver(SEND_TIMEOUT, "send_management_report")

    reconcile() >> send()
