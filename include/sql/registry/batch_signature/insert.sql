-- Who the rows of a pass say they are, each once, as of the first row that says so: of its new rows, or of the records
-- that its updates result in.
INSERT INTO batch_signature (
    sig, upload_id, name_key, birth_date, birth_date_latest, birth_date_precision, sex, phone, district_code, ward,
    given_marks
)
SELECT
    b.seq AS sig,
    b.upload_id,
    b.name_key,
    b.birth_date,
    b.birth_date_latest,
    b.birth_date_precision,
    b.sex,
    b.phone,
    b.district_code,
    b.ward,
    n.given_marks
FROM batch_identity AS n
INNER JOIN batch_row AS b ON n.seq = b.seq
WHERE
    n.seq = n.sig AND n.pass = :pass AND b.action = :action
    -- who it is is asked of an update only where that changes
    AND (:action = 'new' OR b.seq IN (SELECT c.seq FROM batch_correction AS c WHERE c.changes_person))
