ALTER TABLE applications DROP COLUMN frozen_by;
