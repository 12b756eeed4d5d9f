package push_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
)

// company is a user with a manager in a group that lies in another, all of whom change
// without that the others are written.
type company struct {
	boss, mira, ada string // mira's manager is boss
	crew, site      string // mira and ada are in the crew, which is at the site
}

func (s *server) company(t testing.TB) company {
	t.Helper()
	var c company
	c.boss = s.user(t, `{"userName":"boss@contoso.example","displayName":"Boss","active":true}`)
	c.mira = s.user(t, fmt.Sprintf(`{"userName":"mira@contoso.example","displayName":"Mira","active":true,"%s":{"manager":{"value":%q}}}`,
		models.EnterpriseURN, c.boss))
	c.ada = s.user(t, fmt.Sprintf(`{"userName":"ada@contoso.example","displayName":"Ada","externalId":%q,"active":true}`, adaID))
	c.crew = s.group(t, "Crew", c.mira, c.ada)
	c.site = s.group(t, "Site", c.crew)
	return c
}

// others is what a resource shows of other records.
func others(resource map[string]any) []string {
	shown := []string{}
	for _, name := range []string{"members", "groups"} {
		list, _ := resource[name].([]any)
		for _, e := range list {
			entry := e.(map[string]any)
			shown = append(shown, fmt.Sprint(entry["type"], " ", entry["display"]))
		}
	}
	enterprise, _ := resource[models.EnterpriseURN].(map[string]any)
	if manager, ok := enterprise["manager"].(map[string]any); ok {
		shown = append(shown, fmt.Sprint("manager ", manager["displayName"]))
	}
	slices.Sort(shown)
	return shown
}

// versionOf is the version that a resource shows.
func versionOf(resource map[string]any) string {
	return resource["meta"].(map[string]any)["version"].(string)
}

// ownVersion is the record's part of a tag.
func ownVersion(tag string) string {
	own, _, _ := strings.Cut(strings.Trim(strings.TrimPrefix(tag, "W/"), `"`), "-")
	return own
}

func TestAnAnswerThatTheClientHasIsNotSentAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		c := s.company(t)
		for _, path := range []string{
			"/Users/" + c.mira,
			"/Users/" + c.boss, // of whom nothing else is shown
			"/Users/" + c.mira + "?excludedAttributes=groups",
			"/Users/" + c.mira + "?attributes=groups.display,meta",
			"/Groups/" + c.crew,
			"/Groups/" + c.crew + "?excludedAttributes=members",
		} {
			had := s.must(t, http.StatusOK, "GET", path, "")
			tag := had.header.Get("ETag")
			if shown := versionOf(had.object(t)); shown != tag {
				t.Errorf("%s: meta.version is %s, the ETag %s", path, shown, tag)
			}
			for _, header := range []string{tag, `"x", ` + tag, "*"} {
				again := s.conditional(t, http.StatusNotModified, "GET", path, "If-None-Match", header, "")
				if again.header.Get("ETag") != tag || len(again.body) > 0 {
					t.Errorf("%s: 304 has the ETag %s, not %s, and the body %q", path, again.header.Get("ETag"), tag, again.body)
				}
			}
		}
	})
}

