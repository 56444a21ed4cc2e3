"""The weekly report to the management: one reading of the city, told as mail, as a page of its own and as PDF.

week.read(connection, as_of, settings)  the figures, of any day
report.tell(week, language)             the same in words: sections of tables and pictures
pages.html(report), pages.pdf(report)   the report as files that need nothing else
send.send_management_report(…)          the mail, once a week and address
"""
