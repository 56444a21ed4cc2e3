"""The rows of one shard as the suites see them."""

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
_SHARDED = re.compile(r"\bintake\.(staged_row|staged_report_row|staged_issue)\b")


def of_shard(sql: str, shard: int) -> str:
    """The statement on the shard's own partitions instead of the parent tables: no lock on the other shards."""
    return _SHARDED.sub(lambda match: f"{match[0]}_{int(shard)}", sql)


@dataclass(frozen=True)
class JudgedRows:
    """The SELECT that the conditions of a suite are written over, its binds, and the staging table below it."""

    shard: int
    table: str
    sql: str
    binds: dict[str, Any]

    def select(self) -> "TextualSelect":
        """The SELECT with its binds, as Great Expectations takes it."""
        from sqlalchemy import text

        return text(self.sql).bindparams(**self.binds).columns()


def judged_rows(shard: int, kind: str, settings: "Settings") -> JudgedRows:
    """The rows of a shard of `upload` or `report` files."""
    sql = of_shard(db.statement(f"intake/staged_issue/select_judged_{kind}"), shard)
    binds = {name: getattr(settings, name) for name in SETTINGS if f":{name}" in sql}
    return JudgedRows(shard, of_shard(STAGED[kind], shard), sql, binds)
