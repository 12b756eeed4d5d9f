package reconcile

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"
	"sync/atomic"

	"scimbridge/models"
)

// PushSaid is what one SCIM request says of a record.
type PushSaid struct {
	// Values are the values spoken of, by attribute path; nil is the value "empty".
	Values map[string]any
	// Whole is true for POST and PUT: the request is push's whole word, and what it
	// leaves out is withdrawn, so that what the pull says shows again.
	Whole bool
	// Active is nil where the request does not speak of it.
	Active *bool
}

// hearPush records a write of a SCIM client in a standing: existence, time, values.
// at is when the request was received, never before push's previous word.
func hearPush(s *models.Standing, said PushSaid, at models.Instant) {
	at = max(at, s.PushSpokeAt)
	if s.PullSays == models.Unheard {
		s.PullWords = nil // left behind by a path that has ended
	}
	words := make(models.Words, len(said.Values))
	if !said.Whole {
		maps.Copy(words, s.PushWords)
	}
	for path, value := range said.Values {
		s.HeldValues = without(s.HeldValues, path) // push speaks of it
		words[path] = models.Word{Value: value, At: at, Agreed: agreesWith(s.PullWords, path, value)}
	}
	lapseWords(s, words)
	s.PushWords = words
	identify(s)
	if s.PushSays != models.Exists {
		s.PushSince = at
		s.AdminSays = models.Unheard
	}
	if said.Whole && s.AdminSays == models.Gone {
		s.AdminSays = models.Unheard // only a POST reaches who is removed, and it begins anew
	}
	s.PushSays, s.PushAt, s.PushSpokeAt = models.Exists, at, at
}

// identify takes an externalId that is a GUID for the Entra object id, until the pull
// has seen the object: then the two are tied, and CheckExternalID refuses a change.
func identify(s *models.Standing) {
	if s.PullSays != models.Unheard {
		return
	}
	said, _ := s.PushWords["externalId"].Value.(string)
	id, _ := models.ObjectID(said)
	s.EntraObjectID = models.Optional(id)
}

// without is a map without a key; the map itself stays as it is.
func without[M ~map[string]V, V any](m M, key string) M {
	if _, has := m[key]; !has {
		return m
	}
	m = maps.Clone(m)
	delete(m, key)
	return m
}

// agreesWith tells whether the pull's reading in hand has the value that push says.
func agreesWith(pull models.Words, path string, value any) bool {
	reading, read := pull[path]
	return read && models.SameValue(reading.Value, value)
}

// HearPushUser records what a SCIM client says of a user.
func HearPushUser(u models.User, said PushSaid, at models.Instant) models.User {
	before := u.PushActive
	if said.Active != nil || said.Whole && u.PushSays != models.Exists {
		// A PUT that leaves active out does not reactivate: only saying so does
		// (docs/decisions/002). A POST after a DELETE begins anew.
		u.PushActive = said.Active
		if u.PullSays == models.Unheard {
			u.PullEnabled = nil // the last word of a path that has ended
		}
	}
	if !sameSaying(before, u.PushActive) {
		u.AdminWords = without(u.AdminWords, models.ActivePath)
	}
	hearPush(&u.Standing, said, at)
	return u
}

// HearPushGroup records what a SCIM client says of a group's attributes.
func HearPushGroup(g models.Group, said PushSaid, at models.Instant) models.Group {
	hearPush(&g.Standing, said, at)
	return g
}

// HearPushGone records a DELETE. It is a look at all the record's edges.
func HearPushGone(s *models.Standing, at models.Instant) {
	at = max(at, s.PushSpokeAt)
	s.AdminSays = models.Unheard // a DELETE is never what push had said before
	s.AdminWords = without(s.AdminWords, models.ActivePath)
	s.PushSays, s.PushAt, s.PushSpokeAt, s.PushGoneAt = models.Gone, at, at, at
}

// HearPullUser records a reading of a user. A reading sent before the one that
// stands is late: all that it can tell is that push's values have been read.
func HearPullUser(u models.User, said models.SourceUser, look models.Look) models.User {
	values, before := userValues(said), u
	if !hearPull(&u.Standing, said.ObjectID, said.Existence, look) {
		agreeLate(&u.Standing, values, look.At)
		return u
	}
	if said.Existence == models.Gone {
		u.PullEnabled = nil
	}
	if said.Enabled != nil {
		u.PullEnabled = said.Enabled
		if u.PushSays == models.Unheard {
			u.PushActive = nil // the last word of a path that has ended
		}
	}
	if !sameActivity(before, u) {
		u.AdminWords = lapsed(u.AdminWords, models.ActivePath, look.At)
	}
	readValues(&u.Standing, values, look.At)
	u.PullHash = HashUser(said)
	return u
}

// userValues are the readings that count, the match key among them.
func userValues(said models.SourceUser) map[string]any {
	if said.Values == nil || said.Existence == models.SoftDeleted {
		return nil // Entra renames the user principal name on soft delete; that is not taken over
	}
	if said.UserName == "" {
		return withoutNull(said.Values, "userName")
	}
	values := maps.Clone(said.Values)
	values["userName"] = said.UserName
	return values
}

// withoutNull leaves out a match key that was read as null: that is no word.
func withoutNull(values map[string]any, key string) map[string]any {
	if value, read := values[key]; !read || value != nil {
		return values
	}
	values = maps.Clone(values)
	delete(values, key)
	return values
}

// HearPullGroup records a reading of a group's attributes.
func HearPullGroup(g models.Group, said models.SourceGroup, look models.Look) models.Group {
	values := withoutNull(said.Values, "displayName")
	before := g.PullSays
	if !hearPull(&g.Standing, said.ObjectID, said.Existence, look) {
		agreeLate(&g.Standing, values, look.At)
		return g
	}
	if g.PullSays != before {
		g.PullMembersHash = 0 // the list must be read again, even if it is as it was
	}
	readValues(&g.Standing, values, look.At)
	g.PullHash = HashGroup(said)
	return g
}

