"""Gaps larger than an integer."""

from alembic import op

from vaxtally import paths

revision = "0022_large_gaps"
down_revision = "0021_likeness_blocks"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
