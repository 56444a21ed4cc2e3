"""The rows of one shard, or the records that a batch's updates result in, as the suites see them."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vaxtally import db

if TYPE_CHECKING:
    from sqlalchemy import TextualSelect

    from vaxtally.settings import Settings

STAGED = {"upload": "intake.staged_row", "report": "intake.staged_report_row"}
# Settings that conditions name.
SETTINGS = ("campaign_start_on", "late_entry_days")
RESULTS = "batch_result"
_SHARDED = re.compile(r"\bintake\.(staged_row|staged_report_row|staged_issue)\b")


def of_shard(sql: str, shard: int) -> str:
    """The statement on the shard's own partitions instead of the parent tables: no lock on the other shards."""
    return _SHARDED.sub(lambda match: f"{match[0]}_{int(shard)}", sql)


@dataclass(frozen=True)
class JudgedRows:
    """The SELECT that the conditions of a suite are written over, its binds, and the table below it.

    Lines go to `issue_table`; `key` maps its columns that say which row to SQL over a judged row.
    """

    table: str
    sql: str
    binds: dict[str, Any]
    issue_table: str
    key: dict[str, str]

    def select(self) -> "TextualSelect":
        """The SELECT with its binds, as Great Expectations takes it."""
        from sqlalchemy import text

        return text(self.sql).bindparams(**self.binds).columns()


def judged_rows(shard: int, kind: str, settings: "Settings") -> JudgedRows:
    """The rows of a shard of `upload` or `report` files."""
    sql = of_shard(db.statement(f"intake/staged_issue/select_judged_{kind}"), shard)
    key = {"shard": str(int(shard)), "upload_id": "judged.upload_id", "row_number": "judged.row_number"}
    return JudgedRows(
        of_shard(STAGED[kind], shard), sql, _binds(sql, settings), of_shard("intake.staged_issue", shard), key
    )


def judged_results(settings: "Settings") -> JudgedRows:
    """The records of `batch_result`, which has the columns of intake.staged_row and `seq`."""
    sql = db.statement("intake/staged_issue/select_judged_upload").replace(STAGED["upload"], RESULTS)
    return JudgedRows(RESULTS, sql, _binds(sql, settings), "batch_issue", {"seq": "judged.seq"})


def _binds(sql: str, settings: "Settings") -> dict[str, Any]:
    return {name: getattr(settings, name) for name in SETTINGS if f":{name}" in sql}
