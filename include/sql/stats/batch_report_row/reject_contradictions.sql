-- Lines that are judged again, beside those of their own file that were stored when it came: another figure for the
-- same key contradicts them.
WITH rejected AS (
    UPDATE batch_report_row AS line
    SET outcome = 'rejected'
    WHERE
        line.outcome IS NULL
        AND EXISTS (
            SELECT FROM stats.report
            WHERE
                report.upload_id = line.upload_id
                AND report.unit_code = line.unit_code
                AND report.given_on = line.given_on
                AND (
                    (report.vaccine IS NULL AND line.doses_given > 0)
                    OR (line.vaccine IS NULL AND report.doses_given > 0)
                    OR (
                        report.vaccine = line.vaccine
                        AND report.dose_number = line.dose_number
                        AND report.doses_given <> line.doses_given
                    )
                )
        )
    RETURNING line.seq
)

INSERT INTO batch_issue (seq, rule)
SELECT
    rejected.seq,
    'report.contradiction'
FROM rejected
