"""Likeness: blocks, weights, candidates of reviews, decisions and the phones of persons."""

from alembic import op

from vaxtally import paths

revision = "0013_matching"
down_revision = "0012_identity_numbers"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
