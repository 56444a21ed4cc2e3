-- What a unit answered, with the case that is open. The same line of the same file says nothing twice on one day.
WITH told AS (
    INSERT INTO outreach.reply (
        unit_code, case_id, code, given_on, received_on, pause_until, source, recorded_by, sha256, row_number
    )
    VALUES (
        :unit_code,
        (
            SELECT open.case_id
            FROM outreach."case" AS open
            WHERE open.unit_code = :unit_code AND open.state <> 'closed'
        ),
        :code, :given_on, :received_on, :pause_until, :source, :recorded_by, :sha256, :row_number
    )
    ON CONFLICT ON CONSTRAINT reply_file_row DO NOTHING
    RETURNING case_id, code, given_on, pause_until, source
),

happened AS (
    INSERT INTO outreach.case_event (case_id, as_of, event, level, missing, detail)
    SELECT
        told.case_id,
        CAST(:received_on AS date) AS as_of,
        'replied' AS event,
        concerned.level,
        coalesce(
            (
                SELECT last.missing
                FROM outreach.case_event AS last
                WHERE last.case_id = told.case_id
                ORDER BY last.case_event_id DESC
                LIMIT 1
            ),
            0
        ) AS missing,
        jsonb_strip_nulls(
            jsonb_build_object(
                'code', told.code, 'given_on', told.given_on, 'until', told.pause_until, 'source', told.source
            )
        ) AS detail
    FROM told
    INNER JOIN outreach."case" AS concerned ON told.case_id = concerned.case_id
)

SELECT count(*) AS recorded FROM told
