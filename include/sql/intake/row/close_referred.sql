-- A row of the upload that names an earlier row of its sender, or of a unit below, takes that one's place, whatever
-- became of it: the older row is closed. Where that was closed by a later one already (an old fix file, sent once
-- more), the last of the chain is: of one record, no two rows are open. A name that leads nowhere does no harm.
WITH RECURSIVE below AS (
    SELECT u.unit_code FROM intake.upload AS u WHERE u.upload_id = :upload_id
    UNION
    SELECT n.unit_code
    FROM below
    INNER JOIN reference.unit AS n ON below.unit_code = n.parent_unit_code
),

referring AS (
    SELECT
        b.row_number,
        intake.read_ref(b.vaxtally_ref) AS ref
    FROM batch_row AS b
    WHERE b.upload_id = :upload_id AND b.vaxtally_ref IS NOT NULL
),

chain AS (
    SELECT
        r.row_number AS by_row_number,
        w.upload_id,
        w.row_number,
        w.closed_at,
        w.closed_by_upload_id,
        w.closed_by_row_number
    FROM referring AS r
    INNER JOIN intake.row AS w ON w.upload_id = r.ref[1] AND w.row_number = r.ref[2]
    INNER JOIN intake.upload AS u ON w.upload_id = u.upload_id
    WHERE
        w.upload_id < :upload_id AND u.kind = 'upload'
        AND u.unit_code IN (SELECT below.unit_code FROM below)
    UNION ALL
    SELECT
        c.by_row_number,
        w.upload_id,
        w.row_number,
        w.closed_at,
        w.closed_by_upload_id,
        w.closed_by_row_number
    FROM chain AS c
    INNER JOIN intake.row AS w ON c.closed_by_upload_id = w.upload_id AND c.closed_by_row_number = w.row_number
    WHERE w.upload_id < :upload_id
),

corrected AS (
    SELECT
        upload_id,
        row_number,
        max(by_row_number) AS by_row_number
    FROM chain
    WHERE closed_at IS NULL
    GROUP BY upload_id, row_number
)

UPDATE intake.row AS r
SET closed_at = now(), closed_by_upload_id = :upload_id, closed_by_row_number = c.by_row_number
FROM corrected AS c
WHERE r.upload_id = c.upload_id AND r.row_number = c.row_number