func TestAnAnswerIsSentAgainWhenAnotherRecordChangesWhatItShows(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		c := s.company(t)
		mira, crew := "/Users/"+c.mira, "/Groups/"+c.crew
		patch := func(path, operation string) func() {
			return func() {
				if r := s.patch(t, path, operation); r.status/100 != 2 {
					t.Fatalf("PATCH %s: %d\n%s", path, r.status, r.body)
				}
			}
		}
		remove := func(path string) func() {
			return func() { s.must(t, http.StatusNoContent, "DELETE", path, "") }
		}
		rename := func(path, name string) func() {
			return patch(path, fmt.Sprintf(`{"op":"replace","path":"displayName","value":%q}`, name))
		}
		found := person(adaID, "ada@contoso.example")
		for _, step := range []struct {
			what   string
			path   string // whose record is not written
			change func()
			shows  []string
		}{
			{"a member is soft-deleted", crew, func() { s.reading(t, found); s.reading(t, softDeleted(found)) }, []string{"User Mira"}},
			{"a member is restored", crew, func() { s.reading(t, found) }, []string{"User Ada", "User Mira"}},
			{"a member is renamed", crew, rename("/Users/"+c.ada, "Ada Quist"), []string{"User Ada Quist", "User Mira"}},
			{"a member is deleted", crew, remove("/Users/" + c.ada), []string{"User Mira"}},
			{"the group of a user leaves another", mira, patch("/Groups/"+c.site, `{"op":"remove","path":"members","value":`+values(c.crew)+`}`),
				[]string{"direct Crew", "manager Boss"}},
			{"the group of a user is put into another", mira, patch("/Groups/"+c.site, `{"op":"add","path":"members","value":`+values(c.crew)+`}`),
				[]string{"direct Crew", "indirect Site", "manager Boss"}},
			{"a user is in another group directly too", mira, patch("/Groups/"+c.site, `{"op":"add","path":"members","value":`+values(c.mira)+`}`),
				[]string{"direct Crew", "direct Site", "manager Boss"}},
			{"a group is renamed", mira, rename("/Groups/"+c.site, "Dock"), []string{"direct Crew", "direct Dock", "manager Boss"}},
			{"a group is deleted", mira, remove("/Groups/" + c.site), []string{"direct Crew", "manager Boss"}},
			{"the manager is renamed", mira, rename("/Users/"+c.boss, "Chief"), []string{"direct Crew", "manager Chief"}},
			{"the manager is deleted", mira, remove("/Users/" + c.boss), []string{"direct Crew"}},
			{"the last group is deleted", mira, remove("/Groups/" + c.crew), []string{}},
		} {
			tag := s.must(t, http.StatusOK, "GET", step.path, "").header.Get("ETag")
			step.change()
			now := s.conditional(t, http.StatusOK, "GET", step.path, "If-None-Match", tag, "")
			if now.status != http.StatusOK {
				t.Errorf("%s: not told", step.what)
				continue
			}
			if diff := cmp.Diff(step.shows, others(now.object(t))); diff != "" {
				t.Errorf("%s: shown differs (-want +got):\n%s", step.what, diff)
			}
			if after := now.header.Get("ETag"); ownVersion(after) != ownVersion(tag) {
				t.Errorf("%s: the record itself was written, so this step proves nothing: %s after %s", step.what, after, tag)
			}
		}
	})
}

func TestAnAnswerThatDoesNotShowAChangeIsNotSentAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		c := s.company(t)
		views := []string{
			"/Users/" + c.mira + "?attributes=userName,groups.value",
			"/Users/" + c.mira + "?attributes=title",
			"/Groups/" + c.crew + "?excludedAttributes=members",
		}
		tags := make([]string, len(views))
		for i, path := range views {
			tags[i] = s.must(t, http.StatusOK, "GET", path, "").header.Get("ETag")
		}
		for _, path := range []string{"/Users/" + c.ada, "/Users/" + c.boss, "/Groups/" + c.site} {
			s.patch(t, path, `{"op":"replace","path":"displayName","value":"Another name"}`)
		}
		for i, path := range views {
			s.conditional(t, http.StatusNotModified, "GET", path, "If-None-Match", tags[i], "")
		}
	})
}

// views are the versions of a record that a client can come by without writing it.
func (s *server) views(t testing.TB, endpoint, id string) []string {
	t.Helper()
	byID := fmt.Sprintf("id eq %q", id)
	search := s.must(t, http.StatusOK, "POST", endpoint+"/.search", fmt.Sprintf(`{"filter":%q}`, byID)).object(t)
	list := s.get(t, endpoint)["Resources"].([]any)
	inList := list[slices.IndexFunc(list, func(e any) bool { return e.(map[string]any)["id"] == id })]
	return []string{
		versionOf(s.get(t, endpoint+"/"+id)),
		versionOf(inList.(map[string]any)),
		versionOf(search["Resources"].([]any)[0].(map[string]any)),
		versionOf(s.get(t, endpoint+"/"+id+"?excludedAttributes=members,groups,"+models.EnterpriseURN+":manager")),
		s.must(t, http.StatusOK, "GET", endpoint+"/"+id+"?attributes=id", "").header.Get("ETag"),
	}
}

