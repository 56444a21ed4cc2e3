-- What is odd about a new dose beside the person's other doses.
-- Seen from the row: "known" are doses of its own file, wherever they stand in it, and of earlier files; "before" are
-- doses that arrived before the row. A declared dose counts until the dose itself is entered.
INSERT INTO batch_issue (seq, rule, column_name, message_values)
WITH entry AS (
    SELECT
        e.seq,
        e.person_id,
        e.upload_id,
        e.row_number,
        e.vaccine,
        e.dose_number,
        e.given_on
    FROM batch_entry AS e
    WHERE e.outcome = 'loaded' AND NOT e.alone
),

other AS (
    SELECT
        e.seq,
        d.source,
        d.vaccine,
        d.dose_number,
        d.given_on,
        (d.upload_id, d.row_number) < (e.upload_id, e.row_number) AS is_before
    FROM entry AS e
    INNER JOIN registry.dose AS d ON e.person_id = d.person_id
    WHERE
        d.upload_id <= e.upload_id AND d.voided_at IS NULL
        AND (
            (d.source = 'administered' AND (d.upload_id, d.row_number) <> (e.upload_id, e.row_number))
            OR (d.source = 'declared' AND NOT EXISTS (
                SELECT 1
                FROM registry.dose AS a
                WHERE
                    a.person_id = d.person_id AND a.dose_number = d.dose_number AND a.source = 'administered'
                    AND a.voided_at IS NULL AND a.upload_id <= e.upload_id
            ))
        )
),

previous AS (
    SELECT DISTINCT ON (o.seq)
        o.seq,
        o.vaccine,
        o.given_on
    FROM other AS o
    INNER JOIN entry AS e ON o.seq = e.seq
    WHERE o.given_on < e.given_on
    ORDER BY o.seq, o.given_on DESC, o.dose_number DESC
),

found AS (
    SELECT
        e.seq,
        'record.dose_repeated' AS rule,
        jsonb_build_object('dose_number', e.dose_number) AS message_values
    FROM entry AS e
    WHERE EXISTS (
        SELECT 1
        FROM other AS o
        WHERE
            o.seq = e.seq AND o.is_before AND o.source = 'administered'
            AND o.dose_number = e.dose_number AND o.given_on <> e.given_on
    )
    UNION ALL
    SELECT
        e.seq,
        'record.dose_order' AS rule,
        NULL AS message_values
    FROM entry AS e
    WHERE EXISTS (
        SELECT 1
        FROM other AS o
        WHERE
            o.seq = e.seq AND o.is_before
            AND (
                (o.dose_number > e.dose_number AND o.given_on < e.given_on)
                OR (o.dose_number < e.dose_number AND o.given_on > e.given_on)
            )
    )
    UNION ALL
    SELECT
        e.seq,
        'record.interval_short' AS rule,
        jsonb_build_object('days', e.given_on - p.given_on) AS message_values
    FROM entry AS e
    INNER JOIN previous AS p ON e.seq = p.seq
    INNER JOIN reference.vaccine AS v ON p.vaccine = v.code
    -- four days' grace
    WHERE e.given_on - p.given_on < v.min_interval_days - 4
    UNION ALL
    SELECT
        e.seq,
        'record.series_mixed' AS rule,
        NULL AS message_values
    FROM entry AS e
    INNER JOIN previous AS p ON e.seq = p.seq
    LEFT JOIN reference.vaccine AS v ON p.vaccine = v.code
    WHERE
        p.vaccine <> e.vaccine
        -- the primary series is that of the vaccine it was begun with; two doses where that is another country's
        AND e.dose_number <= coalesce(v.doses_in_series, 2)
        AND NOT EXISTS (
            SELECT 1
            FROM reference.vaccine_pair AS a
            WHERE a.previous = p.vaccine AND a.next = e.vaccine AND a.valid_from <= e.given_on
        )
    UNION ALL
    SELECT
        e.seq,
        'record.dose_missing_before' AS rule,
        NULL AS message_values
    FROM entry AS e
    WHERE
        e.dose_number >= 2
        AND NOT EXISTS (
            SELECT 1
            FROM other AS o
            WHERE o.seq = e.seq AND (o.dose_number < e.dose_number OR o.given_on < e.given_on)
        )
    UNION ALL
    -- a new person's only dose
    SELECT
        e.seq,
        'record.dose_missing_before' AS rule,
        NULL AS message_values
    FROM batch_entry AS e
    WHERE e.outcome = 'loaded' AND e.alone AND e.dose_number >= 2
)

SELECT
    f.seq,
    f.rule,
    r.column_name,
    f.message_values
FROM found AS f
INNER JOIN reference.rule AS r ON f.rule = r.code
