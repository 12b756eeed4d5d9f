package push_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// atOnce runs n requests at the same time and returns their answers.
func atOnce(n int, request func(i int) reply) []reply {
	answers := make([]reply, n)
	start := make(chan struct{})
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() {
			<-start
			answers[i] = request(i)
		})
	}
	close(start)
	done.Wait()
	return answers
}

// statuses are those of the answers, sorted.
func statuses(answers []reply) []int {
	var all []int
	for _, a := range answers {
		all = append(all, a.status)
	}
	slices.Sort(all)
	return all
}

func TestNoneOf16ParallelPatchesOfAUserIsLost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		id := s.named(t, "mira@contoso.example")
		answers := atOnce(16, func(i int) reply {
			return s.patch(t, "/Users/"+id, fmt.Sprintf(`{"op":"Add","path":"phoneNumbers[type eq \"t%02d\"].value","value":"%d"}`, i, i))
		})
		if diff := cmp.Diff(slices.Repeat([]int{http.StatusOK}, 16), statuses(answers)); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
		var want []any
		for i := range 16 {
			want = append(want, map[string]any{"type": fmt.Sprintf("t%02d", i), "value": fmt.Sprint(i)})
		}
		user := s.get(t, "/Users/"+id)
		if diff := cmp.Diff(want, user["phoneNumbers"]); diff != "" {
			t.Errorf("phone numbers (-want +got):\n%s", diff)
		}
		if version := user["meta"].(map[string]any)["version"]; version != `W/"17"` {
			t.Errorf("version %v after 16 changes", version)
		}
	})
}

func TestNoneOf16ParallelMembersIsLost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		group := s.group(t, "Grid")
		var users []string
		for i := range 16 {
			users = append(users, s.named(t, fmt.Sprintf("user%d@contoso.example", i)))
		}
		answers := atOnce(16, func(i int) reply {
			return s.patch(t, "/Groups/"+group, fmt.Sprintf(`{"op":"Add","path":"members","value":[{"value":%q}]}`, users[i]))
		})
		if diff := cmp.Diff(slices.Repeat([]int{http.StatusNoContent}, 16), statuses(answers)); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(users, s.members(t, group)); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
	})
}

func TestOneOfTwoParallelCreatesWins(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		for what, c := range map[string]struct{ path, body, attribute string }{
			"a userName":          {"/Users", `{"userName":"mira@contoso.example"}`, `userName \"mira@contoso.example\"`},
			"a group's name":      {"/Groups", `{"displayName":"Grid"}`, `displayName \"Grid\"`},
			"an Entra object id":  {"/Users", `{"userName":"%d@contoso.example","externalId":"4be1c0de-7a55-4d0f-9a3e-0d6f2b18c7a1"}`, "externalId"},
			"a group's object id": {"/Groups", `{"displayName":"G%d","externalId":"5be1c0de-7a55-4d0f-9a3e-0d6f2b18c7a1"}`, "externalId"},
		} {
			answers := atOnce(2, func(i int) reply {
				return s.do(t, "POST", c.path, numberedBody(c.body, i))
			})
			if diff := cmp.Diff([]int{http.StatusCreated, http.StatusConflict}, statuses(answers)); diff != "" {
				t.Errorf("%s: statuses (-want +got):\n%s", what, diff)
			}
			for _, a := range answers {
				if a.status == http.StatusConflict {
					expectError(t, a, "uniqueness", c.attribute)
				}
			}
		}
		for path, want := range map[string]int{"/Users": 2, "/Groups": 2} {
			if n := s.found(t, path); n != want {
				t.Errorf("%s lists %d, want %d", path, n, want)
			}
		}
	})
}

func TestOneOfTwoParallelRenamesWins(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		for _, c := range []struct{ path, rename string }{
			{"/Users/", `{"op":"replace","value":{"userName":"same@contoso.example"}}`},
			{"/Groups/", `{"op":"replace","value":{"displayName":"Same"}}`},
		} {
			ids := []string{s.named(t, "one@contoso.example"), s.named(t, "two@contoso.example")}
			if c.path == "/Groups/" {
				ids = []string{s.group(t, "One"), s.group(t, "Two")}
			}
			answers := atOnce(2, func(i int) reply { return s.patch(t, c.path+ids[i], c.rename) })
			if got := statuses(answers); got[0] >= 300 || got[1] != http.StatusConflict {
				t.Errorf("%s: statuses %v", c.path, got)
			}
			for _, id := range ids {
				s.must(t, http.StatusNoContent, "DELETE", c.path+id, "")
			}
		}
	})
}

// TestRequestsInEachOthersWayAllGetAnAnswer sends what crosses: names that swap, members
// that go while they are put into groups, groups in each other. No answer may be a fault,
// and what the answers said must hold in the end.
func TestRequestsInEachOthersWayAllGetAnAnswer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		users, groups := people(t, s, 3), []string{s.group(t, "A"), s.group(t, "B")}
		request := func(i int) reply {
			user, group, other := users[i%3], groups[i%2], groups[(i+1)%2]
			switch i % 7 {
			case 0:
				return s.patch(t, "/Users/"+user, fmt.Sprintf(`{"op":"replace","path":"userName","value":"person%d@contoso.example"}`, (i+1)%3))
			case 1:
				return s.patch(t, "/Groups/"+group, `{"op":"add","path":"members","value":`+values(append(slices.Clone(users), other)...)+`}`)
			case 2:
				return s.patch(t, "/Groups/"+group, `{"op":"replace","path":"members","value":`+values(user)+`}`)
			case 3:
				return s.patch(t, "/Groups/"+group, fmt.Sprintf(`{"op":"replace","path":"displayName","value":"%c"}`, 'A'+(i+1)%2))
			case 4:
				return s.do(t, "POST", "/Users", fmt.Sprintf(`{"userName":"new%d@contoso.example","externalId":"0000000%d-0000-4000-8000-000000000000"}`, i%2, i%3))
			case 5:
				return s.do(t, "PUT", "/Users/"+user, fmt.Sprintf(`{"userName":"person%d@contoso.example","active":false}`, i%3))
			}
			return s.do(t, "GET", "/Groups/"+group, "")
		}
		for i, a := range atOnce(56, request) {
			if a.status >= 500 || a.status == http.StatusNotFound {
				t.Errorf("request %d: %d %s", i, a.status, a.body)
			}
		}
		names := make(map[string]bool)
		for _, u := range s.get(t, "/Users")["Resources"].([]any) {
			name := u.(map[string]any)["userName"].(string)
			if names[name] {
				t.Errorf("two users have the name %s", name)
			}
			names[name] = true
		}
		last := s.must(t, http.StatusOK, "PUT", "/Groups/"+groups[0], `{"displayName":"Last","members":`+values(users...)+`}`)
		if n := len(last.object(t)["members"].([]any)); n != 3 {
			t.Errorf("%d members after a PUT of 3", n)
		}
	})
}

func TestWhoIsDeletedWhileBeingAddedIsNoMember(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		group, users := s.group(t, "Grid"), people(t, s, 8)
		answers := atOnce(16, func(i int) reply {
			user := users[i/2]
			if i%2 == 0 {
				return s.do(t, "DELETE", "/Users/"+user, "")
			}
			return s.patch(t, "/Groups/"+group, `{"op":"add","path":"members","value":`+values(user)+`}`)
		})
		if diff := cmp.Diff(slices.Repeat([]int{http.StatusNoContent}, 16), statuses(answers)); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
		if got := s.members(t, group); len(got) != 0 {
			t.Errorf("members %v", got)
		}
	})
}
