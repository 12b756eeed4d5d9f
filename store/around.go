package store

import (
	"context"

	"scimbridge/migrations"
	"scimbridge/models"
)

// Around is what answers show of users beside their own record.
type Around struct {
	Managers []Manager
	Groups   []GroupOf // by user and group, each once
}

// Manager is someone's manager, as far as the record is known, in any state.
type Manager struct {
	ID       string
	ObjectID models.Optional
	Display  string
	Living   bool
}

// found is an Around while the rows come.
type found struct {
	managers []Manager
	groups   groupsFound
}

func (f *found) around() Around { return Around{Managers: f.managers, Groups: f.groups.sorted()} }

func (f *found) takeManager(scan func(...any) error) error {
	var m Manager
	err := scan(&m.ID, &m.ObjectID, &m.Display, &m.Living)
	f.managers = append(f.managers, m)
	return err
}

// Around reads what answers show beside some users; the groups only if they are wanted.
func (s *Store) Around(ctx context.Context, directoryID string, users []ShownUser, groups bool) (Around, error) {
	var in found
	var ids, managerIDs, managerObjectIDs []string
	for _, u := range users {
		if groups && !u.SoftDeleted { // else its edges are hidden
			ids = append(ids, u.ID)
		}
		if isID(string(u.ManagerID)) {
			managerIDs = append(managerIDs, string(u.ManagerID))
		}
		if u.ManagerObjectID != "" {
			managerObjectIDs = append(managerObjectIDs, string(u.ManagerObjectID))
		}
	}
	var questions []question
	if len(managerIDs)+len(managerObjectIDs) > 0 {
		questions = append(questions, question{sqlf(`SELECT id, entra_object_id, display_name, living FROM users
			WHERE directory_id = %s AND (id IN %s OR entra_object_id IN %s) ORDER BY id`,
			argument(directoryID), oneOf(managerIDs), oneOf(managerObjectIDs)), in.takeManager})
	}
	if len(ids) > 0 {
		questions = append(questions, s.groupsOf(directoryID, oneOf(ids), &in.groups))
	}
	if len(questions) == 0 {
		return Around{}, nil
	}
	err := s.ask(ctx, questions...)
	return in.around(), err
}

// canAskAround tells whether it is cheaper to find a few users again, and ask for what is
// around them together with themselves, than to wait for them first. SQLite lies in this
// process: there is nothing to wait for.
func (s *Store) canAskAround() bool { return s.dialect == migrations.PostgreSQL }

// around asks for what is around the users that a query of ShownUsers finds.
func (s *Store) around(directoryID string, users fragment, groups bool, in *found) []question {
	questions := []question{{sqlf(`SELECT b.id, b.entra_object_id, b.display_name, b.living FROM (%s) p JOIN users b ON b.directory_id = %s
		AND (b.id = `+uuidOrNull("p.manager_id")+` OR b.entra_object_id = `+uuidOrNull("p.manager_object_id")+`)`,
		users, argument(directoryID)), in.takeManager}}
	if groups {
		edgesShow := sqlf("(SELECT p.id FROM (%s) p WHERE NOT p.soft_deleted)", users)
		questions = append(questions, s.groupsOf(directoryID, edgesShow, &in.groups))
	}
	return questions
}
