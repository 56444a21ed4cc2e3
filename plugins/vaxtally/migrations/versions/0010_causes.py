"""Causes."""

from alembic import op

from vaxtally import paths

revision = "0010_causes"
down_revision = "0009_waiting"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
