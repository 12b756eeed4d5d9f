-- Who may do what: admin tokens, the OAuth clients of SCIM, the audit trail, and the
-- answers that a repeated POST gets again.

-- +goose Up
-- Looked up by the hash alone, before the directory is known.
CREATE TABLE admin_tokens (
    id           uuid PRIMARY KEY,
    name         text   NOT NULL,
    directory_id uuid REFERENCES directories ON DELETE CASCADE, -- NULL: every directory
    access       text   NOT NULL,
    hash         text   NOT NULL,
    created_at   bigint NOT NULL,
    expires_at   bigint NOT NULL,
    last_used_at bigint NOT NULL,
    revoked_at   bigint NOT NULL
);
CREATE UNIQUE INDEX admin_tokens_hash ON admin_tokens (hash);

CREATE TABLE scim_clients (
    directory_id  uuid   NOT NULL REFERENCES directories ON DELETE CASCADE,
    id            uuid   NOT NULL,
    name          text   NOT NULL,
    kind          text   NOT NULL,
    access        text   NOT NULL,
    token_minutes bigint NOT NULL,
    federation    json   NOT NULL,
    created_at    bigint NOT NULL,
    last_used_at  bigint NOT NULL,
    revoked_at    bigint NOT NULL,
    PRIMARY KEY (directory_id, id)
);
-- The token endpoint is told a client, and no directory.
CREATE UNIQUE INDEX scim_clients_id ON scim_clients (id);

CREATE TABLE scim_client_secrets (
    directory_id uuid   NOT NULL REFERENCES directories ON DELETE CASCADE,
    client_id    uuid   NOT NULL,
    id           uuid   NOT NULL,
    hash         text   NOT NULL,
    created_at   bigint NOT NULL,
    expires_at   bigint NOT NULL,
    last_used_at bigint NOT NULL,
    revoked_at   bigint NOT NULL,
    PRIMARY KEY (directory_id, client_id, id)
);

-- Access tokens are rows of tokens as well, so that one look-up admits and a revocation
-- counts at once.
ALTER TABLE tokens ADD COLUMN client_id uuid;
ALTER TABLE tokens ADD COLUMN secret_id uuid;
CREATE INDEX tokens_client ON tokens (directory_id, client_id) WHERE client_id IS NOT NULL;

-- No foreign key: the trail outlives what it tells of.
CREATE TABLE audit_events (
    id           uuid PRIMARY KEY,
    at           bigint NOT NULL,
    directory_id uuid,
    actor_kind   text   NOT NULL,
    actor_id     uuid,
    actor_name   text   NOT NULL,
    action       text   NOT NULL,
    target_id    text   NOT NULL,
    before       json,
    after        json,
    address      text   NOT NULL,
    request_id   text   NOT NULL
);
CREATE INDEX audit_events_directory ON audit_events (directory_id, id);

-- +goose StatementBegin
CREATE FUNCTION audit_events_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are neither changed nor deleted';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_events_are_kept BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_are_kept();

CREATE TABLE idempotency_keys (
    actor       text   NOT NULL,
    key         text   NOT NULL,
    fingerprint text   NOT NULL,
    status      bigint NOT NULL, -- 0: not answered yet
    location    text   NOT NULL,
    etag        text   NOT NULL,
    sealed_body text   NOT NULL,
    created_at  bigint NOT NULL,
    PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

-- +goose Down
DROP TABLE idempotency_keys;
DROP TABLE audit_events;
DROP FUNCTION audit_events_are_kept;
DROP INDEX tokens_client;
ALTER TABLE tokens DROP COLUMN secret_id;
ALTER TABLE tokens DROP COLUMN client_id;
DROP TABLE scim_client_secrets;
DROP TABLE scim_clients;
DROP TABLE admin_tokens;
