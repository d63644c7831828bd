DROP TABLE alias_keys;
