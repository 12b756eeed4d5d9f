package reconcile

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"

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
	words := make(models.Words, len(said.Values))
	if !said.Whole {
		maps.Copy(words, s.PushWords)
	}
	for path, value := range said.Values {
		words[path] = models.Word{Value: value, At: at, Agreed: agreesWith(s.PullWords, path, value)}
	}
	s.PushWords = words
	s.PushSays, s.PushAt, s.PushSpokeAt = models.Exists, at, at
}

// agreesWith tells whether the pull's reading in hand has the value that push says.
func agreesWith(pull models.Words, path string, value any) bool {
	reading, read := pull[path]
	return read && models.SameValue(reading.Value, value)
}

// HearPushUser records what a SCIM client says of a user.
func HearPushUser(u models.User, said PushSaid, at models.Instant) models.User {
	if said.Active != nil || u.PushSays != models.Exists {
		// A PUT that leaves active out does not reactivate: only saying so does
		// (docs/decisions/002).
		u.PushActive = said.Active
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
	s.PushSays, s.PushAt, s.PushSpokeAt, s.PushGoneAt = models.Gone, at, at, at
}

// HearPullUser records a reading of a user. A reading sent before the one that
// stands is late, and changes nothing.
func HearPullUser(u models.User, said models.SourceUser, look models.Look) models.User {
	if !hearPull(&u.Standing, said.ObjectID, said.Existence, look) {
		return u
	}
	values := said.Values
	switch said.Existence {
	case models.Gone:
		u.PullEnabled = nil
	case models.SoftDeleted:
		// Entra renames the user principal name on soft delete; that is not taken over.
		values = nil
	}
	if said.Enabled != nil {
		u.PullEnabled = said.Enabled
	}
	if values != nil {
		if said.UserName != "" {
			values = maps.Clone(values)
			values["userName"] = said.UserName
		} else if _, read := values["userName"]; read {
			values = maps.Clone(values)
			delete(values, "userName") // null is no word for a match key
		}
		readValues(&u.Standing, values, look.At)
	}
	u.PullHash = HashUser(said)
	return u
}

// HearPullGroup records a reading of a group's attributes.
func HearPullGroup(g models.Group, said models.SourceGroup, look models.Look) models.Group {
	if !hearPull(&g.Standing, said.ObjectID, said.Existence, look) {
		return g
	}
	if values := said.Values; values != nil {
		if name, read := values["displayName"]; read && name == nil {
			values = maps.Clone(values)
			delete(values, "displayName")
		}
		readValues(&g.Standing, values, look.At)
	}
	g.PullHash = HashGroup(said)
	return g
}

// hearPull records existence, and answers false for a look that comes too late.
func hearPull(s *models.Standing, objectID string, existence models.Existence, look models.Look) bool {
	if look.At < latestReading(s) {
		return false
	}
	s.EntraObjectID = models.Optional(objectID)
	if s.PullSays != existence {
		s.PullSays, s.PullSince, s.PullAt, s.PullDirectAt = existence, look.At, 0, 0
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
	pull := maps.Clone(s.PullWords)
	if pull == nil {
		pull = make(models.Words, len(values))
	}
	var push models.Words
	for path, value := range values {
		if before, read := pull[path]; !read || !models.SameValue(before.Value, value) {
			pull[path] = models.Word{Value: value, At: at}
		}
		said, spoke := s.PushWords[path]
		if !spoke {
			continue
		}
		agreed := models.SameValue(said.Value, value)
		if at > said.At {
			agreed = agreed || said.Agreed
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

// HashUser tells two readings of a user apart.
func HashUser(said models.SourceUser) int64 {
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
	for _, path := range slices.Sorted(maps.Keys(values)) {
		text = append(append(append(text, 0), path...), 1)
		text = appendValue(text, values[path])
	}
	sum := sha256.Sum256(text)
	return int64(binary.LittleEndian.Uint64(sum[:8]) | 1)
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
