-- Deleted for everybody who asks, while its rows are still being removed. Until they are, nobody else gets its id.
ALTER TABLE applications ADD COLUMN deleted BOOLEAN NOT NULL DEFAULT FALSE;
