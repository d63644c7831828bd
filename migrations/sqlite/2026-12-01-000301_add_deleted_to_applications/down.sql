ALTER TABLE applications DROP COLUMN deleted;
