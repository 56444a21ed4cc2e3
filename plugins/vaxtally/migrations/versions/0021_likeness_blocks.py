"""More blocks in which likeness is looked for."""

from alembic import op

from vaxtally import paths

revision = "0021_likeness_blocks"
down_revision = "0020_merged_persons"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
