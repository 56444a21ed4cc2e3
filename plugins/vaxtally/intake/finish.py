"""After the commit: write each file's answer and move the file. Repeated until done, however often it is killed."""

import logging
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.errors import PlaceUnreachableError, UnfinishedError, reason_of
from vaxtally.intake import answer, places, spool
from vaxtally.intake.discover import sha256_of
from vaxtally.place import Place, place_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from vaxtally.settings import Settings

log = logging.getLogger(__name__)

# A thousand files, each waiting for a dead server's time-out, would keep a run for hours.
SERVER_TRIES = 3


def finish_files(engine: "Engine", settings: "Settings") -> int:
    """Answer and move every file whose verdict is committed; write outdated answers anew. Returns how many that were.

    A file that the disk refuses holds up no other; a server that is gone is asked a few times only. Raises
    UnfinishedError in the end; the next run tries again.
    """
    unfinished = []
    unanswered = 0
    # One at a time: two would write the same answer and move the same file.
    with engine.connect() as lock, db.advisory_lock(lock, db.FINISH_LOCK), engine.begin() as connection:
        uploads = db.run(connection, "intake/upload/select_unfinished", {"with_outdated": True}).all()
        for upload in uploads:
            try:
                if unanswered == SERVER_TRIES:
                    raise PlaceUnreachableError("a server does not answer")
                answer.write_answer(connection, settings, upload)
                if upload.lies_at != upload.archive_path:
                    _move(settings, upload)
            except OSError as error:
                unanswered += isinstance(error, PlaceUnreachableError) and unanswered < SERVER_TRIES
                log.error("upload %d could not be finished: %s", upload.upload_id, reason_of(error))
                unfinished.append(upload.upload_id)
        finished = [upload for upload in uploads if upload.upload_id not in unfinished]
        db.run(
            connection,
            "intake/upload/finish",
            {
                "upload_ids": [upload.upload_id for upload in finished],
                "answer_outdated_at": [upload.answer_outdated_at for upload in finished],
            },
        )
    if unfinished:
        raise UnfinishedError(unfinished)
    return len(finished)


def _move(settings: "Settings", upload: Any) -> None:
    # From its drop folder; out of quarantine, where its rows were judged again and it is loaded now.
    source, target = place_of(upload.lies_at or upload.source_path), place_of(upload.archive_path)
    waits = _has_bytes(settings, source, upload.sha256)
    if _has_bytes(settings, target, upload.sha256):
        # Moved before a kill; over two file systems, copied and perhaps not yet deleted.
        if waits:
            source.unlink()
    elif waits:
        places.move_private(source, target)
    else:
        log.warning("upload %d: the file was changed or taken away before it could be archived", upload.upload_id)


def _has_bytes(settings: "Settings", file: Place, sha256: str) -> bool:
    if not file.is_file():
        return False
    with spool.local_copy(settings, file) as copy:
        return sha256_of(copy) == sha256
