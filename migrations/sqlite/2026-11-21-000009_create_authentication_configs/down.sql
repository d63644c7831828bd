DROP TABLE authentication_configs;
