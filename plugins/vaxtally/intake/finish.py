"""After the commit: write each file's answer and move the file. Repeated until done, however often it is killed."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.intake import answer, places
from vaxtally.intake.discover import sha256_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from vaxtally.settings import Settings

log = logging.getLogger(__name__)


def finish_files(engine: "Engine", settings: "Settings") -> int:
    """Answer and move every file whose verdict is committed. Returns how many were finished."""
    with engine.begin() as connection:
        uploads = db.run(connection, "intake/upload/select_unfinished").all()
        for upload in uploads:
            answer.write_answer(connection, settings, upload)
            _move(upload)
        db.run(connection, "intake/upload/finish", {"upload_ids": [upload.upload_id for upload in uploads]})
    return len(uploads)


def _move(upload: Any) -> None:
    source, target = Path(upload.source_path), Path(upload.archive_path)
    if target.exists():
        return
    if source.is_file() and sha256_of(source) == upload.sha256:
        places.move_private(source, target)
    else:
        log.warning("upload %d: the file was changed or taken away before it could be archived", upload.upload_id)
