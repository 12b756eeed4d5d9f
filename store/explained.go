package store

import (
	"context"
	"time"

	"scimbridge/models"
)

// Explained is what an explanation stands on beside the record itself.
type Explained struct {
	Settle  time.Duration
	RoundAt models.Instant
	// Above are the groups that a record is in, the groups that those are in, and so on:
	// of each its own, in the order of their ids. Loops among them may stand in it.
	Above map[string][]string
	// Names are the display names of these groups.
	Names map[string]string
	// Changes are the newest entries of the feed about the record, newest first.
	Changes  []models.Change
	Findings []models.Finding // whom a user may have been before
}

// ExplainedUser reads a user, in any state, and what explains it, waiting once.
func (s *Store) ExplainedUser(ctx context.Context, directoryID, id string, changes int) (models.User, Explained, error) {
	var e Explained
	query := FindingQuery{UserID: id, Limit: maxRehires}
	u, err := explained[models.User](ctx, s, "users", directoryID, id, changes, &e, s.askFindings(directoryID, query, &e.Findings))
	return u, e, err
}

// maxRehires is how many people of before an explanation shows.
const maxRehires = 100

// ExplainedGroup reads a group, in any state, and what explains it, waiting once.
func (s *Store) ExplainedGroup(ctx context.Context, directoryID, id string, changes int) (models.Group, Explained, error) {
	var e Explained
	g, err := explained[models.Group](ctx, s, "groups", directoryID, id, changes, &e)
	return g, e, err
}

func explained[T any](ctx context.Context, s *Store, table, directoryID, id string, changes int, e *Explained, also ...question) (T, error) {
	var record T
	if !isID(directoryID) || !isID(id) {
		return record, models.ErrNotFound
	}
	directory, key := argument(directoryID), argument(id)
	records, err := rowsOf[T](s)
	if err != nil {
		return record, err
	}
	entries, err := rowsOf[models.Change](s)
	if err != nil {
		return record, err
	}
	var found []T
	questions := append(also,
		records.ask(sqlf(table+" WHERE directory_id = %s AND id = %s", directory, key), &found),
		entries.ask(sqlf("changes WHERE directory_id = %s AND record_id = %s ORDER BY seq DESC LIMIT %s", directory, key, argument(changes)), &e.Changes),
		s.askRules(directory, &e.Settle, &e.RoundAt),
		s.askAbove(s.anyID(directoryID), key, e),
	)
	if err := s.ask(ctx, questions...); err != nil {
		return record, err
	}
	if len(found) == 0 {
		return record, models.ErrNotFound
	}
	return found[0], nil
}

// askRules asks for what of a directory decides beside the words.
func (s *Store) askRules(directory fragment, settle *time.Duration, roundAt *models.Instant) question {
	return question{
		sqlf("SELECT d.settings, p.round_at FROM directories d JOIN pull_states p ON p.directory_id = d.id WHERE d.id = %s", directory),
		func(scan func(...any) error) error {
			var settings models.Settings
			err := scan(&settings, roundAt)
			*settle = settings.Settle
			return err
		},
	}
}

// askAbove asks for the edges that lead upward from a record and show. Loops end it, since
// an edge is followed once.
func (s *Store) askAbove(directory, id fragment, e *Explained) question {
	e.Above, e.Names = make(map[string][]string), make(map[string]string)
	return question{
		sqlf(`
		WITH RECURSIVE up (member_id, group_id, display) AS (
			SELECT m.member_id, m.group_id, g.display_name
			FROM memberships m `+s.livingGroup()+`
			WHERE m.directory_id = %s AND m.member_id = %s AND m.present
			UNION
			SELECT up.group_id, m.group_id, g.display_name
			FROM up `+s.edgeUp()+" "+s.livingGroup()+`
		)
		SELECT member_id, group_id, display FROM up ORDER BY 1, 2`, directory, directory, id, directory, directory),
		func(scan func(...any) error) error {
			var member, group, name string
			err := scan(&member, &group, &name)
			e.Above[member] = append(e.Above[member], group)
			e.Names[group] = name
			return err
		},
	}
}

// ExplainedEdge is what an explanation of a membership stands on.
type ExplainedEdge struct {
	Settle  time.Duration
	RoundAt models.Instant
	Ends    map[string]models.End // the group and the member, as far as they are known
	Edge    *models.Membership    // nil if no path has spoken of it
}

// ExplainedEdge reads a membership and what explains it, waiting once.
func (s *Store) ExplainedEdge(ctx context.Context, directoryID, groupID, memberID string) (ExplainedEdge, error) {
	e := ExplainedEdge{Ends: make(map[string]models.End)}
	if !isID(directoryID) || !isID(groupID) || !isID(memberID) {
		return e, models.ErrNotFound
	}
	directory, both := argument(directoryID), []string{groupID, memberID}
	edges, err := rowsOf[models.Membership](s)
	if err != nil {
		return e, err
	}
	var found []models.Membership
	questions := s.askEnds(directory, "id", both, both, func(end models.End) { e.Ends[end.ID] = end })
	questions = append(questions,
		s.askRules(directory, &e.Settle, &e.RoundAt),
		edges.ask(sqlf("memberships WHERE directory_id = %s AND group_id = %s AND member_id = %s", directory, argument(groupID), argument(memberID)), &found))
	if err := s.ask(ctx, questions...); err != nil {
		return e, err
	}
	if len(found) > 0 {
		e.Edge = &found[0]
	}
	return e, nil
}
