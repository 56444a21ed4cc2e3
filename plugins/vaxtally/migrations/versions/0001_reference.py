"""Reference lists."""

from alembic import op

from vaxtally import paths

revision = "0001_reference"
down_revision = None


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
