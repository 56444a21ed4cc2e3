"""What stood open on a past day."""

from alembic import op

from vaxtally import paths

revision = "0019_open_rows"
down_revision = "0018_digests"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
