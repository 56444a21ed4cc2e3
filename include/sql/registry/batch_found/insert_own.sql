-- Whom an update has been about so far, beside those whom it may be about now: what it says may still be more like that
-- one than like anybody else.
WITH own AS (
    SELECT
        c.seq AS sig,
        c.person_id
    FROM batch_correction AS c
    INNER JOIN batch_signature AS s ON c.seq = s.sig
    WHERE s.state = 'open' AND c.person_id IS NOT NULL
),

known AS (
    DELETE FROM batch_found AS f
    USING own AS o
    WHERE f.sig = o.sig AND f.person_id = o.person_id
)

INSERT INTO batch_found (sig, person_id, by_phone, is_close, is_own)
SELECT
    o.sig,
    o.person_id,
    coalesce(s.phone = ANY(p.phones), FALSE) AS by_phone,
    TRUE AS is_close,
    TRUE AS is_own
FROM own AS o
INNER JOIN batch_signature AS s ON o.sig = s.sig
INNER JOIN registry.person AS p ON o.person_id = p.person_id
WHERE EXISTS (SELECT 1 FROM batch_found AS f WHERE f.sig = o.sig AND f.person_id <> o.person_id)
