-- The model. Every table and index begins with the directory. Times are microseconds
-- since 1970, UTC, of the database's clock; 0 is never.

-- +goose Up
CREATE TABLE directories (
    id         text PRIMARY KEY,
    name       text   NOT NULL,
    mode       text   NOT NULL,
    settings   text  NOT NULL,
    version    integer NOT NULL,
    created_at integer NOT NULL,
    updated_at integer NOT NULL
) STRICT;

CREATE TABLE graph_settings (
    directory_id       text PRIMARY KEY REFERENCES directories (id) ON DELETE CASCADE,
    tenant_id          text   NOT NULL,
    client_id          text   NOT NULL,
    sealed_secret      text   NOT NULL,
    application_id_uri text   NOT NULL,
    cloud              text   NOT NULL,
    authority_host     text   NOT NULL,
    graph_host         text   NOT NULL,
    updated_at         integer NOT NULL
) STRICT;

CREATE TABLE tokens (
    directory_id text   NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    id           text   NOT NULL,
    name         text   NOT NULL,
    access       text   NOT NULL,
    hash         text   NOT NULL,
    created_at   integer NOT NULL,
    expires_at   integer NOT NULL,
    last_used_at integer NOT NULL,
    revoked_at   integer NOT NULL,
    PRIMARY KEY (directory_id, id)
) STRICT;
CREATE UNIQUE INDEX tokens_hash ON tokens (directory_id, hash);

