"""The report as files in a folder: a page and a PDF, both private."""

from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally.outreach.management import pages
from vaxtally.outreach.words import words

if TYPE_CHECKING:
    from vaxtally.outreach.management.document import Report


def names(report: "Report") -> tuple[str, str]:
    """The names of page and PDF, without diacritics: mail programs show others raw."""
    stem = f"{words(report.language)('week.file')}-{report.as_of:%Y%m%d}"
    return f"{stem}.html", f"{stem}.pdf"


def write(folder: Path, report: "Report", replacing: bool = True) -> list[Path]:
    """Write both (0600, in a folder 0700); where not `replacing`, those of the same day and language stay."""
    from vaxtally.intake.places import private_folder, write_private

    page, printed = (private_folder(folder) / name for name in names(report))
    if not replacing and page.exists() and printed.exists():
        return [page, printed]
    write_private(page, pages.html(report).encode())
    write_private(printed, pages.pdf(report))
    return [page, printed]
