"""
### Send what waits in the outbox

Every ten minutes: mails that were queued in the quiet hours (`VAXTALLY_QUIET_HOURS`) or while mail was off, mails that
a person wants sent again (`vaxtally mails resend`), and mails that failed and are due for another attempt.

1. **send** claims one mail after the other, hands it to the mail server and writes down what became of it. Where mails
   wait for a server that could not be reached, it is asked by one connection whether it is back, and then they all go.

The day's steps send their own mails themselves; this is for what they could not. It does not fail because a server is
away: `remind_units` and `manager_digest` say so, and waits grow meanwhile. What needs a person, an unknown delivery or
a mail that is given up, goes to `VAXTALLY_ALERT_URL`; `vaxtally mails list` shows it. If the task fails, the database
did not answer or the mail settings are wrong; the next run goes on.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, task

from vaxtally import airflow_context
from vaxtally.airflow_context import DEFAULT_ARGS, form, timetable

SEND_TIMEOUT = timedelta(minutes=30)

with DAG(
    dag_id="send_mails",
    description="What waits in the outbox → mail server",
    doc_md=__doc__,
    schedule=timetable("*/10 * * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS | {"owner": "outreach"},
    params=form(),
    tags=["outreach"],
):

    @task(execution_timeout=SEND_TIMEOUT)
    def send() -> dict[str, Any]:
        """Send whatever is due now; how many."""
        return airflow_context.send_waiting(SEND_TIMEOUT)

    send()
