package reconcile

import (
	"cmp"
	"flag"
	"maps"
	"os"
	"testing"
	"time"

	"scimbridge/models"
)

// TestMain makes a generated test try a thousand histories, unless told another number.
func TestMain(m *testing.M) {
	flag.Parse()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("1000"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// The tests speak in minutes after one hour, and a directory settles for 30 of them.
const (
	annID  = "11111111-1111-4111-8111-111111111111"
	bobID  = "22222222-2222-4222-8222-222222222222"
	settle = 30 * time.Minute
)

var rules = Rules{Settle: settle}

func minute(n int) models.Instant { return models.At(time.Date(2026, 3, 1, 12, n, 0, 0, time.UTC)) }

func listAt(n int) models.Look { return models.Look{At: minute(n)} }

func readAt(n int) models.Look { return models.Look{At: minute(n), Direct: true} }

func yes() *bool { v := true; return &v }

func no() *bool { v := false; return &v }

// said is a word as a test writes it down: how it changes what has been heard.
type said func(models.User) models.User

func heard(words ...said) models.User {
	u := models.User{DirectoryID: "d", ID: "ann"}
	for _, word := range words {
		u = word(u)
	}
	return u
}

// Words of push.

func pushed(n int, values map[string]any) said { return pushedActive(n, nil, values) }

func pushedActive(n int, active *bool, values map[string]any) said {
	return pushes(n, PushSaid{Values: values, Whole: true, Active: active})
}

func patched(n int, values map[string]any) said { return pushes(n, PushSaid{Values: values}) }

func patchedActive(n int, active *bool) said { return pushes(n, PushSaid{Active: active}) }

func pushes(n int, what PushSaid) said {
	return func(u models.User) models.User { return HearPushUser(u, what, minute(n)) }
}

func deleted(n int) said {
	return func(u models.User) models.User {
		HearPushGone(&u.Standing, minute(n))
		return u
	}
}

// Words of the pull.

func pulls(look models.Look, source models.SourceUser) said {
	return func(u models.User) models.User {
		source.ObjectID = cmp.Or(string(u.EntraObjectID), annID)
		return HearPullUser(u, source, look)
	}
}

// found is a reading of someone enabled.
func found(look models.Look, values map[string]any) said {
	return pulls(look, models.SourceUser{Existence: models.Exists, Enabled: yes(), Values: values})
}

func disabled(look models.Look) said {
	return pulls(look, models.SourceUser{Existence: models.Exists, Enabled: no()})
}

func pullSays(look models.Look, existence models.Existence) said {
	return pulls(look, models.SourceUser{Existence: existence})
}

func softDeleted(n int) said { return pullSays(readAt(n), models.SoftDeleted) }
func gone(n int) said        { return pullSays(readAt(n), models.Gone) }
func outOfScope(n int) said  { return pullSays(listAt(n), models.OutOfScope) }

// overruledActive is an admin's word whatever the pull has said.
func overruledActive(n int, active *bool) said {
	return func(u models.User) models.User {
		if active == nil {
			LeaveToRule(&u.Standing, models.ActivePath)
		} else {
			overruleValue(&u.Standing, models.ActivePath, *active, minute(n))
		}
		return u
	}
}

func values(pairs ...any) map[string]any {
	m := make(map[string]any)
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return m
}

// document is what an answer shows of a merged user, less the object id.
func document(u models.User) models.Attributes {
	shown := maps.Clone(u.Attributes)
	delete(shown, "externalId")
	delete(shown, "active")
	return shown
}
