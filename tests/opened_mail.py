"""All that a mail says to whoever opens it and everything that goes with it, as one text to search."""

import io
import zipfile
from email.message import EmailMessage

import pypdf


def everything_in(mail: EmailMessage) -> str:
    """Headers decoded, and every part's bytes decoded, as one text; workbooks unpacked, letters read."""
    said = [f"{name}: {value}" for name, value in mail.items()]
    for part in mail.walk():
        said += [str(value) for value in part.values()]
        if not part.is_multipart():
            content = part.get_content()
            said.append(content if isinstance(content, str) else opened(content))
    return "\n".join(said)


def opened(content: bytes) -> str:
    """What an attachment holds: its bytes (a picture's metadata among them), and what a program shows of it."""
    said = [content.decode("utf-8", "replace"), content.decode("utf-16", "replace")]
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            said += [f"{name}: {book.read(name).decode('utf-8')}" for name in book.namelist()]
    if content.startswith(b"%PDF"):
        letter = pypdf.PdfReader(io.BytesIO(content))
        said += [str(letter.metadata), *(sheet.extract_text() for sheet in letter.pages)]
    return "\n".join(said)
