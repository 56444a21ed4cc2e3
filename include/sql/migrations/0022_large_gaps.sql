-- A day's figures of a unit add up to more than an integer holds where a column slipped, such as telephone numbers in
-- the place of counts: they are loaded with a warning, and must not keep the whole city from being written to.
ALTER TABLE outreach.message_day ALTER COLUMN missing TYPE bigint;
ALTER TABLE outreach."case" ALTER COLUMN level_missing TYPE bigint;
ALTER TABLE outreach.case_day ALTER COLUMN clock_missing TYPE bigint;
ALTER TABLE outreach.case_event ALTER COLUMN missing TYPE bigint;
