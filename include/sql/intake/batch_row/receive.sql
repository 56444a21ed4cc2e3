-- Rows that are judged again become known today: figures of past days stay as they were told.
UPDATE batch_row SET received_on = :as_of
