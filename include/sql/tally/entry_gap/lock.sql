-- One reconciliation at a time; readers go on.
LOCK TABLE tally.entry_gap IN SHARE ROW EXCLUSIVE MODE
