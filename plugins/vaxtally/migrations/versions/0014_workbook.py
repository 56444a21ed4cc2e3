"""A third identity number of a row."""

from alembic import op

from vaxtally import paths

revision = "0014_workbook"
down_revision = "0013_outbox"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
