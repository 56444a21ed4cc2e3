"""Persons, doses, reviews."""

from alembic import op

from vaxtally import paths

revision = "0003_registry"
down_revision = "0002_intake"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
