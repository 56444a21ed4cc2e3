"""Policies by unit type, noted with each day; timeliness."""

from alembic import op

from vaxtally import paths

revision = "0015_gap_policies"
down_revision = "0014_reviews"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
