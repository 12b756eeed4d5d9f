-- The model. Every table and index begins with the directory. Times are microseconds
-- since 1970, UTC, of the database's clock; 0 is never.

-- +goose Up
CREATE TABLE directories (
    id         uuid PRIMARY KEY,
    name       text   NOT NULL,
    mode       text   NOT NULL,
    settings   jsonb  NOT NULL,
    version    bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

CREATE TABLE graph_settings (
    directory_id       uuid PRIMARY KEY REFERENCES directories ON DELETE CASCADE,
    tenant_id          text   NOT NULL,
    client_id          text   NOT NULL,
    sealed_secret      text   NOT NULL,
    application_id_uri text   NOT NULL,
    cloud              text   NOT NULL,
    authority_host     text   NOT NULL,
    graph_host         text   NOT NULL,
    updated_at         bigint NOT NULL
);

CREATE TABLE tokens (
    directory_id uuid   NOT NULL REFERENCES directories ON DELETE CASCADE,
    id           uuid   NOT NULL,
    name         text   NOT NULL,
    access       text   NOT NULL,
    hash         text   NOT NULL,
    created_at   bigint NOT NULL,
    expires_at   bigint NOT NULL,
    last_used_at bigint NOT NULL,
    revoked_at   bigint NOT NULL,
    PRIMARY KEY (directory_id, id)
);
CREATE UNIQUE INDEX tokens_hash ON tokens (directory_id, hash);

CREATE TABLE users (
    directory_id      uuid     NOT NULL REFERENCES directories ON DELETE CASCADE,
    id                uuid     NOT NULL,
    entra_object_id   uuid,
    push_says         text     NOT NULL,
    push_since        bigint  NOT NULL,
    push_at           bigint   NOT NULL,
    push_spoke_at     bigint   NOT NULL,
    push_gone_at      bigint   NOT NULL,
    push_words        json     NOT NULL,
    pull_says         text     NOT NULL,
    pull_since        bigint  NOT NULL,
    pull_at           bigint  NOT NULL,
    pull_direct_at    bigint  NOT NULL,
    pull_gone_at      bigint   NOT NULL,
    pull_words        json     NOT NULL,
    pull_hash         bigint   NOT NULL,
    admin_says        text     NOT NULL,
    admin_at          bigint   NOT NULL,
    admin_words       json     NOT NULL,
    held_values       json     NOT NULL,
    held              boolean  NOT NULL,
    push_active       boolean,
    pull_enabled      boolean,
    living            boolean  NOT NULL,
    soft_deleted      boolean  NOT NULL,
    active            boolean  NOT NULL,
    user_name         text     NOT NULL,
    user_name_key     text COLLATE "C",
    external_id       text COLLATE "C",
    display_name      text     NOT NULL,
    attributes        jsonb    NOT NULL,
    manager_id        text COLLATE "C",
    manager_object_id text COLLATE "C",
    waiting           boolean  NOT NULL,
    version           bigint   NOT NULL,
    created_at        bigint   NOT NULL,
    updated_at        bigint   NOT NULL,
    PRIMARY KEY (directory_id, id)
);
CREATE UNIQUE INDEX users_object_id ON users (directory_id, entra_object_id);
CREATE UNIQUE INDEX users_user_name ON users (directory_id, user_name_key);
CREATE INDEX users_external_id ON users (directory_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX users_push_spoke_at ON users (directory_id, push_spoke_at) WHERE push_spoke_at > 0;
CREATE INDEX users_held ON users (directory_id, id) WHERE held;
CREATE INDEX users_waiting ON users (directory_id, id) WHERE waiting;

CREATE TABLE groups (
    directory_id      uuid    NOT NULL REFERENCES directories ON DELETE CASCADE,
    id                uuid    NOT NULL,
    entra_object_id   uuid,
    push_says         text    NOT NULL,
    push_since        bigint  NOT NULL,
    push_at           bigint  NOT NULL,
    push_spoke_at     bigint  NOT NULL,
    push_gone_at      bigint  NOT NULL,
    push_words        json    NOT NULL,
    pull_says         text    NOT NULL,
    pull_since        bigint  NOT NULL,
    pull_at           bigint  NOT NULL,
    pull_direct_at    bigint  NOT NULL,
    pull_gone_at      bigint  NOT NULL,
    pull_words        json    NOT NULL,
    pull_hash         bigint  NOT NULL,
    admin_says        text     NOT NULL,
    admin_at          bigint   NOT NULL,
    admin_words       json     NOT NULL,
    held_values       json     NOT NULL,
    held              boolean  NOT NULL,
    push_members_at   bigint  NOT NULL,
    pull_members_at   bigint  NOT NULL,
    pull_members_hash bigint  NOT NULL,
    living            boolean NOT NULL,
    external_id       text COLLATE "C",
    display_name      text    NOT NULL,
    display_name_key  text COLLATE "C" NOT NULL,
    attributes        jsonb   NOT NULL,
    version           bigint  NOT NULL,
    created_at        bigint  NOT NULL,
    updated_at        bigint  NOT NULL,
    PRIMARY KEY (directory_id, id)
);
CREATE UNIQUE INDEX groups_object_id ON groups (directory_id, entra_object_id);
CREATE INDEX groups_display_name ON groups (directory_id, display_name_key);
CREATE INDEX groups_external_id ON groups (directory_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX groups_held ON groups (directory_id, id) WHERE held;
CREATE INDEX groups_push_spoke_at ON groups (directory_id, push_spoke_at) WHERE push_spoke_at > 0;

-- No foreign keys to the two ends: a member is a user or a group, and an edge may
-- outlive the visibility of either.
CREATE TABLE memberships (
    directory_id uuid     NOT NULL REFERENCES directories ON DELETE CASCADE,
    group_id     uuid     NOT NULL,
    member_id    uuid     NOT NULL,
    member_kind  text     NOT NULL,
    push_says    smallint NOT NULL,
    push_at      bigint   NOT NULL,
    pull_says    smallint NOT NULL,
    pull_at      bigint   NOT NULL,
    pull_direct  boolean  NOT NULL,
    admin_says   smallint NOT NULL,
    admin_at     bigint   NOT NULL,
    held         boolean  NOT NULL,
    present      boolean  NOT NULL,
    PRIMARY KEY (directory_id, group_id, member_id)
);
CREATE INDEX memberships_member ON memberships (directory_id, member_id, group_id);
CREATE INDEX memberships_held ON memberships (directory_id, group_id, member_id) WHERE held;
CREATE INDEX memberships_push_at ON memberships (directory_id, push_at) WHERE push_at > 0;

CREATE TABLE pull_states (
    directory_id uuid PRIMARY KEY REFERENCES directories ON DELETE CASCADE,
    round_at     bigint NOT NULL,
    full_at      bigint NOT NULL,
    users_delta  text   NOT NULL,
    groups_delta text   NOT NULL,
    delta_at     bigint NOT NULL,
    rounds       integer NOT NULL,
    selection    text   NOT NULL
);

CREATE TABLE sync_runs (
    directory_id     uuid    NOT NULL REFERENCES directories ON DELETE CASCADE,
    id               uuid    NOT NULL,
    kind             text    NOT NULL,
    dry_run          boolean NOT NULL,
    trigger          text    NOT NULL,
    state            text    NOT NULL,
    counts           jsonb   NOT NULL,
    usage            jsonb   NOT NULL,
    failure          jsonb,
    decision         jsonb,
    doubts           jsonb    NOT NULL,
    round_at         bigint  NOT NULL,
    "full"           boolean NOT NULL,
    requested_at     bigint  NOT NULL,
    started_at       bigint  NOT NULL,
    finished_at      bigint  NOT NULL,
    owner            text    NOT NULL,
    lease_until      bigint  NOT NULL,
    cancel_requested boolean NOT NULL,
    attempts         integer NOT NULL,
    PRIMARY KEY (directory_id, id)
);
-- One queued or running run a directory.
CREATE UNIQUE INDEX sync_runs_active ON sync_runs (directory_id) WHERE state IN ('queued', 'running');

CREATE TABLE sync_run_items (
    directory_id    uuid   NOT NULL REFERENCES directories ON DELETE CASCADE,
    run_id          uuid   NOT NULL,
    seq             bigint GENERATED BY DEFAULT AS IDENTITY,
    kind            text   NOT NULL,
    action          text   NOT NULL,
    record_id       uuid,
    entra_object_id uuid,
    detail          text   NOT NULL,
    PRIMARY KEY (directory_id, run_id, seq)
);

CREATE TABLE drifts (
    directory_id uuid    NOT NULL REFERENCES directories ON DELETE CASCADE,
    run_id       uuid    NOT NULL,
    seq          bigint  GENERATED BY DEFAULT AS IDENTITY,
    kind         text    NOT NULL,
    record_id    uuid    NOT NULL,
    member_id    uuid,
    path         text    NOT NULL,
    push_at      bigint  NOT NULL,
    healed       boolean NOT NULL,
    at           bigint  NOT NULL,
    PRIMARY KEY (directory_id, run_id, seq)
);

CREATE TABLE changes (
    directory_id uuid   NOT NULL REFERENCES directories ON DELETE CASCADE,
    seq          bigint GENERATED BY DEFAULT AS IDENTITY,
    at           bigint NOT NULL,
    kind         text   NOT NULL,
    record_id    uuid   NOT NULL,
    action       text   NOT NULL,
    by           text   NOT NULL,
    origin       text   NOT NULL,
    detail       jsonb  NOT NULL,
    PRIMARY KEY (directory_id, seq)
);
CREATE INDEX changes_record ON changes (directory_id, record_id, seq);

-- +goose Down
DROP TABLE changes, drifts, sync_run_items, sync_runs, pull_states, memberships, groups, users, tokens, graph_settings, directories;
