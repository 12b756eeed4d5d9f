-- How an application signs in, and when what it signs in with ends. An empty credential
-- is a client secret.

-- +goose Up
ALTER TABLE graph_settings ADD COLUMN credential text NOT NULL DEFAULT '';
ALTER TABLE graph_settings ADD COLUMN credential_ends_at bigint NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE graph_settings DROP COLUMN credential_ends_at;
ALTER TABLE graph_settings DROP COLUMN credential;
