-- A batch is done; the next may follow in the same transaction.
DROP TABLE batch_figure
