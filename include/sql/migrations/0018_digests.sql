-- Digests to whoever has units below it, and a weekly one.

-- A digest is about the whole city (no unit), or about what is below a unit; an alert is about no unit. Of a digest,
-- level 0 is the daily one and 1 the weekly.
ALTER TABLE outreach.message
DROP CONSTRAINT message_check,
ADD CONSTRAINT message_unit_of_kind CHECK (
    kind = 'digest' OR (kind = 'alert') = (unit_code IS NULL)
);
