DROP TABLE account_deletion_warnings;
