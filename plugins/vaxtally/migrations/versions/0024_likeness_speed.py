"""Likeness: what is asked of every namesake costs less."""

from alembic import op

from vaxtally import paths

revision = "0024_likeness_speed"
down_revision = "0023_person_snapshots"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
