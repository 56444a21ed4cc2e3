"""
### Remind the units whose entries fall short

Every morning at 07:30: each unit with a due shortfall gets one mail in its own language, with the totals, the days that
fall short, what lies rejected (for the unit to correct) and held (with the Department), and a table as attachment.

1. **reconcile** compares anew: overnight a day has fallen due by the clock.
2. **replies** takes in what units answered (`inbox/<unit>/replies/*.csv`): what is answered rests for a while.
3. **remind** writes the mails that are new and sends whatever waits. A unit is written to once per case, again only
   when a new day joins it; a second run on the same day sends nothing twice.

No patient's name, number, phone or birth date is in any mail. `VAXTALLY_MAIL_MODE=off` writes the mails and leaves them
queued; `redirect` sends all to one address. Mails that failed are tried again with the task and with the next run;
`outreach.message` shows each with its attempts.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, task

from vaxtally import airflow_context
from vaxtally.airflow_context import DEFAULT_ARGS, form, timetable

RECONCILE_TIMEOUT = timedelta(minutes=15)
REPLIES_TIMEOUT = timedelta(minutes=5)
# A thousand units at the 34 mails a second of one mail server take half a minute; slow servers exist.
SEND_TIMEOUT = timedelta(minutes=30)

with DAG(
    dag_id="remind_units",
    description="Due shortfalls → one mail per unit",
    doc_md=__doc__,
    schedule=timetable("30 7 * * *"),
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

    @task(execution_timeout=REPLIES_TIMEOUT)
    def replies() -> dict[str, Any]:
        """What units answered, from their folders; how many."""
        return airflow_context.take_in_replies(REPLIES_TIMEOUT)

    @task(execution_timeout=SEND_TIMEOUT)
    def remind() -> dict[str, Any]:
        """Write and send the units' mails; how many."""
        return airflow_context.deliver(SEND_TIMEOUT, "remind_units")

    reconcile() >> replies() >> remind()
