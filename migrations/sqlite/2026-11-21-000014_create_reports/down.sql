DROP TABLE active_user_reports;
DROP TABLE credential_reports;
