"""
### Take in the statistics reports

As soon as files have arrived and rest, and every quarter of an hour: the Department's export (`inbox/reports/`) and the
units' own reports (`inbox/<unit_code>/reports/`) are read, judged and become revisions of `stats.report`.

1. **plan** finishes what an earlier run left unmoved and packs the waiting files into shards.
2. **stage_and_judge** reads a shard's files into staging and has the expectation suite judge their lines.
3. **apply** writes the revisions in the order of the files' arrival: a later figure for the same unit, day, vaccine and
   dose replaces the earlier, whoever sent it, and every revision is kept. A nil report revises its unit-day to 0.
   It says so through the asset *reports*, with the run's numbers as extras.
4. **finish** writes the answers to the outbox and moves the files to the archive or to quarantine.
5. **receipts** writes to the units whose reports were refused or have lines to correct, as in `ingest_uploads`.

If it fails: as for `ingest_uploads`. A report that names an unknown unit is answered, not fatal.
"""

from airflow.sdk import DAG

from vaxtally.airflow_context import DEFAULT_ARGS, REPORTS, arrivals, form
from vaxtally.airflow_ingest import ingest

with DAG(
    dag_id="ingest_reports",
    description="Statistics reports: inbox → staging → revisions → answers",
    doc_md=__doc__,
    schedule=arrivals("report", "*/15 * * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS | {"owner": "registry"},
    params=form(),
    tags=["intake", "quality", "stats"],
):
    ingest(kind="report", changed=REPORTS)
