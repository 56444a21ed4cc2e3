-- Two persons who are to be merged or parted: into whom they were merged, and whether others were merged into them.
SELECT
    p.person_id,
    p.merged_into_person_id,
    EXISTS(SELECT 1 FROM registry.person AS m WHERE m.merged_into_person_id = p.person_id) AS stands_for_others
FROM registry.person AS p
WHERE p.person_id = ANY(CAST(:person_ids AS bigint[]))
