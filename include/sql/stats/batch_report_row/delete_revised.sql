-- Lines that are judged again where a later file has a figure for their key, or a nil report for their unit-day: that
-- is the last word, and these are left alone. Which they are.
DELETE FROM batch_report_row AS line
USING stats.report
WHERE
    line.outcome IS NULL
    AND report.upload_id > line.upload_id
    AND report.unit_code = line.unit_code
    AND report.given_on = line.given_on
    AND (
        report.vaccine IS NULL
        OR line.vaccine IS NULL
        OR (report.vaccine = line.vaccine AND (line.dose_number IS NULL OR report.dose_number = line.dose_number))
    )
RETURNING line.upload_id, line.row_number
