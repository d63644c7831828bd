-- A sign-in that names a user is completed by that user only. On for applications that are there already, too.
ALTER TABLE features ADD COLUMN bind_named_sign_ins BOOLEAN NOT NULL DEFAULT TRUE;
