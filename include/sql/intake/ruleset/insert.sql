-- Note a combination of rules, lists and settings that no file was judged by before.
INSERT INTO intake.ruleset (sha256, parts, unit_list_sha256, settings, vaxtally_version)
SELECT
    :sha256 AS sha256,
    CAST(:parts AS jsonb) AS parts,
    :unit_list_sha256 AS unit_list_sha256,
    CAST(:settings AS jsonb) AS settings,
    :vaxtally_version AS vaxtally_version
-- looked for first: a conflict would use up an id
WHERE NOT EXISTS (SELECT 1 FROM intake.ruleset AS r WHERE r.sha256 = :sha256)
ON CONFLICT (sha256) DO NOTHING
