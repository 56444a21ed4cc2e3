"""More blocks in which likeness is looked for."""

from alembic import op

from vaxtally import paths

revision = "0020_likeness_blocks"
down_revision = "0019_open_rows"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
