"""Between Airflow and the rooms: what all DAGs share, and a run's parameters and connections as the rooms want them.

with airflow_context.registry(TIMEOUT) as (engine, settings):
tally.reconcile(…, airflow_context.run_time(settings).as_of, settings)
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from airflow.sdk import (
    Asset,
    AssetOrTimeSchedule,
    AssetWatcher,
    Connection,
    CronTriggerTimetable,
    Param,
    get_current_context,
)
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException

from vaxtally.errors import UsageError, VaxtallyError
from vaxtally.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from vaxtally.clock import RunTime

log = logging.getLogger(__name__)

# What the DAGs hand on: the registry's doses and the statistics software's reports.
REGISTRY = Asset(name="registry", uri="vaxtally://registry", group="vaxtally")
REPORTS = Asset(name="reports", uri="vaxtally://reports", group="vaxtally")

REGISTRY_CONNECTION = "vaxtally_registry"
MAIL_CONNECTION = "vaxtally_mail"


class MailFailedError(VaxtallyError):
    """Some mails could not be delivered; they stay in the ledger, and the next try sends them."""


def form(**more: Param) -> ParamsDict:
    """The parameters every DAG can be started with, and more of its own."""
    as_of = Param(
        None,
        type=["null", "string"],
        format="date",
        title="As of",
        description="The business date of the run, for example 2021-10-07; empty: the day it runs on.",
    )
    return ParamsDict({"as_of": as_of, **more})


def timetable(cron: str) -> CronTriggerTimetable | None:
    """A timetable in the city's own time zone; None where VAXTALLY_TIMETABLES is off."""
    settings = Settings.from_environment()
    if settings.timetables == "off":
        return None
    return CronTriggerTimetable(cron, timezone=settings.timezone.key)


def arrivals(kind: str, cron: str) -> AssetOrTimeSchedule | CronTriggerTimetable | Asset | None:
    """When files of a kind arrive in the inbox, and by the timetable: what a look misses waits for that at most.

    As far as VAXTALLY_WATCH and VAXTALLY_TIMETABLES say so.
    """
    regularly = timetable(cron)
    if not Settings.from_environment().watches_inbox:
        return regularly
    from vaxtally.inbox_trigger import InboxTrigger

    name = f"inbox_{kind}s"
    watcher = AssetWatcher(name=name, trigger=InboxTrigger(kind=kind))
    inbox = Asset(name=name, uri=f"vaxtally://inbox/{kind}s", group="vaxtally", watchers=[watcher])
    return AssetOrTimeSchedule(timetable=regularly, assets=[inbox]) if regularly else inbox


def notify_failure(context: Mapping[str, Any]) -> None:
    """Tell the operators which task failed and where its log is; of the error, only words that name no person."""
    from vaxtally import outreach

    task, error = context["task_instance"], context.get("exception")
    reason = str(error) if isinstance(error, VaxtallyError | AirflowFailException) else type(error).__name__
    lines = [f"Run {task.run_id}, try {task.try_number}: {reason}", getattr(task, "log_url", "")]
    outreach.alert(Settings.from_environment(), f"Vaxtally: {task.dag_id}.{task.task_id} failed", "\n".join(lines))


DEFAULT_ARGS = {
    "retries": 2,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "on_failure_callback": notify_failure,
}


@contextmanager
def registry(timeout: timedelta) -> Iterator[tuple["Engine", Settings]]:
    """The migrated registry and the settings; a statement ends with the task's own time-out at the latest.

    What a retry cannot mend (wrong usage, a wrong setting) fails the task at once.
    """
    from vaxtally import db

    try:
        settings = settings_with_connections()
        with db.open_registry(settings, timeout.total_seconds()) as engine:
            yield engine, settings
    except UsageError as error:
        raise AirflowFailException(str(error)) from error


