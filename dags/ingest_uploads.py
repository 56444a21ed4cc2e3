"""
### Take in the units' vaccination records

As soon as files have arrived and rest, and every quarter of an hour: what lies in `inbox/<unit_code>/uploads/` is read,
judged and applied to the registry.

1. **plan** finishes what an earlier run left unmoved, takes over a changed unit list, and packs the waiting files into
   a few shards of even weight. If nothing waits, the rest is skipped.
2. **stage_and_judge** reads a shard's files into staging and has the expectation suite judge their rows. Shards run
   side by side; each touches nothing but its own staging tables.
3. **apply** decides every row against the registry, one run at a time, in the order of the files' arrival. It alone
   changes the registry, and says so through the asset *registry*, with the run's numbers as extras.
4. **finish** writes the answers to the outbox and moves the files to the archive or to quarantine.
5. **receipts** writes one mail for each file with rows to correct or under review, or that was refused
   (`VAXTALLY_RECEIPTS`), and sends what waits. A file is answered for once. Mails that failed go with the next run that
   takes files in.

A row is never dropped: whatever is not loaded stands in the file's answer with the reason. Killed anywhere, the run can
be started again, since a file counts once, by its SHA-256. To take files in as received on another day, give `as_of`.

If it fails: the log of **plan** says it when there is no unit list (`inbox/units.csv`) or the as-of is before the last
one. An upload that **finish** names could not be applied; its file waits in the inbox for the next run.
"""

from airflow.sdk import DAG

from vaxtally.airflow_context import DEFAULT_ARGS, REGISTRY, arrivals, form
from vaxtally.airflow_ingest import ingest

with DAG(
    dag_id="ingest_uploads",
    description="Vaccination records: inbox → staging → registry → answers",
    doc_md=__doc__,
    schedule=arrivals("upload", "*/15 * * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS | {"owner": "registry"},
    params=form(),
    tags=["intake", "quality", "registry"],
):
    ingest(kind="upload", changed=REGISTRY)
