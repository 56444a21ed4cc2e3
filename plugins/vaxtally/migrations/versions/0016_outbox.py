"""The outbox: key, back-off, point of no return, decisions of people, addresses that are refused."""

from alembic import op

from vaxtally import paths

revision = "0016_outbox"
down_revision = "0015_gap_policies"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
