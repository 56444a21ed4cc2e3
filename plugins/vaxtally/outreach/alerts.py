"""Telling the operators that something broke."""

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vaxtally.settings import Settings

log = logging.getLogger(__name__)


def alert(settings: "Settings", title: str, body: str) -> bool:
    """Send a short text through `settings.alert_url`; True where it was accepted.

    Never raises: it is called where something has failed already. Title and body must hold no patient data.
    """
    if not settings.alert_url:
        log.info("No alert URL is set (VAXTALLY_ALERT_URL); not told: %s", title)
        return False
    try:
        from vaxtally.outreach import transport

        told = transport.notify(settings.alert_url, title, body)
    except Exception as error:
        log.warning("The alert could not be sent (%s): %s", type(error).__name__, title)
        return False
    if not told:
        log.warning("The alert was not accepted: %s", title)
    return told
