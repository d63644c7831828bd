-- Who froze the application: 'operator', or 'account_deletion'. Null, as in older rows, means the operator.
ALTER TABLE applications ADD COLUMN frozen_by TEXT;
