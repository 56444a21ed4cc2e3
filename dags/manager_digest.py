"""
### The daily digest to the Department, and to whoever has units below it

Every morning at 08:00, after the units have been written to: the ranking of the units, the silent ones, those without
an address, files in quarantine, rows held, and one picture, to the addresses in `VAXTALLY_DIGEST_TO`. Each unit with
units below it (a district's health office) gets the part about those, where one of them is short.

1. **reconcile** compares anew, so that the digest also stands when it is started by hand.
2. **send** writes the digest of the day once for each address and sends whatever waits.

Without an address no digest of the city is written, and the task's log says so.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, task

from vaxtally import airflow_context
from vaxtally.airflow_context import DEFAULT_ARGS, form, timetable

RECONCILE_TIMEOUT = timedelta(minutes=15)
SEND_TIMEOUT = timedelta(minutes=30)

with DAG(
    dag_id="manager_digest",
    description="The city at a glance → the Department, each part → whoever is above it",
    doc_md=__doc__,
    schedule=timetable("0 8 * * *"),
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
        """Write and send the digest; how many mails."""
        return airflow_context.deliver(SEND_TIMEOUT, "send_digest")

    reconcile() >> send()
