"""Lineage, and reviews that are settled."""

from alembic import op

from vaxtally import paths

revision = "0014_reviews"
down_revision = "0013_matching"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
