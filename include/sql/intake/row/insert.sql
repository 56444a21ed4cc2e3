-- Keep the original and canonical values of every rejected or held row; and of those that may be asked again who they
-- are, which wait for nobody.
INSERT INTO intake.row (
    upload_id, row_number, sheet, line, outcome, unit_code, given_on, vaccine, dose_number, original, canonical,
    closed_at
)
SELECT
    v.upload_id,
    v.row_number,
    v.sheet,
    v.line,
    v.outcome,
    v.unit_code,
    v.given_on,
    v.vaccine,
    v.dose_number,
    to_jsonb(string_to_array(v.original, E'\x1f')) AS original,
    jsonb_strip_nulls(v.canonical) AS canonical,
    CASE WHEN v.outcome NOT IN ('rejected', 'held') THEN u.received_at END AS closed_at
FROM batch_verdict AS v
INNER JOIN intake.upload AS u ON v.upload_id = u.upload_id
WHERE v.outcome IN ('rejected', 'held') OR v.is_kept
