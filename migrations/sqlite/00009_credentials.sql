-- What may be shown of a certificate that signs in, when the end of a credential was last
-- warned of, and the version of a SCIM client.

-- +goose Up
ALTER TABLE graph_settings ADD COLUMN certificate text;
ALTER TABLE graph_settings ADD COLUMN warned_at integer NOT NULL DEFAULT 0;
ALTER TABLE scim_clients ADD COLUMN version integer NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE scim_clients DROP COLUMN version;
ALTER TABLE graph_settings DROP COLUMN warned_at;
ALTER TABLE graph_settings DROP COLUMN certificate;
