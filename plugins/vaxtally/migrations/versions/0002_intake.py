"""Files, their verdicts and the rows that wait."""

from alembic import op

from vaxtally import paths

revision = "0002_intake"
down_revision = "0001_reference"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
