"""
### Urgent dispatches: ask a person, then send

Every morning at 07:45, after `remind_units`: units whose gap has stood through reminder and urgent mail are proposed
for an urgent dispatch. Nothing of it is sent without a decision. Where nothing is proposed, the rest is skipped.

1. **letters** lays the letters that wait (PDF, ready to sign) into `VAXTALLY_HOME/letters/<day>/`, and packs the units
   into pages: those with the same last day of decision together, 25 at most.
2. **approve** shows a page under *Required Actions*: each unit with what is missing, since when, what it answered,
   whether mails reached it, and its letter, which opens from there. Choose the units whose dispatch is approved; those
   not chosen are dropped, and their clocks start afresh. The page stands until the end of the last day of decision
   (`VAXTALLY_APPROVE_WITHIN_DAYS`). Without an answer nothing of it is sent: the proposals lapse, the task says so, and
   the next `remind_units` tells the Department by mail.
3. **send** mails each approved letter to the Department (`VAXTALLY_ESCALATION_TO`; unset: the digest's addresses),
   which signs it and sends it on. Units get nothing from here.

The same can be decided on the command line (`vaxtally cases waiting`, `approve`, `drop`); what is decided there is
not asked any more. A run waits as long as its pages do; the next day's begins after it.

If **letters** fails, its log says it: no address of the Department is set. Mails that failed go with the next
`remind_units`.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, task, task_group

from vaxtally.airflow_approval import DispatchApproval
from vaxtally.airflow_context import DEFAULT_ARGS, MailFailedError, form, registry, run_time, timetable

LETTERS_TIMEOUT = timedelta(minutes=10)
SEND_TIMEOUT = timedelta(minutes=30)

with DAG(
    dag_id="escalate_units",
    description="Proposed dispatches → a person's decision → the Department",
    doc_md=__doc__,
    schedule=timetable("45 7 * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS | {"owner": "outreach"},
    params=form(),
    tags=["outreach"],
):

    @task(execution_timeout=LETTERS_TIMEOUT)
    def letters() -> list[list[int]]:
        """Lay the waiting letters out; the cases to ask about, by page."""
        from vaxtally.outreach import approval, approval_page

        with registry(LETTERS_TIMEOUT) as (engine, settings):
            approval.give_up(engine, run_time(settings).as_of)
            if pages := approval_page.pages(engine):
                approval.recipients(settings)
                approval.save_letters(engine, settings)
            return pages

    @task_group
    def page(case_ids: Any) -> None:
        """One page: ask, then send what was approved."""

        @task(execution_timeout=SEND_TIMEOUT)
        def send() -> dict[str, Any]:
            """Mail the approved letters to the Department; how many."""
            from dataclasses import asdict

            from vaxtally.outreach import approval

            with registry(SEND_TIMEOUT) as (engine, settings):
                sent = approval.deliver(engine, settings)
            if sent.failed:
                raise MailFailedError(f"{sent.failed} mails could not be delivered.")
            return asdict(sent)

        approve = DispatchApproval(
            task_id="approve",
            case_ids=case_ids,
            doc_md="Ask which dispatches of the page are approved; what is not chosen is dropped.",
        )
        approve >> send()

    waiting: Any = letters()
    page.expand(case_ids=waiting)
