-- A row may name a person by CCCD, CMND and passport at once, each in a column of its own.
ALTER TABLE intake.staged_row
ADD COLUMN third_national_id text,
ADD COLUMN third_national_id_kind text;
