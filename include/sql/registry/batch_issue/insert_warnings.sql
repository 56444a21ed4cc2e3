-- What is odd about a new or updated dose beside the person's other doses.
-- Rules on time look at every other dose known with the row's file; repeated and out of order is what arrives later.
INSERT INTO batch_issue (seq, rule, column_name, message_values)
SELECT
    f.seq,
    f.rule,
    r.column_name,
    f.message_values
FROM (
    SELECT DISTINCT
        o.seq,
        'record.dose_repeated' AS rule,
        jsonb_build_object('dose_number', o.dose_number) AS message_values
    FROM batch_other AS o
    WHERE
        o.is_before AND o.source = 'administered'
        AND o.dose_number = o.own_dose_number AND o.given_on <> o.own_given_on
    UNION ALL
    SELECT DISTINCT
        o.seq,
        'record.dose_order' AS rule,
        CAST(NULL AS jsonb) AS message_values
    FROM batch_other AS o
    WHERE
        o.is_before
        AND (
            (o.dose_number > o.own_dose_number AND o.given_on < o.own_given_on)
            OR (o.dose_number < o.own_dose_number AND o.given_on > o.own_given_on)
        )
    UNION ALL
    SELECT
        o.seq,
        'record.interval_short' AS rule,
        jsonb_build_object('days', o.own_given_on - o.given_on) AS message_values
    FROM batch_other AS o
    INNER JOIN reference.vaccine AS v ON o.vaccine = v.code
    -- four days' grace
    WHERE o.is_previous AND o.own_given_on - o.given_on < v.min_interval_days - 4
    UNION ALL
    SELECT
        o.seq,
        'record.series_mixed' AS rule,
        CAST(NULL AS jsonb) AS message_values
    FROM batch_other AS o
    LEFT JOIN reference.vaccine AS v ON o.vaccine = v.code
    WHERE
        o.is_previous AND o.vaccine <> o.own_vaccine
        -- the primary series is that of the vaccine it was begun with; two doses where that is another country's
        AND o.own_dose_number <= coalesce(v.doses_in_series, 2)
        AND NOT EXISTS (
            SELECT 1
            FROM reference.vaccine_pair AS a
            WHERE a.previous = o.vaccine AND a.next = o.own_vaccine AND a.valid_from <= o.own_given_on
        )
    UNION ALL
    SELECT
        e.seq,
        'record.dose_missing_before' AS rule,
        CAST(NULL AS jsonb) AS message_values
    FROM batch_entry AS e
    WHERE
        e.remark_pass = :pass AND e.dose_number >= 2
        AND (e.outcome = 'loaded' OR (e.outcome = 'updated' AND e.action = 'update'))
        AND NOT EXISTS (
            SELECT 1
            FROM batch_other AS o
            WHERE o.seq = e.seq AND (o.dose_number < o.own_dose_number OR o.given_on < o.own_given_on)
        )
    UNION ALL
    SELECT
        e.seq,
        'phone.shared' AS rule,
        CAST(NULL AS jsonb) AS message_values
    FROM batch_entry AS e
    INNER JOIN batch_row AS b ON e.seq = b.seq
    INNER JOIN batch_shared_phone AS h ON b.phone = h.phone AND b.upload_id >= h.since_upload_id
    WHERE e.remark_pass = :pass AND e.outcome IN ('loaded', 'updated')
) AS f
INNER JOIN reference.rule AS r ON f.rule = r.code
