package reconcile

import (
	"maps"
	"time"

	"scimbridge/models"
)

// Rules are what merging needs to know of the directory.
type Rules struct {
	// Settle is how much earlier a list or delta look counts against a push.
	Settle time.Duration
	// RoundAt is the look time of the last completed round, which is a look at
	// everything that the pull had spoken of before it.
	RoundAt models.Instant
	// Guard says what becomes of losses.
	Guard Guarding
	// Emptied tells of an attribute path whether the round, so far, has read it as empty
	// on every record; nil is "of none".
	Emptied func(path string) bool
	// Shown tells of an attribute path whether the round has read a value of it on
	// anybody: then what waits is let go. nil is "of none".
	Shown func(path string) bool
	// ObjectIDs resolves SCIM ids of users to Entra object ids, as far as managers
	// need it: push names a manager by the one, the pull by the other.
	ObjectIDs map[string]string
}

func (r Rules) settle() models.Instant { return models.Instant(r.Settle.Microseconds()) }

// lives decides existence:
//
//	push         pull           lives
//	unheard      exists         yes
//	unheard      soft-deleted   yes (a group: no, the source says gone)
//	exists       unheard        yes
//	exists       exists         yes
//	exists       soft-deleted   yes
//	exists       out of scope   yes, push vouches
//	gone         out of scope   no, nobody vouches
//	gone         unheard        no
//	unheard      out of scope   no
//	exists       gone           the later look wins, push at a tie
//	gone         exists         the later look wins, push at a tie
//	gone         soft-deleted   the later look wins, push at a tie (decision 001)
//	gone         gone           no
//
// An admin's word outweighs both while it stands.
func lives(s *models.Standing, r Rules) bool {
	if s.AdminSays != models.Unheard {
		return s.AdminSays == models.Exists
	}
	push, pull := s.PushSays.Vouches(), s.PullSays.Vouches()
	if push == pull {
		return push
	}
	if s.PushSays == models.Unheard || s.PullSays == models.Unheard || s.PullSays == models.OutOfScope {
		return push || pull
	}
	if pullCounts(s, r) > s.PushAt {
		return pull
	}
	return push
}

// pullCounts is when the pull's word on existence counts against a push.
func pullCounts(s *models.Standing, r Rules) models.Instant {
	return max(
		models.Look{At: max(s.PullAt, r.RoundAt)}.Counts(r.settle()),
		models.Look{At: s.PullDirectAt, Direct: true}.Counts(r.settle()))
}

// MergeUser is the rule for one user: what the words say, whoever reads them.
// Whether the userName is free is for the plan to find out.
func MergeUser(u models.User, r Rules) models.User {
	u.Living = lives(&u.Standing, r)
	u.SoftDeleted = u.Living && u.PullSays == models.SoftDeleted && u.AdminSays != models.Exists
	u.Active = active(u)
	agreeOnManager(&u.Standing, r)
	u.ManagerID, u.ManagerObjectID = manager(&u.Standing)
	values := mergedValues(&u.Standing)
	delete(values, models.ManagerPath)
	values["active"] = u.Active
	u.Attributes = models.Assemble(values)
	u.UserName, _ = values["userName"].(string)
	u.DisplayName, _ = values["displayName"].(string)
	u.DisplayNameKey = models.Fold(u.DisplayName)
	u.EmailKeys = models.EmailKeys(u.Attributes)
	u.ExternalID = externalID(values)
	u.UserNameKey = ""
	if u.Living && !u.SoftDeleted {
		u.UserNameKey = models.Optional(models.Fold(u.UserName))
	}
	return u
}

// MergeGroup is the rule for one group's own attributes.
func MergeGroup(g models.Group, r Rules) models.Group {
	g.Living = lives(&g.Standing, r)
	values := mergedValues(&g.Standing)
	g.Attributes = models.Assemble(values)
	g.DisplayName, _ = values["displayName"].(string)
	g.DisplayNameKey = models.Fold(g.DisplayName)
	g.ExternalID = externalID(values)
	return g
}

// active is false while push's last word is false, a DELETE counting as one until push
// writes again, or while the pull's last look found the person disabled or
// soft-deleted, in scope or not.
func active(u models.User) bool {
	_, overruled := activeByAdmin(&u.Standing)
	exists := u.AdminSays == models.Exists
	removed := u.PushSays == models.Gone && !exists && !overruled
	deleted := u.PullSays == models.SoftDeleted || exists && u.PullSays == models.Gone
	return enabled(u) && !removed && (!deleted || isKeptActive(&u.Standing))
}

// mergedValues picks, value by value, the word that stands.
func mergedValues(s *models.Standing) map[string]any {
	values := make(map[string]any, len(s.PushWords)+len(s.PullWords)+1)
	if s.PullSays != models.Unheard && s.EntraObjectID != "" {
		values["externalId"] = string(s.EntraObjectID)
	}
	for path, word := range s.PullWords {
		values[path] = word.Value
	}
	for path, said := range s.PushWords {
		_, read := s.PullWords[path]
		if !read || !said.Agreed || path == "externalId" {
			values[path] = said.Value
		}
	}
	for path, value := range s.HeldValues {
		if values[path] == nil {
			values[path] = value
		}
	}
	for path, word := range s.AdminWords {
		values[path] = word.Value
	}
	maps.DeleteFunc(values, func(_ string, v any) bool { return v == nil })
	return values
}

func externalID(values map[string]any) models.Optional {
	id, _ := values["externalId"].(string)
	return models.Optional(id)
}

// agreeOnManager notes that push's SCIM id and the pull's object id name one person:
// the two words cannot be compared as they stand.
func agreeOnManager(s *models.Standing, r Rules) {
	said, spoke := s.PushWords[models.ManagerPath]
	reading, read := s.PullWords[models.ManagerPath]
	id, _ := said.Value.(string)
	if !spoke || !read || said.Agreed || id == "" || r.ObjectIDs[id] == "" || r.ObjectIDs[id] != reading.Value {
		return
	}
	said.Agreed = true
	s.PushWords = maps.Clone(s.PushWords)
	s.PushWords[models.ManagerPath] = said
}

// manager is the word on the manager that stands, in the terms of who said it. An admin
// has none but to take the pull's.
func manager(s *models.Standing) (id, objectID models.Optional) {
	if word, overruled := s.AdminWords[models.ManagerPath]; overruled {
		taken, _ := word.Value.(string)
		return "", models.Optional(taken)
	}
	said, spoke := s.PushWords[models.ManagerPath]
	reading, read := s.PullWords[models.ManagerPath]
	if spoke && !(read && said.Agreed) {
		pushed, _ := said.Value.(string)
		return models.Optional(pushed), ""
	}
	pulled, _ := reading.Value.(string)
	return "", models.Optional(pulled)
}
