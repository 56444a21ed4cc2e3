"""Outreach: who is told what, by mail, exactly once.

send_receipts(engine, as_of, settings)  a mail to a unit for each file it sent, by default only where rows wait
take_in_replies(engine, settings, run_time)  what units answered, from their folders
remind_units(engine, as_of, settings)   a mail to every unit in shortfall
send_digest(engine, as_of, settings)    the daily digest to the Department
send_management_report(…)               the weekly report to the management
deliver_queued(engine, settings, kind)  sends what waits; those above end with it
alert(settings, title, body)            tells the operators; never raises
"""

from vaxtally.outreach.alerts import alert
from vaxtally.outreach.delivery import deliver_queued
from vaxtally.outreach.digest import send_digest
from vaxtally.outreach.management.send import send_management_report
from vaxtally.outreach.receipts import send_receipts
from vaxtally.outreach.remind import remind_units
from vaxtally.outreach.replies import take_in_replies
from vaxtally.outreach.summary import Delivery, OutreachSummary

__all__ = [
    "Delivery",
    "OutreachSummary",
    "alert",
    "deliver_queued",
    "remind_units",
    "send_digest",
    "send_management_report",
    "send_receipts",
    "take_in_replies",
]
