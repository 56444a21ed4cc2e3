"""Entered against reported."""

from alembic import op

from vaxtally import paths

revision = "0005_tally"
down_revision = "0004_stats"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
