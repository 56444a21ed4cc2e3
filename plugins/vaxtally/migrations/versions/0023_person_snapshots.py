"""How a person stands, kept before a reviewer changes it."""

from alembic import op

from vaxtally import paths

revision = "0023_person_snapshots"
down_revision = "0022_large_gaps"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
