package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
)

// Every user is in as many groups, of which nine of ten have people as members. The
// others stand above them in levels: design section 6.
const (
	groupsPerUser = 10
	usersPerGroup = 100
	// minUsers make groups of all three depths.
	minUsers = 1000
	depth    = 3
)

// The SCIM ids of people and groups that are filled in, with their marker at the end.
const (
	userIDPrefix    = "01000000-0000-7000-8000-"
	groupScimPrefix = "01000000-0000-7000-9000-"
)

func userID(m marker) string  { return userIDPrefix + m.String() }
func groupID(m marker) string { return groupScimPrefix + m.String() }

// population is a directory that has been filled with people who carry the markers 1 to
// users, and spare ones beyond who are in no group.
type population struct {
	tenancy
	users, spare int
}

// prototype is the first person, group and edge of a directory, made over SCIM, so that
// all others are rows as the bridge writes them.
type prototype struct{ user, group string }

// prototypeMarker is none that people carry.
const prototypeMarker marker = 999_999_999_999

// populate fills a directory by copies of its prototype.
func (d database) populate(ctx context.Context, t tenancy, users, spare, depth int) (population, error) {
	p := population{tenancy: t, users: users, spare: spare}
	first, err := t.makePrototype(ctx)
	if err != nil {
		return p, err
	}
	err = d.do(ctx, func(conn *pgx.Conn) error {
		f := filler{conn: conn, tenancy: t, prototype: first}
		return errors.Join(
			f.people(ctx, users+spare),
			f.groups(ctx, users*groupsPerUser/usersPerGroup),
			f.memberships(ctx, users),
			f.nesting(ctx, users*groupsPerUser/usersPerGroup, depth))
	})
	return p, err
}

func (t tenancy) makePrototype(ctx context.Context) (prototype, error) {
	var p prototype
	c, err := dial(ctx, t)
	if err != nil {
		return p, err
	}
	defer c.close()
	made := func(request []byte) (string, error) {
		body, err := c.send(request, http.StatusCreated, true)
		var resource struct{ ID string }
		return resource.ID, errors.Join(err, json.Unmarshal(body, &resource))
	}
	if p.user, err = made(t.createUser(prototypeMarker)); err != nil {
		return p, err
	}
	if p.group, err = made(t.createGroup(prototypeMarker)); err != nil {
		return p, err
	}
	_, err = c.send(t.addMember(p.group, p.user), http.StatusNoContent, false)
	return p, err
}

// filler copies rows as text, with ids and markers exchanged: it knows no column.
type filler struct {
	conn *pgx.Conn
	tenancy
	prototype
}

func (f filler) people(ctx context.Context, n int) error {
	return f.copies(ctx, "users", f.user, userIDPrefix, n)
}

func (f filler) groups(ctx context.Context, n int) error {
	return f.copies(ctx, "groups", f.group, groupScimPrefix, n)
}

func (f filler) copies(ctx context.Context, table, id, prefix string, n int) error {
	return f.exec(ctx, "fill "+table, `INSERT INTO `+table+` SELECT (made).* FROM (
		SELECT replace(replace(p::text, $3::text, $4 || lpad(i::text, 12, '0')), $5, lpad(i::text, 12, '0'))::`+table+` AS made
		FROM `+table+` p, generate_series(1, $6::int) i WHERE p.directory_id = $1 AND p.id = $2 OFFSET 0) copies`,
		f.tenancy.id, id, id, prefix, prototypeMarker.String(), n)
}

// edges copies the prototype's edge; pairs is a query of group and member as texts.
func (f filler) edges(ctx context.Context, kind, pairs string, args ...any) error {
	return f.exec(ctx, "fill memberships", `INSERT INTO memberships SELECT (made).* FROM (
		SELECT replace(replace(replace(p::text, $2::text, pair.g), $3::text, pair.m), ',user,', $4)::memberships AS made
		FROM memberships p, (`+pairs+`) pair WHERE p.directory_id = $1 AND p.group_id = $2::uuid OFFSET 0) copies`,
		append([]any{f.tenancy.id, f.group, f.user, "," + kind + ","}, args...)...)
}

// memberships puts everybody into groups of the lowest depth, spread evenly.
func (f filler) memberships(ctx context.Context, users int) error {
	lowest := users * groupsPerUser / usersPerGroup * 9 / 10
	return f.edges(ctx, "user", `
		SELECT $5 || lpad((1 + (i + k * ($7::int / $8::int)) % $7::int)::text, 12, '0') AS g, $6 || lpad(i::text, 12, '0') AS m
		FROM generate_series(1, $9::int) i, generate_series(0, $8::int - 1) k`,
		groupScimPrefix, userIDPrefix, lowest, groupsPerUser, users)
}

// nesting puts every group of a level into one of the next, spread evenly. The lowest
// level is nine tenths of the groups, the others share the rest.
func (f filler) nesting(ctx context.Context, groups, depth int) error {
	first, size := 1, groups*9/10
	above := (groups - size) / (depth - 1)
	for range depth - 1 {
		next := first + size
		if err := f.edges(ctx, "group", `
			SELECT $5 || lpad(($8::int + i % $9::int)::text, 12, '0') AS g, $5 || lpad(($6::int + i)::text, 12, '0') AS m
			FROM generate_series(0, $7::int - 1) i`, groupScimPrefix, first, size, next, above); err != nil {
			return err
		}
		first, size = next, above
	}
	return nil
}

func (f filler) exec(ctx context.Context, what, sql string, args ...any) error {
	started := time.Now()
	if _, err := f.conn.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("%s after %s: %w", what, seconds(time.Since(started)), err)
	}
	return nil
}
