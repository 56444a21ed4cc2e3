"""Digests to whoever has units below it, and a weekly one."""

from alembic import op

from vaxtally import paths

revision = "0018_digests"
down_revision = "0017_dispatch"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
