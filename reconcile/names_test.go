package reconcile

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"scimbridge/models"
)

// holder is a user with a name in a state; "" is none.
func holder(id, name string, state facts) models.User {
	u := models.User{ID: id, Living: state.Living, SoftDeleted: state.SoftDeleted, UserName: name}
	u.Attributes = models.Attributes{"userName": name, "active": state.Active}
	if occupies(u) {
		u.UserNameKey = models.Optional(models.Fold(name))
	}
	return u
}

func TestNamesAreGivenToOneEach(t *testing.T) {
	keys := []string{"", "a", "b", "c", "d", "e"}
	states := []facts{alive, alive, alive, softly, removed}
	rapid.Check(t, func(t *rapid.T) {
		names, taken := Names{}, map[string]bool{"": true}
		for i := range rapid.IntRange(0, 2).Draw(t, "outsiders") {
			name := rapid.SampledFrom(keys[1:]).Draw(t, "outsider")
			if !taken[name] {
				taken[name], names[name] = true, fmt.Sprint("outsider ", i)
			}
		}
		steps := make([]UserStep, rapid.IntRange(1, 6).Draw(t, "users"))
		for i := range steps {
			id := fmt.Sprint(i)
			steps[i].After = holder(id, rapid.SampledFrom(keys).Draw(t, "to"), rapid.SampledFrom(states).Draw(t, "becomes"))
			from := rapid.SampledFrom(keys).Draw(t, "from")
			before := holder(id, from, rapid.SampledFrom(states).Draw(t, "was"))
			switch {
			case rapid.Bool().Draw(t, "new"):
			case before.UserNameKey == "", !taken[from]:
				taken[from] = before.UserNameKey != "" || taken[from]
				steps[i].Before = &before
				if before.UserNameKey != "" {
					names[from] = id
				}
			}
		}
		wanted := make([]models.User, len(steps))
		for i, s := range steps {
			wanted[i] = s.After
		}
		settleNames(steps, names)
		checkNames(t, steps, wanted, names)
	})
}

func checkNames(t *rapid.T, steps []UserStep, wanted []models.User, names Names) {
	t.Helper()
	held := map[models.Optional]string{}
	inBatch := map[string]bool{}
	for _, s := range steps {
		inBatch[s.After.ID] = true
		if key := s.After.UserNameKey; key != "" {
			if other, twice := held[key]; twice {
				t.Errorf("%s and %s both have %q", other, s.After.ID, key)
			}
			held[key] = s.After.ID
		}
	}
	for name, id := range names {
		if other, twice := held[models.Optional(name)]; twice && !inBatch[id] {
			t.Errorf("%s has %q of %s", other, name, id)
		} else if !inBatch[id] {
			held[models.Optional(name)] = id
		}
	}
	for i, s := range steps {
		want := wanted[i]
		switch {
		case s.Before != nil && s.Before.Living && want.Living && !s.After.Living:
			t.Errorf("%s was living and is lost", s.After.ID)
		case !want.Living && s.After.Living:
			t.Errorf("%s lives against its words", s.After.ID)
		case s.After.Waiting && held[want.UserNameKey] == "":
			t.Errorf("%s waits for %q, which nobody has", s.After.ID, want.UserNameKey)
		case !s.After.Waiting && s.After.UserNameKey != want.UserNameKey:
			t.Errorf("%s has %q, not %q, and does not wait", s.After.ID, s.After.UserNameKey, want.UserNameKey)
		case s.After.Waiting && s.After.Attributes["userName"] != s.After.UserName && s.After.UserName != "":
			t.Errorf("%s shows %v, and is %q", s.After.ID, s.After.Attributes["userName"], s.After.UserName)
		}
	}
}
