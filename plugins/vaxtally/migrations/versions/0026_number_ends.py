"""Likeness: who may have a mistyped number is told by the person alone."""

from alembic import op

from vaxtally import paths

revision = "0026_number_ends"
down_revision = "0025_jsonb_overlay"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