def run_time(settings: Settings) -> "RunTime":
    """The run's business time: its parameter `as_of`, else its start, so that all its tasks and retries agree."""
    from vaxtally.clock import RunTime

    context: Any = get_current_context()
    as_of = context["params"].get("as_of")
    return RunTime.now(settings, date.fromisoformat(as_of) if as_of else None, clock=context["dag_run"].start_date)


def reconcile(timeout: timedelta, as_of: date | None = None) -> dict[str, Any]:
    """Compare entered with reported as of the given or the run's day; returns the numbers."""
    from vaxtally import tally

    with registry(timeout) as (engine, settings), engine.begin() as connection:
        return plain(tally.reconcile(connection, as_of or run_time(settings).as_of, settings))


def deliver(timeout: timedelta, send: str) -> dict[str, Any]:
    """Call `outreach.<send>` as of the run's day; returns its numbers. Raises MailFailedError for a retry."""
    from vaxtally import outreach

    with registry(timeout) as (engine, settings):
        summary = getattr(outreach, send)(engine, run_time(settings).as_of, settings)
    log.info("%s: %s", send, summary.as_dict())
    # An address that is refused is the Department's to mend, and told it by mail: no task of ours can.
    if late := summary.delivery.retrying - summary.delivery.refused:
        raise MailFailedError(f"{late} mails could not be delivered.")
    return summary.as_dict()


def send_waiting(timeout: timedelta) -> dict[str, Any]:
    """Send whatever is due in the outbox; returns the numbers. A server that is away is no failure of this."""
    from vaxtally import outreach

    with registry(timeout) as (engine, settings):
        delivery = outreach.deliver_queued(engine, settings)
    log.info("send_waiting: %s", delivery.as_dict())
    return delivery.as_dict()


def take_in_replies(timeout: timedelta) -> dict[str, Any]:
    """Take in what units answered; returns how many."""
    from vaxtally import outreach

    with registry(timeout) as (engine, settings):
        return plain(outreach.take_in_replies(engine, settings, run_time(settings)))


def plain(summary: Any) -> dict[str, Any]:
    """A summary's numbers as JSON takes them, logged; dates as text."""
    from dataclasses import asdict

    numbers = {
        name: value if isinstance(value, int | float | dict | list | None) else str(value)
        for name, value in asdict(summary).items()
    }
    log.info("%s: %s", type(summary).__name__, numbers)
    return numbers


def settings_with_connections() -> Settings:
    """The settings; Airflow's connections `vaxtally_registry` and `vaxtally_mail` come first where they exist."""
    settings = Settings.from_environment()
    if connection := _connection(REGISTRY_CONNECTION):
        settings = settings.with_changes(registry_url=registry_url(connection))
    if connection := _connection(MAIL_CONNECTION):
        settings = settings.with_changes(mail_url=mail_url(connection))
    return settings


def _connection(name: str) -> Connection | None:
    try:
        return Connection.get(name)
    except AirflowNotFoundException:
        return None


def registry_url(connection: Connection) -> str:
    """A PostgreSQL connection as a SQLAlchemy URL; its extras (as sslmode) become the query."""
    from sqlalchemy import URL

    url = URL.create(
        "postgresql+psycopg",
        username=connection.login,
        password=connection.password,
        host=connection.host,
        port=connection.port,
        database=connection.schema,
        query={name: str(value) for name, value in connection.extra_dejson.items()},
    )
    return url.render_as_string(hide_password=False)


def mail_url(connection: Connection) -> str:
    """A mail server's connection as an Apprise URL: `mailto` where its type says so, else `mailtos` (STARTTLS)."""
    scheme = "mailto" if connection.conn_type == "mailto" else "mailtos"
    login = quote(connection.login or "", safe="")
    if connection.password:
        login += ":" + quote(connection.password, safe="")
    address = f"{login}@{connection.host}" if login else connection.host
    port = f":{connection.port}" if connection.port else ""
    query = f"?{urlencode(connection.extra_dejson)}" if connection.extra_dejson else ""
    return f"{scheme}://{address}{port}{query}"
