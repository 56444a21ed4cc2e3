-- Remark a positive line whose unit-day, as it stands once its file is applied, is unusually high (report.outlier):
-- above 10,000, or above the unit's median by more than 5 x max(MAD, 10 % of the median, 10). The median and MAD
-- (median distance from the median) are of the days with a positive total among the 28 before, at least 7: a day
-- without vaccinations says nothing of how many the unit gives when it vaccinates.
-- Runs before the batch's revisions are stored; what a file adds to a day is read from batch_figure.
INSERT INTO batch_issue (seq, rule, column_name, value)
WITH line AS (
    SELECT
        staged.seq,
        staged.unit_code,
        staged.given_on,
        staged.doses_given,
        staged.doses_given_text,
        max(staged.seq) OVER (PARTITION BY staged.upload_id) AS file_seq
    FROM batch_report_row AS staged
    WHERE staged.outcome IS NULL
),

judged AS (
    SELECT DISTINCT line.unit_code, line.given_on, line.file_seq
    FROM line
    WHERE line.doses_given > 0
),

span AS (
    SELECT judged.unit_code, min(judged.given_on) - 28 AS first_on, max(judged.given_on) AS last_on
    FROM judged
    GROUP BY judged.unit_code
),

change AS (
    SELECT standing.unit_code, standing.given_on, 0 AS file_seq, standing.doses_given AS doses
    FROM (
        SELECT DISTINCT ON (report.unit_code, report.given_on, report.vaccine, report.dose_number) report.*
        FROM stats.report
        INNER JOIN span
            ON report.unit_code = span.unit_code AND report.given_on BETWEEN span.first_on AND span.last_on
        ORDER BY report.unit_code, report.given_on, report.vaccine, report.dose_number, report.revision DESC
    ) AS standing
    UNION ALL
    SELECT figure.unit_code, figure.given_on, figure.file_seq, figure.doses_given - coalesce(figure.previous, 0)
    FROM batch_figure AS figure
),

-- a unit-day's total from one file on until the next that changes it
day_total AS (
    SELECT
        change.unit_code,
        change.given_on,
        change.file_seq AS from_seq,
        lead(change.file_seq) OVER of_day AS until_seq,
        sum(sum(change.doses)) OVER of_day AS total
    FROM change
    GROUP BY change.unit_code, change.given_on, change.file_seq
    WINDOW of_day AS (PARTITION BY change.unit_code, change.given_on ORDER BY change.file_seq)
),

candidate AS (
    SELECT judged.unit_code, judged.given_on, judged.file_seq, day_total.total
    FROM judged
    INNER JOIN day_total
        ON
            judged.unit_code = day_total.unit_code
            AND judged.given_on = day_total.given_on
            AND judged.file_seq >= day_total.from_seq
            AND (judged.file_seq < day_total.until_seq OR day_total.until_seq IS NULL)
    -- the least there is to exceed: a median of 1 by 5 x 10
    WHERE day_total.total > 50
),

usual AS (
    SELECT
        candidate.unit_code,
        candidate.given_on,
        candidate.file_seq,
        candidate.total,
        count(earlier.total) AS days,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY earlier.total) AS median,
        array_agg(earlier.total) AS totals
    FROM candidate
    LEFT JOIN day_total AS earlier
        ON
            candidate.unit_code = earlier.unit_code
            AND earlier.given_on BETWEEN candidate.given_on - 28 AND candidate.given_on - 1
            AND candidate.file_seq >= earlier.from_seq
            AND (candidate.file_seq < earlier.until_seq OR earlier.until_seq IS NULL)
            AND earlier.total > 0
    GROUP BY candidate.unit_code, candidate.given_on, candidate.file_seq, candidate.total
),

outlier AS (
    SELECT usual.unit_code, usual.given_on, usual.file_seq
    FROM usual
    CROSS JOIN
        LATERAL (
            SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(day.total - usual.median)) AS mad
            FROM unnest(usual.totals) AS day (total)
        ) AS spread
    WHERE
        usual.total > 10000
        OR (usual.days >= 7 AND usual.total - usual.median > 5 * greatest(spread.mad, 0.1 * usual.median, 10))
)

SELECT line.seq, 'report.outlier', 'doses_given', line.doses_given_text
FROM line
INNER JOIN outlier
    ON
        line.unit_code = outlier.unit_code
        AND line.given_on = outlier.given_on
        AND line.file_seq = outlier.file_seq
WHERE line.doses_given > 0
