-- Who is held as of a file is asked again as of the next one that says the same: somebody may have come in between.
WITH later AS (
    SELECT
        e.seq,
        b.upload_id,
        s.sig AS held_sig,
        min(e.seq) OVER (PARTITION BY s.sig) AS sig
    FROM batch_signature AS s
    INNER JOIN batch_identity AS e ON s.sig = e.sig
    INNER JOIN batch_row AS b ON e.seq = b.seq
    WHERE s.state = 'held' AND s.round = :round AND b.upload_id > s.upload_id
),

moved AS (
    UPDATE batch_identity AS e SET sig = l.sig FROM later AS l WHERE e.seq = l.seq
),

opened AS (
    INSERT INTO batch_signature (
        sig, upload_id, name_key, birth_date, birth_date_latest, birth_date_precision, sex, phone, district_code, ward,
        given_marks
    )
    SELECT
        l.sig,
        l.upload_id,
        s.name_key,
        s.birth_date,
        s.birth_date_latest,
        s.birth_date_precision,
        s.sex,
        s.phone,
        s.district_code,
        s.ward,
        s.given_marks
    FROM later AS l
    INNER JOIN batch_signature AS s ON l.held_sig = s.sig
    WHERE l.seq = l.sig
),

resembling AS (
    INSERT INTO batch_near (sig, other_sig)
    SELECT
        d.sig,
        d.other_sig
    FROM later AS l
    INNER JOIN batch_near AS r ON l.held_sig = r.sig
    CROSS JOIN LATERAL (VALUES (l.sig, r.other_sig), (r.other_sig, l.sig)) AS d (sig, other_sig)
    WHERE l.seq = l.sig
)

INSERT INTO batch_key (sig, kind, value, is_number, trusted, repeated)
SELECT
    l.sig,
    k.kind,
    k.value,
    k.is_number,
    k.trusted,
    k.repeated
FROM later AS l
INNER JOIN batch_key AS k ON l.held_sig = k.sig
WHERE l.seq = l.sig
