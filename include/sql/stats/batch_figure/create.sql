-- The revisions that a batch makes, as if its lines were applied one after the other in the order of seq.
-- Every line becomes events on keys (unit, day, vaccine, dose number; the last two null: the line of a nil report).
-- An event is a revision if its figure or its source differs from what stands on its key just before it.
CREATE TEMPORARY TABLE batch_figure ON COMMIT DROP AS
WITH line AS (
    SELECT
        staged.seq,
        staged.upload_id,
        staged.row_number,
        staged.unit_code,
        staged.given_on,
        staged.vaccine,
        CASE WHEN staged.vaccine IS NOT NULL THEN staged.dose_number END AS dose_number,
        CAST(staged.doses_given AS integer) AS doses_given,
        CASE WHEN staged.sender_unit_code IS NULL THEN 'department' ELSE 'unit' END AS source,
        max(staged.seq) OVER (PARTITION BY staged.upload_id) AS file_seq
    FROM batch_report_row AS staged
    WHERE staged.outcome IS NULL
),

standing AS (
    SELECT DISTINCT ON (report.unit_code, report.given_on, report.vaccine, report.dose_number)
        report.unit_code,
        report.given_on,
        report.vaccine,
        report.dose_number,
        report.doses_given,
        report.source,
        report.revision,
        -- a positive figure that came after it ended it
        report.vaccine IS NULL AND EXISTS (
            SELECT FROM stats.report AS positive
            WHERE
                positive.unit_code = report.unit_code
                AND positive.given_on = report.given_on
                AND positive.doses_given > 0
                AND positive.report_id > report.report_id
        ) AS is_ended_nil
    FROM stats.report
    INNER JOIN (SELECT DISTINCT line.unit_code, line.given_on FROM line) AS touched
        ON report.unit_code = touched.unit_code AND report.given_on = touched.given_on
    ORDER BY report.unit_code, report.given_on, report.vaccine, report.dose_number, report.revision DESC
),

-- each figure of a unit-day, and from which line on it is there
figure AS (
    SELECT standing.unit_code, standing.given_on, standing.vaccine, standing.dose_number, 0 AS first_seq
    FROM standing
    WHERE standing.vaccine IS NOT NULL
    UNION ALL
    SELECT line.unit_code, line.given_on, line.vaccine, line.dose_number, min(line.seq)
    FROM line
    WHERE
        line.dose_number IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM standing
            WHERE
                standing.unit_code = line.unit_code
                AND standing.given_on = line.given_on
                AND standing.vaccine = line.vaccine
                AND standing.dose_number = line.dose_number
        )
    GROUP BY line.unit_code, line.given_on, line.vaccine, line.dose_number
),

event AS (
    SELECT
        0 AS seq,
        0 AS file_seq,
        CAST(NULL AS bigint) AS upload_id,
        CAST(NULL AS integer) AS row_number,
        standing.unit_code,
        standing.given_on,
        standing.vaccine,
        standing.dose_number,
        standing.doses_given,
        -- what is ended is news again
        CASE WHEN NOT standing.is_ended_nil THEN standing.source END AS source,
        false AS nil,
        standing.revision
    FROM standing
    UNION ALL
    -- a line with a key of its own, the nil line among them
    SELECT
        line.seq,
        line.file_seq,
        line.upload_id,
        line.row_number,
        line.unit_code,
        line.given_on,
        line.vaccine,
        line.dose_number,
        line.doses_given,
        line.source,
        line.vaccine IS NULL,
        0
    FROM line
    WHERE line.vaccine IS NULL OR line.dose_number IS NOT NULL
    UNION ALL
    -- a nil line takes every figure of its unit-day to 0; a 0 for a vaccine without dose number those of the vaccine
    -- that its file does not name
    SELECT
        line.seq,
        line.file_seq,
        line.upload_id,
        line.row_number,
        line.unit_code,
        line.given_on,
        figure.vaccine,
        figure.dose_number,
        0,
        line.source,
        line.vaccine IS NULL,
        0
    FROM line
    INNER JOIN figure
        ON
            line.unit_code = figure.unit_code
            AND line.given_on = figure.given_on
            AND line.seq > figure.first_seq
            AND (line.vaccine IS NULL OR line.vaccine = figure.vaccine)
    WHERE
        line.dose_number IS NULL
        AND NOT EXISTS (
            SELECT FROM line AS named
            WHERE
                line.vaccine IS NOT NULL
                AND named.upload_id = line.upload_id
                AND named.unit_code = figure.unit_code
                AND named.given_on = figure.given_on
                AND named.vaccine = figure.vaccine
                AND named.dose_number = figure.dose_number
        )
),

-- for a nil line: how many positive lines of its unit-day came before it; one in between makes the next nil news
placed AS (
    SELECT
        event.*,
        CASE
            WHEN event.vaccine IS NULL
                THEN count(*) FILTER (WHERE event.seq > 0 AND event.doses_given > 0) OVER (
                    PARTITION BY event.unit_code, event.given_on ORDER BY event.seq
                )
        END AS positives
    FROM event
),

compared AS (
    SELECT
        placed.*,
        lag(placed.doses_given) OVER on_key AS previous,
        lag(placed.source) OVER on_key AS previous_source,
        lag(placed.positives) OVER on_key AS previous_positives,
        max(placed.revision) OVER (
            PARTITION BY placed.unit_code, placed.given_on, placed.vaccine, placed.dose_number
        ) AS revisions
    FROM placed
    WINDOW on_key AS (
        PARTITION BY placed.unit_code, placed.given_on, placed.vaccine, placed.dose_number ORDER BY placed.seq
    )
),

news AS (
    SELECT compared.*
    FROM compared
    WHERE
        compared.seq > 0
        AND (compared.doses_given, compared.source, compared.positives)
        IS DISTINCT FROM (compared.previous, compared.previous_source, compared.previous_positives)
)

SELECT
    news.seq,
    news.file_seq,
    news.upload_id,
    news.row_number,
    news.unit_code,
    news.given_on,
    news.vaccine,
    news.dose_number,
    news.doses_given,
    news.source,
    news.nil,
    news.previous,
    news.revisions + row_number() OVER (
        PARTITION BY news.unit_code, news.given_on, news.vaccine, news.dose_number
        ORDER BY news.seq
    ) AS revision
FROM news
