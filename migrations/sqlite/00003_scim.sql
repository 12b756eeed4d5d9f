-- What filters, totals and the request log of SCIM need. No release has rows before
-- this step.

-- +goose Up
ALTER TABLE users ADD COLUMN display_name_key text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN email_keys text NOT NULL DEFAULT '[]';
CREATE INDEX users_display_name ON users (directory_id, display_name_key);
CREATE INDEX users_manager ON users (directory_id, manager_id) WHERE manager_id IS NOT NULL;
CREATE INDEX users_manager_object ON users (directory_id, manager_object_id) WHERE manager_object_id IS NOT NULL;
CREATE INDEX users_inactive ON users (directory_id, id) WHERE living AND NOT active;
CREATE INDEX users_created_at ON users (directory_id, created_at);
CREATE INDEX users_updated_at ON users (directory_id, updated_at);
CREATE INDEX groups_created_at ON groups (directory_id, created_at);
CREATE INDEX groups_updated_at ON groups (directory_id, updated_at);

-- The index by e-mail address: SQLite has none over the entries of a list, so triggers
-- keep one, as PostgreSQL keeps its own.
CREATE TABLE user_emails (
    directory_id text NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    email_key    text NOT NULL,
    user_id      text NOT NULL,
    PRIMARY KEY (directory_id, email_key, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_emails_user ON user_emails (directory_id, user_id);

-- +goose StatementBegin
CREATE TRIGGER users_emails_created AFTER INSERT ON users WHEN NEW.email_keys <> '[]'
BEGIN
    INSERT OR IGNORE INTO user_emails SELECT NEW.directory_id, value, NEW.id FROM json_each(NEW.email_keys);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER users_emails_changed AFTER UPDATE OF email_keys ON users WHEN OLD.email_keys <> NEW.email_keys
BEGIN
    DELETE FROM user_emails WHERE directory_id = OLD.directory_id AND user_id = OLD.id;
    INSERT OR IGNORE INTO user_emails SELECT NEW.directory_id, value, NEW.id FROM json_each(NEW.email_keys);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER users_emails_erased AFTER DELETE ON users WHEN OLD.email_keys <> '[]'
BEGIN
    DELETE FROM user_emails WHERE directory_id = OLD.directory_id AND user_id = OLD.id;
END;
-- +goose StatementEnd

-- How many records of a kind are living, so that no list has to count.
CREATE TABLE living_counts (
    directory_id text    NOT NULL,
    kind         text    NOT NULL,
    n            integer NOT NULL,
    PRIMARY KEY (directory_id, kind)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER users_created AFTER INSERT ON users WHEN NEW.living
BEGIN
    INSERT INTO living_counts VALUES (NEW.directory_id, 'user', 1) ON CONFLICT (directory_id, kind) DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER users_changed AFTER UPDATE OF living ON users WHEN OLD.living <> NEW.living
BEGIN
    INSERT INTO living_counts VALUES (NEW.directory_id, 'user', NEW.living - OLD.living)
    ON CONFLICT (directory_id, kind) DO UPDATE SET n = n + excluded.n;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER users_erased AFTER DELETE ON users WHEN OLD.living
BEGIN
    UPDATE living_counts SET n = n - 1 WHERE directory_id = OLD.directory_id AND kind = 'user';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER groups_created AFTER INSERT ON groups WHEN NEW.living
BEGIN
    INSERT INTO living_counts VALUES (NEW.directory_id, 'group', 1) ON CONFLICT (directory_id, kind) DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER groups_changed AFTER UPDATE OF living ON groups WHEN OLD.living <> NEW.living
BEGIN
    INSERT INTO living_counts VALUES (NEW.directory_id, 'group', NEW.living - OLD.living)
    ON CONFLICT (directory_id, kind) DO UPDATE SET n = n + excluded.n;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER groups_erased AFTER DELETE ON groups WHEN OLD.living
BEGIN
    UPDATE living_counts SET n = n - 1 WHERE directory_id = OLD.directory_id AND kind = 'group';
END;
-- +goose StatementEnd

CREATE TABLE scim_requests (
    directory_id text    NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    id           text    NOT NULL,
    at           integer NOT NULL,
    request_id   text    NOT NULL,
    token_id     text,
    client       text    NOT NULL,
    method       text    NOT NULL,
    path         text    NOT NULL,
    query        text    NOT NULL,
    status       integer NOT NULL,
    scim_type    text    NOT NULL,
    action       text    NOT NULL,
    record_kind  text    NOT NULL,
    record_id    text,
    detail       text    NOT NULL,
    micros       integer NOT NULL,
    PRIMARY KEY (directory_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX scim_requests_at ON scim_requests (directory_id, at);
CREATE INDEX scim_requests_record ON scim_requests (directory_id, record_id, id) WHERE record_id IS NOT NULL;

-- +goose Down
DROP TABLE scim_requests;
DROP TRIGGER groups_erased;
DROP TRIGGER groups_changed;
DROP TRIGGER groups_created;
DROP TRIGGER users_erased;
DROP TRIGGER users_changed;
DROP TRIGGER users_created;
DROP TABLE living_counts;
DROP TRIGGER users_emails_erased;
DROP TRIGGER users_emails_changed;
DROP TRIGGER users_emails_created;
DROP TABLE user_emails;
DROP INDEX groups_updated_at;
DROP INDEX groups_created_at;
DROP INDEX users_updated_at;
DROP INDEX users_created_at;
DROP INDEX users_inactive;
DROP INDEX users_manager_object;
DROP INDEX users_manager;
DROP INDEX users_display_name;
ALTER TABLE users DROP COLUMN email_keys;
ALTER TABLE users DROP COLUMN display_name_key;
