-- Findings: records that may be the same person, by employee number.

-- +goose Up
CREATE INDEX users_employee ON users (directory_id, lower(attributes->'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'->>'employeeNumber'))
    WHERE attributes->'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'->>'employeeNumber' IS NOT NULL;

-- +goose Down
DROP INDEX users_employee;
