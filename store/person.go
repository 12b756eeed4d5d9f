package store

import (
	"context"
	"encoding/json"
	"strings"

	"scimbridge/migrations"
	"scimbridge/models"
)

// Person is everything that is held of one user.
type Person struct {
	models.User
	Memberships []models.Membership
	Groups      map[string]string // their names, by id
	Changes     []models.Change
	Items       []models.Item
	Drift       []models.Drift
	Requests    []models.ScimRequest
	Events      []models.AuditEvent
}

// Person reads everything that is held of a user, in any state, also what is said of
// others and names them.
func (s *Store) Person(ctx context.Context, directoryID, id string) (Person, error) {
	var p Person
	err := s.InTx(ctx, directoryID, func(tx *Tx) error {
		var err error
		p = Person{}
		if p.User, err = tx.anyUser(id); err != nil {
			return err
		}
		if p.Memberships, err = tx.EdgesOfMember(id); err != nil {
			return err
		}
		of := tx.tracesOf(p.User)
		for _, read := range []struct {
			trace trace
			into  any
			by    string
		}{
			{of.changes, &p.Changes, "seq"}, {of.items, &p.Items, "seq"}, {of.drift, &p.Drift, "seq"},
			{of.requests, &p.Requests, "id"}, {of.events, &p.Events, "id"},
		} {
			if err := tx.db.Table(read.trace.table).Where(read.trace.where.sql, read.trace.where.args...).Order(read.by).Find(read.into).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return p, err
	}
	var groups []string
	for _, m := range p.Memberships {
		groups = append(groups, m.GroupID)
	}
	p.Groups, err = s.GroupNames(ctx, directoryID, groups)
	return p, err
}

// anyUser reads a user in any state.
func (tx *Tx) anyUser(id string) (models.User, error) {
	var u models.User
	if !isID(id) || !isID(tx.directoryID) {
		return u, models.ErrNotFound
	}
	return u, toDomain(tx.users().Where("id = ?", id).Take(&u).Error)
}

// trace is where something is said of a person.
type trace struct {
	table string
	where fragment
	erase string // how it is erased
}

type traces struct{ changes, items, objectIDs, drift, requests, events trace }

// tracesOf finds what is told of a person by their ids, and by their names where it is told
// of somebody else.
func (tx *Tx) tracesOf(u models.User) traces {
	of := func(table, erase, byID string, ids []any, texts ...string) trace {
		sql, args := "directory_id = ? AND ("+byID, append([]any{tx.directoryID}, ids...)
		for _, text := range texts {
			for _, name := range u.Names() {
				for _, pattern := range patterns(name, table == "changes") {
					sql += " OR CAST(" + text + " AS text) " + likes[tx.store.dialect]
					args = append(args, pattern)
				}
			}
		}
		return trace{table, fragment{sql + ")", args}, erase}
	}
	return traces{
		changes: of("changes", "UPDATE changes SET detail = '{}'", "record_id = ?", []any{u.ID}, "detail"),
		items: of("sync_run_items", "UPDATE sync_run_items SET detail = ''", "record_id = ? OR entra_object_id = ?",
			[]any{u.ID, u.EntraObjectID}, "detail"),
		objectIDs: of("sync_run_items", "UPDATE sync_run_items SET entra_object_id = NULL", "record_id = ? OR entra_object_id = ?",
			[]any{u.ID, u.EntraObjectID}),
		drift:    of("drifts", "DELETE FROM drifts", "record_id = ? OR member_id = ?", []any{u.ID, u.ID}),
		requests: of("scim_requests", "DELETE FROM scim_requests", "record_id = ?", []any{u.ID}, "path", "query", "detail"),
		events:   of("audit_events", "UPDATE audit_events SET before = NULL, after = NULL", "target_id = ?", []any{u.ID}),
	}
}

// likes compares ignoring case, as far as the database can.
var likes = map[migrations.Dialect]string{migrations.PostgreSQL: `ILIKE ? ESCAPE '\'`, migrations.SQLite: `LIKE ? ESCAPE '\'`}

// patterns find a name as it is and as JSON writes it. The detail of a change has names as
// whole values, and words of its own beside them: "removed" has nothing to do with a Remo.
func patterns(name string, whole bool) []string {
	encoded, _ := json.Marshal(name) // a string always can be
	forms := []string{name, strings.ToLower(name)}
	if inner := string(encoded[1 : len(encoded)-1]); inner != name {
		forms = append(forms, inner)
	}
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	for i, form := range forms {
		if form = escape.Replace(form); whole {
			form = `"` + form + `"`
		}
		forms[i] = "%" + form + "%"
	}
	return forms
}

// Forgotten tells what was erased of a person.
type Forgotten struct {
	models.User // as it was
	Traces      map[string]int
}

// ForgetPerson erases a user, in any state, and everything that tells of them: forget
// erases the record itself; also runs with it.
func (s *Store) ForgetPerson(ctx context.Context, directoryID, id string, forget func(*Tx, models.User, models.Instant) error, also ...Also[Forgotten]) (Forgotten, error) {
	var done Forgotten
	if !isID(directoryID) || !isID(id) {
		return done, models.ErrNotFound
	}
	err := s.InTx(ctx, directoryID, func(tx *Tx) error {
		locked, err := tx.UsersForUpdate([]string{id})
		if err != nil {
			return err
		}
		if len(locked) == 0 {
			return models.ErrNotFound
		}
		done = Forgotten{User: locked[0], Traces: make(map[string]int)}
		// The trail lets itself be blotted out for somebody whose erasure is on record.
		record := models.Purge{ID: s.newID(), DirectoryID: models.Optional(directoryID), Kind: models.ErasedPerson, RecordID: models.Optional(id)}
		if err := tx.notePurge(ctx, record, 1); err != nil {
			return err
		}
		of := tx.tracesOf(done.User)
		if err := tx.blotOut(&done, of.changes, of.items, of.objectIDs, of.drift, of.requests, of.events); err != nil {
			return err
		}
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		if err := forget(tx, done.User, now); err != nil {
			return err
		}
		return runAlso(tx, done, also)
	})
	return done, err
}

func (tx *Tx) blotOut(done *Forgotten, traces ...trace) error {
	for _, t := range traces {
		n, err := tx.erased(t.erase+" WHERE "+t.where.sql, t.where.args...)
		if err != nil {
			return err
		}
		done.Traces[t.table] = max(done.Traces[t.table], n)
	}
	return nil
}