func TestAVersionIsTheSameInEveryAnswerThatShowsTheSame(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		c := s.company(t)
		for endpoint, id := range map[string]string{"/Users": c.mira, "/Groups": c.crew} {
			views := s.views(t, endpoint, id)
			whole, bare := views[0], `W/"`+ownVersion(views[0])+`"`
			if diff := cmp.Diff([]string{whole, whole, whole, bare, bare}, views); diff != "" || whole == bare {
				t.Errorf("versions of %s (-want +got):\n%s", endpoint, diff)
			}
		}
		put := s.must(t, http.StatusOK, "PUT", "/Groups/"+c.crew, `{"displayName":"Crew"}`)
		if tag := put.header.Get("ETag"); tag != versionOf(s.get(t, "/Groups/"+c.crew)) || tag != versionOf(put.object(t)) {
			t.Errorf("PUT answers the ETag %s", tag)
		}
		patched := s.patch(t, "/Users/"+c.mira, `{"op":"replace","path":"title","value":"Boss"}`)
		if tag := patched.header.Get("ETag"); tag != versionOf(s.get(t, "/Users/"+c.mira)) || tag != versionOf(patched.object(t)) {
			t.Errorf("PATCH answers the ETag %s", tag)
		}
	})
}

func TestAVersionOfAnyAnswerIsGoodForAWriteUntilTheRecordIsWritten(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		c := s.company(t)
		title := 0
		// write changes a record if it has a version, by PATCH and by /Bulk in turn.
		write := func(path, tag string) (status string) {
			title++
			data := patchBody(fmt.Sprintf(`{"op":"replace","path":"externalId","value":"id %d"}`, title))
			if title%2 == 0 {
				return fmt.Sprint(s.sendWith(t, "PATCH", path, data, map[string]string{"If-Match": tag}).status)
			}
			bulk := s.must(t, http.StatusOK, "POST", "/Bulk", fmt.Sprintf(`{"Operations":[{"method":"PATCH","path":%q,"version":%q,"data":%s}]}`, path, tag, data))
			return bulk.object(t)["Operations"].([]any)[0].(map[string]any)["status"].(string)
		}
		for endpoint, id := range map[string]string{"/Users": c.mira, "/Groups": c.crew} {
			path := endpoint + "/" + id
			for i := range s.views(t, endpoint, id) {
				for range 2 {
					tag := s.views(t, endpoint, id)[i]
					if status := write(path, tag); !strings.HasPrefix(status, "2") {
						t.Errorf("%s at its version %s: %s", path, tag, status)
					}
					for range 2 {
						if status := write(path, tag); status != "412" {
							t.Errorf("%s at %s, which it no longer has: %s", path, tag, status)
						}
					}
				}
			}
			for _, tag := range []string{`W/"-x"`, `W/"x"`} {
				s.conditional(t, http.StatusPreconditionFailed, "DELETE", path, "If-Match", tag, "")
			}
		}
		tag := versionOf(s.get(t, "/Groups/"+c.crew))
		s.must(t, http.StatusNoContent, "DELETE", "/Users/"+c.ada, "")
		s.conditional(t, http.StatusPreconditionFailed, "PUT", "/Groups/"+c.crew, "If-None-Match", tag, `{"displayName":"Crew"}`)
		s.conditional(t, http.StatusOK, "PUT", "/Groups/"+c.crew, "If-Match", tag, `{"displayName":"Crew 2"}`)
	})
}
