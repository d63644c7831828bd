ALTER TABLE features DROP COLUMN backup_eligibility_change;
