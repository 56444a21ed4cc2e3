-- Plan a single file for an answer only.
WITH drawn AS (
    SELECT
        nextval('intake.upload_id_seq') AS upload_id,
        CAST(nextval('intake.shard_seq') AS integer) AS shard
),

planned AS (
    INSERT INTO intake.staged_file (
        upload_id, shard, kind, unit_code, file_name, source_path, kept_path, modified_at, sha256, size_bytes,
        language, received_on, received_at, check_only
    )
    SELECT
        d.upload_id,
        d.shard,
        :kind AS kind,
        u.unit_code,
        :file_name AS file_name,
        :source_path AS source_path,
        '' AS kept_path,
        to_timestamp(:modified_second) AS modified_at,
        :sha256 AS sha256,
        :size_bytes AS size_bytes,
        u.language,
        CAST(:received_on AS date) AS received_on,
        CAST(:received_at AS timestamptz) AS received_at,
        TRUE AS check_only
    FROM drawn AS d
    INNER JOIN reference.unit AS u ON u.unit_code = :unit_code
    RETURNING upload_id
)

SELECT
    d.upload_id,
    d.shard,
    EXISTS(SELECT 1 FROM planned) AS known
FROM drawn AS d
