package reconcile

import (
	"maps"

	"scimbridge/models"
)

// Words of the path admin (docs/decisions/007). They are recorded beside those of push and
// pull, outweigh both, and stand until either of them says something different from what it
// had said then. "Unheard", "Unsaid" and nil withdraw a word: the rule of the paths decides
// again.

// Overrule is an admin's word on a record's existence.
func Overrule(s *models.Standing, says models.Existence, at models.Instant) {
	s.AdminSays, s.AdminAt = says, spokenAt(s, at)
	if says == models.Unheard {
		s.AdminAt = 0
	}
}

// OverruleActive is an admin's word on a user's activity. It outweighs push's: who is
// disabled or deleted in Entra is not let in by it.
func OverruleActive(u *models.User, says *bool, at models.Instant) error {
	switch {
	case says == nil:
		u.AdminWords = without(u.AdminWords, models.ActivePath)
		return nil
	case *says && deletedInEntra(*u):
		return &models.InvalidError{Attribute: "active", Reason: "the pull's last look found the account deleted in Entra; restore it there"}
	case *says && u.PullEnabled != nil && !*u.PullEnabled:
		return &models.InvalidError{Attribute: "active", Reason: "the pull's last look found the account disabled in Entra; enable it there"}
	}
	overruleValue(&u.Standing, models.ActivePath, *says, at)
	return nil
}

// activeByAdmin is an admin's word on activity.
func activeByAdmin(s *models.Standing) (says, overruled bool) {
	word, overruled := s.AdminWords[models.ActivePath]
	says, _ = word.Value.(bool)
	return says || word.Value == keptActive, overruled
}

// keptActive is the word "active" of somebody whose deletion in Entra an admin has doubted.
// An "active" said otherwise lets nobody in who is deleted, also where the look that found
// it was taken before the admin spoke, and recorded after.
const keptActive = "kept"

// isKeptActive tells whether somebody is active although their account is deleted.
func isKeptActive(s *models.Standing) bool {
	return s.AdminSays == models.Exists && s.AdminWords[models.ActivePath].Value == keptActive
}

// TakePulled is an admin's choice, for one leaf, of what the pull has read of it over what
// push says. It goes on to show what the pull reads, until push says something different.
func TakePulled(s *models.Standing, path string, at models.Instant) error {
	reading, read := s.PullWords[path]
	switch {
	case path == "externalId":
		return &models.InvalidError{Attribute: "takePulled", Reason: "externalId is what push knows the record by; change it in the provisioning client"}
	case !read:
		return &models.InvalidError{Attribute: "takePulled", Reason: "the pull has not read " + path}
	}
	overruleValue(s, path, reading.Value, at)
	return nil
}

// LeaveToRule withdraws an admin's word on a leaf.
func LeaveToRule(s *models.Standing, path string) { s.AdminWords = without(s.AdminWords, path) }

func overruleValue(s *models.Standing, path string, value any, at models.Instant) {
	words := maps.Clone(s.AdminWords)
	if words == nil {
		words = make(models.Words, 1)
	}
	words[path] = models.Word{Value: value, At: spokenAt(s, at)}
	s.AdminWords = words
}

// spokenAt is the time of an admin's word: after everything that it is known to overrule.
func spokenAt(s *models.Standing, at models.Instant) models.Instant {
	return max(at, s.PushSpokeAt, latestReading(s))
}

// Reject is an admin's word against everything that waits of a record: it exists, and
// its values are what they were.
func Reject(s *models.Standing, at models.Instant) {
	for path, value := range s.HeldValues {
		overruleValue(s, path, value, at)
	}
	s.HeldValues = nil
	if !lives(s, Rules{}) || s.PullSays == models.SoftDeleted {
		Overrule(s, models.Exists, at)
	}
}

// RejectUser is Reject for a user, who stays active too if they were. It is the one word of
// an admin that outweighs a deletion in Entra: the plan was doubted as a whole.
func RejectUser(u *models.User, at models.Instant) {
	Reject(&u.Standing, at)
	switch {
	case !u.Active || u.AdminSays != models.Exists:
	case deletedInEntra(*u):
		overruleValue(&u.Standing, models.ActivePath, keptActive, at)
	default:
		overruleValue(&u.Standing, models.ActivePath, true, at)
	}
}

// OverruleEdge is an admin's word on an edge.
func OverruleEdge(m models.Membership, says models.Said, at models.Instant) models.Membership {
	m.AdminSays, m.AdminAt = says, max(at, m.PushAt, m.PullAt)
	if says == models.Unsaid {
		m.AdminAt = 0
	}
	return m
}

// EdgeOverruled is the admin's word that stands on an edge.
func EdgeOverruled(m models.Membership, ends Ends) models.Said {
	if m.AdminAt < ends.goneAt() {
		return models.Unsaid
	}
	return m.AdminSays
}

// How words of an admin lapse.

// lapseWords withdraws them where push says something different from what it had said,
// leaving a value out of a PUT included.
func lapseWords(s *models.Standing, now models.Words) {
	for path := range s.AdminWords {
		before, spoke := s.PushWords[path]
		said, speaks := now[path]
		if path != models.ActivePath && (spoke != speaks || !models.SameValue(before.Value, said.Value)) {
			s.AdminWords = without(s.AdminWords, path)
		}
	}
}

// lapsed is an admin's words without the one that a new look of the pull ends. A look from
// before the admin spoke ends none.
func lapsed(words models.Words, path string, at models.Instant) models.Words {
	if word, stands := words[path]; !stands || at <= word.At {
		return words
	}
	return without(words, path)
}

// takenFrom tells whether an admin's word on a leaf was the pull's reading, which a new one
// follows.
func takenFrom(s *models.Standing, path string, reading any, at models.Instant) bool {
	word, stands := s.AdminWords[path]
	return stands && at > word.At && models.SameValue(word.Value, reading)
}

func sameSaying(a, b *bool) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// sameActivity tells whether the pull says of somebody's activity what it said before.
func sameActivity(before, after models.User) bool {
	return deletedInEntra(before) == deletedInEntra(after) && sameSaying(before.PullEnabled, after.PullEnabled)
}

func deletedInEntra(u models.User) bool {
	return u.PullSays == models.SoftDeleted || u.PullSays == models.Gone
}
