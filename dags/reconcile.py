"""
### Compare doses entered with doses reported

Runs whenever the registry or the reports have changed: `tally.entry_gap` becomes the outcome of the day those files
were received on, for every unit, day, vaccine and dose with a current figure or an entered dose.

Entered ÷ reported is the unit's entry ratio. Declared and held doses are not entered. A low ratio can also be an
inflated report: the table says what differs, not who is wrong.

`remind_units` and `manager_digest` compare once more by themselves, since a day also falls due by the clock alone.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from airflow.sdk import DAG, task

from vaxtally import airflow_context
from vaxtally.airflow_context import DEFAULT_ARGS, REGISTRY, REPORTS, form

TIMEOUT = timedelta(minutes=15)


def latest_day(events: Mapping[Any, list[Any]]) -> date | None:
    """The last as-of among the asset events that started the run; None if a person started it."""
    days = [event.extra["as_of"] for several in events.values() for event in several if "as_of" in event.extra]
    return date.fromisoformat(max(days)) if days else None


with DAG(
    dag_id="reconcile",
    description="Registry and reports → tally.entry_gap",
    doc_md=__doc__,
    schedule=REGISTRY | REPORTS,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS | {"owner": "registry"},
    params=form(),
    tags=["tally"],
):

    @task(execution_timeout=TIMEOUT)
    def reconcile(*, triggering_asset_events: Any = None) -> dict[str, Any]:
        """Make `tally.entry_gap` the outcome of the day; its totals."""
        return airflow_context.reconcile(TIMEOUT, latest_day(triggering_asset_events))

    reconcile()
