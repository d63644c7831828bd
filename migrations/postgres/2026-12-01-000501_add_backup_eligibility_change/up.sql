-- What a passkey leads to that was bound to its device and may be backed up since: `refuse` or `learn-once`. Applications
-- that are there already go on refusing.
ALTER TABLE features ADD COLUMN backup_eligibility_change TEXT NOT NULL DEFAULT 'refuse';
