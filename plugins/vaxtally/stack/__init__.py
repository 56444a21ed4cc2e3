"""Airflow on this machine alone: an embedded PostgreSQL and Airflow's four components, started and stopped as one.

    with stack.running(home, {"VAXTALLY_INBOX": "…"}) as airflow:
        run_id = airflow.trigger("ingest_uploads", {"as_of": "2021-10-07"})
        airflow.wait("ingest_uploads", run_id, timeout=120)

`up` leaves the same stack running in the background until `down`.
"""

from vaxtally.stack.airflow import Stack
from vaxtally.stack.background import down, up
from vaxtally.stack.errors import StackError
from vaxtally.stack.running import running

__all__ = ["Stack", "StackError", "down", "running", "up"]
