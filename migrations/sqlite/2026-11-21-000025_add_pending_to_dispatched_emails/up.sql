-- Whether the mail is still on its way: it holds a place in the quota, and lapses if nobody says that it was sent.
ALTER TABLE dispatched_emails ADD COLUMN pending BOOLEAN NOT NULL DEFAULT FALSE;
