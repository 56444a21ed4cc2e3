-- Rows that change or withdraw an earlier record wait for a reviewer.
UPDATE batch_row SET outcome = 'held' WHERE outcome IS NULL AND action IN ('update', 'void')
