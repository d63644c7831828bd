DROP TABLE dispatched_emails;
