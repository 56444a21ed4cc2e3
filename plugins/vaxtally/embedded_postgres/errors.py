"""What can go wrong with the embedded server."""

from vaxtally.errors import DatabaseUnreachableError


class EmbeddedPostgresError(DatabaseUnreachableError):
    """The embedded PostgreSQL cannot be had; the message says why."""