CREATE TABLE users (
    directory_id      text     NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    id                text     NOT NULL,
    entra_object_id   text,
    push_says         text     NOT NULL,
    push_since        integer  NOT NULL,
    push_at           integer   NOT NULL,
    push_spoke_at     integer   NOT NULL,
    push_gone_at      integer   NOT NULL,
    push_words        text     NOT NULL,
    pull_says         text     NOT NULL,
    pull_since        integer  NOT NULL,
    pull_at           integer  NOT NULL,
    pull_direct_at    integer  NOT NULL,
    pull_gone_at      integer   NOT NULL,
    pull_words        text     NOT NULL,
    pull_hash         integer   NOT NULL,
    admin_says        text     NOT NULL,
    admin_at          integer   NOT NULL,
    admin_words       text     NOT NULL,
    held_values       text     NOT NULL,
    held              integer  NOT NULL,
    push_active       integer,
    pull_enabled      integer,
    living            integer  NOT NULL,
    soft_deleted      integer  NOT NULL,
    active            integer  NOT NULL,
    user_name         text     NOT NULL,
    user_name_key     text,
    external_id       text,
    display_name      text     NOT NULL,
    attributes        text    NOT NULL,
    manager_id        text,
    manager_object_id text,
    waiting           integer  NOT NULL,
    version           integer   NOT NULL,
    created_at        integer   NOT NULL,
    updated_at        integer   NOT NULL,
    PRIMARY KEY (directory_id, id)
) STRICT;
CREATE UNIQUE INDEX users_object_id ON users (directory_id, entra_object_id);
CREATE UNIQUE INDEX users_user_name ON users (directory_id, user_name_key);
CREATE INDEX users_external_id ON users (directory_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX users_push_spoke_at ON users (directory_id, push_spoke_at) WHERE push_spoke_at > 0;
CREATE INDEX users_held ON users (directory_id, id) WHERE held;
CREATE INDEX users_waiting ON users (directory_id, id) WHERE waiting;

CREATE TABLE groups (
    directory_id      text    NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    id                text    NOT NULL,
    entra_object_id   text,
    push_says         text    NOT NULL,
    push_since        integer  NOT NULL,
    push_at           integer  NOT NULL,
    push_spoke_at     integer  NOT NULL,
    push_gone_at      integer  NOT NULL,
    push_words        text    NOT NULL,
    pull_says         text    NOT NULL,
    pull_since        integer  NOT NULL,
    pull_at           integer  NOT NULL,
    pull_direct_at    integer  NOT NULL,
    pull_gone_at      integer  NOT NULL,
    pull_words        text    NOT NULL,
    pull_hash         integer  NOT NULL,
    admin_says        text     NOT NULL,
    admin_at          integer   NOT NULL,
    admin_words       text     NOT NULL,
    held_values       text     NOT NULL,
    held              integer  NOT NULL,
    push_members_at   integer  NOT NULL,
    pull_members_at   integer  NOT NULL,
    pull_members_hash integer  NOT NULL,
    living            integer NOT NULL,
    external_id       text,
    display_name      text    NOT NULL,
    display_name_key  text NOT NULL,
    attributes        text   NOT NULL,
    version           integer  NOT NULL,
    created_at        integer  NOT NULL,
    updated_at        integer  NOT NULL,
    PRIMARY KEY (directory_id, id)
) STRICT;
CREATE UNIQUE INDEX groups_object_id ON groups (directory_id, entra_object_id);
CREATE INDEX groups_display_name ON groups (directory_id, display_name_key);
CREATE INDEX groups_external_id ON groups (directory_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX groups_held ON groups (directory_id, id) WHERE held;
CREATE INDEX groups_push_spoke_at ON groups (directory_id, push_spoke_at) WHERE push_spoke_at > 0;

-- No foreign keys to the two ends: a member is a user or a group, and an edge may
-- outlive the visibility of either.
CREATE TABLE memberships (
    directory_id text     NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    group_id     text     NOT NULL,
    member_id    text     NOT NULL,
    member_kind  text     NOT NULL,
    push_says    integer NOT NULL,
    push_at      integer   NOT NULL,
    pull_says    integer NOT NULL,
    pull_at      integer   NOT NULL,
    pull_direct  integer  NOT NULL,
    admin_says   integer NOT NULL,
    admin_at     integer   NOT NULL,
    held         integer  NOT NULL,
    present      integer  NOT NULL,
    PRIMARY KEY (directory_id, group_id, member_id)
) STRICT;
CREATE INDEX memberships_member ON memberships (directory_id, member_id, group_id);
CREATE INDEX memberships_held ON memberships (directory_id, group_id, member_id) WHERE held;
CREATE INDEX memberships_push_at ON memberships (directory_id, push_at) WHERE push_at > 0;

CREATE TABLE pull_states (
    directory_id text PRIMARY KEY REFERENCES directories (id) ON DELETE CASCADE,
    round_at     integer NOT NULL,
    full_at      integer NOT NULL,
    users_delta  text   NOT NULL,
    groups_delta text   NOT NULL,
    delta_at     integer NOT NULL,
    rounds       integer NOT NULL,
    selection    text   NOT NULL
) STRICT;

CREATE TABLE sync_runs (
    directory_id     text    NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    id               text    NOT NULL,
    kind             text    NOT NULL,
    dry_run          integer NOT NULL,
    trigger          text    NOT NULL,
    state            text    NOT NULL,
    counts           text   NOT NULL,
    usage            text   NOT NULL,
    failure          text,
    decision         text,
    doubts           text    NOT NULL,
    round_at         integer  NOT NULL,
    "full"           integer NOT NULL,
    requested_at     integer  NOT NULL,
    started_at       integer  NOT NULL,
    finished_at      integer  NOT NULL,
    owner            text    NOT NULL,
    lease_until      integer  NOT NULL,
    cancel_requested integer NOT NULL,
    attempts         integer NOT NULL,
    PRIMARY KEY (directory_id, id)
) STRICT;
-- One queued or running run a directory.
CREATE UNIQUE INDEX sync_runs_active ON sync_runs (directory_id) WHERE state IN ('queued', 'running');

CREATE TABLE sync_run_items (
    directory_id    text   NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    run_id          text   NOT NULL,
    seq             integer PRIMARY KEY AUTOINCREMENT,
    kind            text   NOT NULL,
    action          text   NOT NULL,
    record_id       text,
    entra_object_id text,
    detail          text   NOT NULL
) STRICT;

CREATE TABLE drifts (
    directory_id text    NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    run_id       text    NOT NULL,
    seq          integer PRIMARY KEY AUTOINCREMENT,
    kind         text    NOT NULL,
    record_id    text    NOT NULL,
    member_id    text,
    path         text    NOT NULL,
    push_at      integer NOT NULL,
    healed       integer NOT NULL,
    at           integer NOT NULL
) STRICT;
CREATE INDEX drifts_run ON drifts (directory_id, run_id, seq);

CREATE TABLE changes (
    directory_id text   NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    seq             integer PRIMARY KEY AUTOINCREMENT,
    at           integer NOT NULL,
    kind         text   NOT NULL,
    record_id    text   NOT NULL,
    action       text   NOT NULL,
    by           text   NOT NULL,
    origin       text   NOT NULL,
    detail       text  NOT NULL
) STRICT;
CREATE INDEX sync_run_items_run ON sync_run_items (directory_id, run_id, seq);
CREATE INDEX changes_directory ON changes (directory_id, seq);
CREATE INDEX changes_record ON changes (directory_id, record_id, seq);

-- +goose Down
DROP TABLE changes;
DROP TABLE drifts;
DROP TABLE sync_run_items;
DROP TABLE sync_runs;
DROP TABLE pull_states;
DROP TABLE memberships;
DROP TABLE groups;
DROP TABLE users;
DROP TABLE tokens;
DROP TABLE graph_settings;
DROP TABLE directories;
