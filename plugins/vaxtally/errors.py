"""Errors that a person is meant to read. Anything else that is raised is a bug."""

import os


class VaxtallyError(Exception):
    """Base of the typed errors; the message is one sentence that says what to do, without patient data."""


class UsageError(VaxtallyError):
    """Wrong usage: no inbox, no unit list ever seen, an as-of before the last one."""


class EarlierAsOfError(UsageError):
    """Files wait, and the run's as-of is before the last one: it may report, but takes nothing in."""


class SettingsError(UsageError):
    """A setting that cannot be read."""


class UnfinishedError(VaxtallyError):
    """Verdicts that are committed, and whose answer or move the disk refused."""

    def __init__(self, upload_ids: list[int]) -> None:
        listed = ", ".join(map(str, upload_ids))
        super().__init__(
            f"Uploads {listed} are in the registry and could not be finished: their answer could not be written or"
            " their file not be moved. The next run tries again; check disk space, permissions and servers."
        )


class DatabaseUnreachableError(VaxtallyError):
    """The registry's database does not answer; nothing was changed."""


class PlaceUnreachableError(VaxtallyError, OSError):
    """A server that holds the inbox or another place does not answer, or not as one that serves files."""


def reason_of(error: OSError) -> str:
    """Why a disk or a server refused, without the file's name: it may be a patient's."""
    return str(error) if isinstance(error, PlaceUnreachableError) else os.strerror(error.errno or 0)
