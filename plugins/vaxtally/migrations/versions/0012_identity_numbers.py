"""A third identity number of a row."""

from alembic import op

from vaxtally import paths

revision = "0012_identity_numbers"
down_revision = "0011_cases"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