// hearPull records existence, and answers false for a look that is no word: one that
// comes too late, or the tombstone of an object that the pull has never seen, to which
// the record is therefore not tied.
func hearPull(s *models.Standing, objectID string, existence models.Existence, look models.Look) bool {
	if look.At < latestReading(s) || existence == models.Gone && s.PullSays == models.Unheard {
		return false
	}
	s.EntraObjectID = models.Optional(objectID)
	if s.PushSays == models.Unheard {
		s.PushWords = nil // left behind by a path that has ended
	}
	if s.PullSays != existence {
		s.PullSays, s.PullSince, s.PullAt, s.PullDirectAt = existence, look.Since(), 0, 0
		if look.At > s.AdminAt { // a look from before the admin spoke is none of the news that they did not know
			s.AdminSays = models.Unheard
		}
	}
	if look.Direct {
		s.PullDirectAt = look.At
	} else {
		s.PullAt = look.At
	}
	if existence == models.Gone {
		s.PullGoneAt = look.At
	}
	return true
}

// latestReading is when the pull last said anything that is kept.
func latestReading(s *models.Standing) models.Instant {
	latest := max(s.PullAt, s.PullDirectAt)
	for _, w := range s.PullWords {
		latest = max(latest, w.At)
	}
	return latest
}

// readValues records readings, and notes where they agree with push's word. A reading
// equal to the one in hand keeps its time: it tells since when the value was so.
func readValues(s *models.Standing, values map[string]any, at models.Instant) {
	if len(values) == 0 {
		return
	}
	pull := maps.Clone(s.PullWords)
	if pull == nil {
		pull = make(models.Words, len(values))
	}
	var push models.Words
	for path, value := range values {
		taken := false
		if before, read := pull[path]; !read || !models.SameValue(before.Value, value) {
			pull[path] = models.Word{Value: value, At: at}
			taken = read && takenFrom(s, path, before.Value, at)
			s.AdminWords = lapsed(s.AdminWords, path, at)
		}
		if value != nil {
			s.HeldValues = without(s.HeldValues, path)
		}
		said, spoke := s.PushWords[path]
		if !spoke {
			continue
		}
		agreed := models.SameValue(said.Value, value)
		if at > said.At {
			agreed = agreed || said.Agreed || taken
		}
		if agreed != said.Agreed {
			if push == nil {
				push = maps.Clone(s.PushWords)
			}
			said.Agreed = agreed
			push[path] = said
		}
	}
	s.PullWords = pull
	if push != nil {
		s.PushWords = push
	}
}

// agreeLate notes where a late reading, sent after push spoke, agrees with it. Whether
// a reading sent before was still in hand then, can no longer be told.
func agreeLate(s *models.Standing, values map[string]any, at models.Instant) {
	var push models.Words
	for path, value := range values {
		said, spoke := s.PushWords[path]
		if !spoke || said.Agreed || at <= said.At || !models.SameValue(said.Value, value) {
			continue
		}
		if push == nil {
			push = maps.Clone(s.PushWords)
		}
		said.Agreed = true
		push[path] = said
	}
	if push != nil {
		s.PushWords = push
	}
}

// HashUser tells two readings of a user apart.
func HashUser(said models.SourceUser) int64 {
	if said.Hash != 0 {
		return said.Hash
	}
	return hashReading(said.Existence, said.Enabled, said.UserName, said.Values)
}

// HashGroup tells two readings of a group's attributes apart.
func HashGroup(said models.SourceGroup) int64 {
	return hashReading(said.Existence, nil, "", said.Values)
}

// hashReading is never 0, which stands for "unknown".
func hashReading(existence models.Existence, enabled *bool, name string, values map[string]any) int64 {
	text := make([]byte, 0, 1024)
	text = append(text, existence...)
	switch {
	case enabled == nil:
		text = append(text, '?')
	case *enabled:
		text = append(text, '+')
	default:
		text = append(text, '-')
	}
	text = append(text, name...)
	text = appendValues(text, values)
	sum := sha256.Sum256(text)
	return int64(binary.LittleEndian.Uint64(sum[:8]) | 1)
}

// usualPaths are those of the last reading, in order. Nearly all readings of a directory
// have the same: to sort them anew for each took a fifth of the bridge's time
// while a quiet night's users were read.
var usualPaths atomic.Pointer[[]string]

// appendValues writes values in the order of their paths.
func appendValues(text []byte, values map[string]any) []byte {
	if paths := usualPaths.Load(); paths != nil && len(*paths) == len(values) {
		if all, usual := appendInOrder(text, *paths, values); usual {
			return all
		}
	}
	paths := slices.Sorted(maps.Keys(values))
	usualPaths.Store(&paths)
	text, _ = appendInOrder(text, paths, values)
	return text
}

// appendInOrder answers false if a path is missing.
func appendInOrder(text []byte, paths []string, values map[string]any) ([]byte, bool) {
	for _, path := range paths {
		value, has := values[path]
		if !has {
			return nil, false
		}
		text = append(append(append(text, 0), path...), 1)
		text = appendValue(text, value)
	}
	return text, true
}

func appendValue(text []byte, value any) []byte {
	switch value := value.(type) {
	case nil:
		return append(text, 2)
	case string:
		return append(append(text, 3), value...)
	case bool:
		if value {
			return append(text, 4)
		}
		return append(text, 5)
	}
	encoded, _ := json.Marshal(value) // values come from JSON
	return append(append(text, 6), encoded...)
}
