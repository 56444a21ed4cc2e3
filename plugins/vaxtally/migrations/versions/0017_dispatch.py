"""Level 3 is decided with its letter at hand."""

from alembic import op

from vaxtally import paths

revision = "0017_dispatch"
down_revision = "0016_outbox"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
