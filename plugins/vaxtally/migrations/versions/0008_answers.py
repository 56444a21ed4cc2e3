"""Answers."""

from alembic import op

from vaxtally import paths

revision = "0008_answers"
down_revision = "0007_corrections"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
