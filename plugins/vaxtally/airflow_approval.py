"""Airflow's question to a person: which urgent dispatches go to the Department to be signed."""

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow.providers.common.compat.sdk import conf
from airflow.providers.standard.operators.hitl import HITLOperator

from vaxtally import airflow_letters
from vaxtally.airflow_context import registry, run_time

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from vaxtally.outreach.approval_page import Page
    from vaxtally.settings import Settings

log = logging.getLogger(__name__)

TIMEOUT = timedelta(minutes=5)


class DispatchApproval(HITLOperator):
    """Asks about the dispatches of `case_ids`, once, until the end of their last day of decision.

    What is chosen is approved and the rest dropped, in one transaction with the mails to the Department. Without an
    answer the proposals lapse, and the task succeeds all the same: nothing is sent, and its result says so. Cases that
    were decided elsewhere meanwhile are left out; where none is left, nobody is asked.
    """

    template_fields = (*HITLOperator.template_fields, "case_ids")

    def __init__(self, *, case_ids: Any, **kwargs: Any) -> None:
        # What is asked is read when the task runs; an operator wants some of it now.
        super().__init__(
            subject="", options=["-"], multiple=True, execution_timeout=TIMEOUT,
            response_timeout=timedelta(days=1), **kwargs,
        )  # fmt: skip
        self.case_ids = case_ids

    def execute(self, context: Any) -> Any:
        """Show the page and wait; a retry asks again."""
        from vaxtally.outreach import approval_page

        with registry(TIMEOUT) as (engine, settings):
            page = approval_page.page(engine, settings, self.case_ids, letters_url())
            now = business_now(settings)
        if page is None or page.time_left(now) <= timedelta(0):
            log.info("Nothing waits for a decision any more.")
            return {}
        self._show(page, now)
        return super().execute(context)

    def _show(self, page: "Page", now: datetime) -> None:
        self.subject, self.body, self.options = page.subject, page.body, list(page.options)
        self.response_timeout = page.time_left(now)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> dict[str, Any]:
        """Do what was decided; the unit codes by what became of them."""
        with registry(TIMEOUT) as (engine, settings):
            today = business_now(settings).date()
            if event.get("error_type") == "timeout":
                return self._give_up(engine, settings, today)
            if "error" in event:
                self.process_trigger_event_error(event)
            by = event["responded_by_user"]
            name = by["name"] or by["id"]
            return decide(engine, settings, self.case_ids, event["chosen_options"], name, today)

    def _give_up(self, engine: "Engine", settings: "Settings", today: date) -> dict[str, Any]:
        from vaxtally import outreach
        from vaxtally.outreach import approval

        lapsed = set(approval.give_up(engine, today)) & set(self.case_ids)
        units = _units(engine, sorted(lapsed))
        log.warning("Nobody decided in time; not sent: %s", units)
        outreach.alert(
            settings, "Vaxtally: urgent dispatches were not sent", f"Nobody decided in time: {', '.join(units)}"
        )
        return {"lapsed": units}


def decide(
    engine: "Engine", settings: "Settings", case_ids: Sequence[int], options: Sequence[str], by: str, today: date
) -> dict[str, Any]:
    """Approve the cases of the chosen units and drop the others; the unit codes by what became of them."""
    from vaxtally.outreach import approval, approval_page

    approve, drop = approval_page.chosen(engine, settings, case_ids, options)
    decision = approval.decide(engine, settings, today, by, approve, drop)
    decided = {*decision.approved, *decision.dropped}
    result = {
        "approved": _units(engine, decision.approved),
        "dropped": _units(engine, decision.dropped),
        "not_waiting": _units(engine, [case_id for case_id in case_ids if case_id not in decided]),
        "mails": decision.mails,
    }
    log.info("Decided by %s: %s", by, result)
    return result


def _units(engine: "Engine", case_ids: Sequence[int]) -> list[str]:
    from vaxtally import db

    with engine.connect() as connection:
        return list(db.run(connection, "outreach/case/units", {"case_ids": list(case_ids)}).scalars())


def letters_url() -> str:
    """Where Airflow's server shows a letter: a path, right under whatever name its server is reached."""
    return urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/") + airflow_letters.PREFIX


def business_now(settings: "Settings") -> datetime:
    """The hour it is, on the run's day and as many days later as have passed since the run began."""
    begun = run_time(settings)
    now = datetime.now(settings.timezone)
    days = now.date() - begun.processed_at.astimezone(settings.timezone).date()
    return datetime.combine(begun.as_of + days, now.time(), tzinfo=settings.timezone)
