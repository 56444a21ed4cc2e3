"""What can go wrong with the stack."""

from vaxtally.errors import VaxtallyError


class StackError(VaxtallyError):
    """The stack cannot start or a part of it ended; the message says which, and where its log is."""
