package store

import (
	"context"

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
		of, err := tx.tracesOf(p.User)
		if err != nil {
			return err
		}
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
		of, err := tx.tracesOf(done.User)
		if err != nil {
			return err
		}
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
