-- Lineage: from any dose to its file and row, from any row to its dose or its reason; and reviews that are settled.

-- Doses and changes are written in the order of their uploads: an index of a few pages finds a file's, and costs a load
-- next to nothing. Rows that are judged again lie at the end, and widen a few ranges.
CREATE INDEX dose_upload ON registry.dose USING brin (upload_id) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX dose_history_upload
ON registry.dose_history USING brin (changed_by_upload_id) WITH (pages_per_range = 16, autosummarize = on);

-- The dose that a row repeats, changes or withdraws, or would have; null: it made one (registry.dose has its number),
-- or names none. Bookkeeping, as in registry.person without a foreign key.
ALTER TABLE intake.row_issue ADD COLUMN dose_id bigint;
