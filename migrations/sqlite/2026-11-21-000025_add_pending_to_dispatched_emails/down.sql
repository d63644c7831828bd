ALTER TABLE dispatched_emails DROP COLUMN pending;
