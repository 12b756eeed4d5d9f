-- Who may do what: admin tokens, the OAuth clients of SCIM, the audit trail, and the
-- answers that a repeated POST gets again.

-- +goose Up
-- Looked up by the hash alone, before the directory is known.
CREATE TABLE admin_tokens (
    id           text PRIMARY KEY,
    name         text   NOT NULL,
    directory_id text REFERENCES directories (id) ON DELETE CASCADE, -- NULL: every directory
    access       text   NOT NULL,
    hash         text   NOT NULL,
    created_at   integer NOT NULL,
    expires_at   integer NOT NULL,
    last_used_at integer NOT NULL,
    revoked_at   integer NOT NULL
) STRICT;
CREATE UNIQUE INDEX admin_tokens_hash ON admin_tokens (hash);

CREATE TABLE scim_clients (
    directory_id  text   NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    id            text   NOT NULL,
    name          text   NOT NULL,
    kind          text   NOT NULL,
    access        text   NOT NULL,
    token_minutes integer NOT NULL,
    federation    text   NOT NULL,
    created_at    integer NOT NULL,
    last_used_at  integer NOT NULL,
    revoked_at    integer NOT NULL,
    PRIMARY KEY (directory_id, id)
) STRICT;
-- The token endpoint is told a client, and no directory.
CREATE UNIQUE INDEX scim_clients_id ON scim_clients (id);

CREATE TABLE scim_client_secrets (
    directory_id text   NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    client_id    text   NOT NULL,
    id           text   NOT NULL,
    hash         text   NOT NULL,
    created_at   integer NOT NULL,
    expires_at   integer NOT NULL,
    last_used_at integer NOT NULL,
    revoked_at   integer NOT NULL,
    PRIMARY KEY (directory_id, client_id, id)
) STRICT;

-- Access tokens are rows of tokens as well, so that one look-up admits and a revocation
-- counts at once.
ALTER TABLE tokens ADD COLUMN client_id text;
ALTER TABLE tokens ADD COLUMN secret_id text;
CREATE INDEX tokens_client ON tokens (directory_id, client_id) WHERE client_id IS NOT NULL;

-- No foreign key: the trail outlives what it tells of.
CREATE TABLE audit_events (
    id           text PRIMARY KEY,
    at           integer NOT NULL,
    directory_id text,
    actor_kind   text   NOT NULL,
    actor_id     text,
    actor_name   text   NOT NULL,
    action       text   NOT NULL,
    target_id    text   NOT NULL,
    before       text,
    after        text,
    address      text   NOT NULL,
    request_id   text   NOT NULL
) STRICT;
CREATE INDEX audit_events_directory ON audit_events (directory_id, id);

-- +goose StatementBegin
CREATE TRIGGER audit_events_are_not_changed BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are neither changed nor deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_events_are_not_deleted BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are neither changed nor deleted');
END;
-- +goose StatementEnd

CREATE TABLE idempotency_keys (
    actor       text   NOT NULL,
    key         text   NOT NULL,
    fingerprint text   NOT NULL,
    status      integer NOT NULL, -- 0: not answered yet
    location    text   NOT NULL,
    etag        text   NOT NULL,
    sealed_body text   NOT NULL,
    created_at  integer NOT NULL,
    PRIMARY KEY (actor, key)
) STRICT;
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

-- +goose Down
DROP TABLE idempotency_keys;
DROP TABLE audit_events;
DROP INDEX tokens_client;
ALTER TABLE tokens DROP COLUMN secret_id;
ALTER TABLE tokens DROP COLUMN client_id;
DROP TABLE scim_client_secrets;
DROP TABLE scim_clients;
DROP TABLE admin_tokens;
