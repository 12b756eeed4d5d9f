package reconcile

import (
	"maps"
	"slices"

	"scimbridge/models"
)

// Explanation says why a record is as it is: what each path said, when, and which rule
// decided.
type Explanation struct {
	Existence  Reason
	Activity   Reason // users only
	Attributes []AttributeReason
}

// Reason is one decision and the words that it was made from.
type Reason struct {
	Outcome string // "living", "removed", "soft-deleted"; "active", "inactive"
	Rule    string // in words
	Words   []Spoken
}

// Spoken is what one path last said.
type Spoken struct {
	By    models.Path
	Value any
	At    models.Instant
}

// AttributeReason explains one value.
type AttributeReason struct {
	Path  string
	Value any // nil: empty
	By    models.Path
	Rule  string
	Words []Spoken
	// Drift is true where push's value stands against a different reading of the pull.
	Drift bool
}

// ExplainUser explains a user from its words, as MergeUser decides.
func ExplainUser(u models.User, r Rules) Explanation {
	merged := MergeUser(u, r)
	return Explanation{
		Existence:  explainExistence(&u.Standing, r, u.Held, merged.SoftDeleted),
		Activity:   explainActivity(u),
		Attributes: explainAttributes(&merged.Standing),
	}
}

// ExplainGroup explains a group's own attributes.
func ExplainGroup(g models.Group, r Rules) Explanation {
	return Explanation{
		Existence:  explainExistence(&g.Standing, r, g.Held, false),
		Attributes: explainAttributes(&g.Standing),
	}
}

func explainExistence(s *models.Standing, r Rules, held, softDeleted bool) Reason {
	reason := Reason{Outcome: "removed", Words: existenceWords(s, r)}
	alive := lives(s, r)
	switch {
	case held:
		reason.Outcome = "living"
		reason.Rule = "the pull says it is lost, but the loss is held until an admin approves the run"
		return reason
	case softDeleted:
		reason.Outcome = "soft-deleted"
	case alive:
		reason.Outcome = "living"
	}
	reason.Rule = existenceRule(s, r)
	return reason
}

func existenceWords(s *models.Standing, r Rules) []Spoken {
	var words []Spoken
	if s.PushSays != models.Unheard {
		words = append(words, Spoken{models.Push, string(s.PushSays), s.PushAt})
	}
	if s.PullSays != models.Unheard {
		words = append(words, Spoken{models.Pull, string(s.PullSays), max(s.PullAt, s.PullDirectAt, r.RoundAt)})
	}
	if s.AdminSays != models.Unheard {
		words = append(words, Spoken{models.Admin, string(s.AdminSays), s.AdminAt})
	}
	return words
}

func existenceRule(s *models.Standing, r Rules) string {
	push, pull := s.PushSays.Vouches(), s.PullSays.Vouches()
	switch {
	case s.AdminSays != models.Unheard:
		return "an admin's word stands until a path says something different"
	case push && pull:
		return "both paths vouch for it"
	case !push && !pull:
		return "no path vouches for it"
	case s.PushSays == models.Unheard || s.PullSays == models.Unheard:
		return "one path vouches for it, and the other has not spoken"
	case s.PullSays == models.OutOfScope:
		return "push vouches for it; for the pull it is out of scope"
	case pullCounts(s, r) > s.PushAt:
		return "the later look wins: the pull's, settling time taken off"
	}
	return "the later look wins: push's"
}

func explainActivity(u models.User) Reason {
	reason := Reason{Outcome: "active", Rule: "no path says otherwise"}
	if u.PushActive != nil {
		reason.Words = append(reason.Words, Spoken{models.Push, *u.PushActive, u.PushSpokeAt})
	}
	if u.PullEnabled != nil {
		reason.Words = append(reason.Words, Spoken{models.Pull, *u.PullEnabled, max(u.PullAt, u.PullDirectAt)})
	}
	says, overruled := activeByAdmin(&u.Standing)
	if overruled {
		reason.Words = append(reason.Words, Spoken{models.Admin, says, u.AdminWords[models.ActivePath].At})
	}
	if u.Active {
		if overruled {
			reason.Rule = "an admin's word stands until a path says something different"
		}
		return reason
	}
	reason.Outcome, reason.Rule = "inactive", whyInactive(u)
	return reason
}

func whyInactive(u models.User) string {
	says, overruled := activeByAdmin(&u.Standing)
	switch {
	case overruled && !says:
		return "an admin's word stands until a path says something different"
	case u.PullEnabled != nil && !*u.PullEnabled && overruled:
		return "the pull found the account disabled, which an admin cannot overrule"
	case !overruled && u.PushActive != nil && !*u.PushActive:
		return "push said that the account is not active"
	case !overruled && u.PushSays == models.Gone && u.AdminSays != models.Exists:
		return "push deleted the record, which counts as not active until it writes again"
	case u.PullSays == models.SoftDeleted:
		return "the pull found the account soft-deleted"
	case u.PullSays == models.Gone:
		return "the pull found the account deleted"
	}
	return "the pull found the account disabled"
}

func explainAttributes(s *models.Standing) []AttributeReason {
	paths := make(map[string]bool, len(s.PushWords)+len(s.PullWords))
	for path := range s.PushWords {
		paths[path] = true
	}
	for path := range s.PullWords {
		paths[path] = true
	}
	for path := range s.AdminWords {
		paths[path] = path != models.ActivePath // explained with the record's activity
	}
	maps.DeleteFunc(paths, func(_ string, shown bool) bool { return !shown })
	reasons := make([]AttributeReason, 0, len(paths))
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		reasons = append(reasons, explainAttribute(s, path))
	}
	return reasons
}

func explainAttribute(s *models.Standing, path string) AttributeReason {
	said, spoke := s.PushWords[path]
	reading, read := s.PullWords[path]
	reason := AttributeReason{Path: path}
	if spoke {
		reason.Words = append(reason.Words, Spoken{models.Push, said.Value, said.At})
	}
	if read {
		reason.Words = append(reason.Words, Spoken{models.Pull, reading.Value, reading.At})
	}
	if word, overruled := s.AdminWords[path]; overruled {
		reason.Words = append(reason.Words, Spoken{models.Admin, word.Value, word.At})
		reason.By, reason.Value = models.Admin, word.Value
		reason.Rule = "an admin's word stands until a path says something different"
		return reason
	}
	if held, waits := s.HeldValues[path]; waits && reading.Value == nil && (!spoke || said.Agreed) {
		reason.By, reason.Value = models.Pull, held
		reason.Rule = "the pull reads it empty on everybody who had it, which is held until an admin approves the run"
		return reason
	}
	switch {
	case !spoke:
		reason.By, reason.Value = models.Pull, reading.Value
		reason.Rule = "push never said it, so the pull fills it"
	case !read:
		reason.By, reason.Value = models.Push, said.Value
		reason.Rule = "only push has said it"
	case path == "externalId":
		reason.By, reason.Value = models.Push, said.Value
		reason.Rule = "push's externalId stands once it has spoken"
	case said.Agreed:
		reason.By, reason.Value = models.Pull, reading.Value
		reason.Rule = "the pull has read what push said, so its readings show until push speaks again"
	default:
		reason.By, reason.Value = models.Push, said.Value
		reason.Rule = "push's value stands until the pull reads the same"
		reason.Drift = !models.SameValue(said.Value, reading.Value)
	}
	return reason
}
