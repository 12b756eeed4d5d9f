package push_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
)

func TestAPutThatDoesNotSpeakOfMembersLeavesThem(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		mira, ben := s.named(t, "mira@contoso.example"), s.named(t, "ben@contoso.example")
		group := s.group(t, "Grid", mira, ben)
		for _, c := range []struct {
			body string
			want []string
		}{
			{`{"displayName":"Wind"}`, []string{mira, ben}},
			{`{"displayName":"Wind","members":[{"value":"` + ben + `"}]}`, []string{ben}},
			{`{"displayName":"Sun","members":null}`, []string{}},
		} {
			s.must(t, http.StatusOK, "PUT", "/Groups/"+group, c.body)
			if diff := cmp.Diff(c.want, s.members(t, group)); diff != "" {
				t.Errorf("after PUT %s members differ (-want +got):\n%s", c.body, diff)
			}
		}
	})
}

func TestAPutLeavesMembersThatTheClientCannotKnow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		pulled := s.pulled(t, ada())
		group := s.pulledGroup(t, models.SourceGroup{ObjectID: "c41d7f80-96ab-4e0d-a6a2-0b6d5f3e7711", Existence: models.Exists,
			Values: map[string]any{"displayName": "Grid"}})
		s.pulledEdge(t, group, pulled)
		mira := s.named(t, "mira@contoso.example")
		s.must(t, http.StatusOK, "PUT", "/Groups/"+group, `{"displayName":"Grid","members":`+values(mira)+`}`)
		if diff := cmp.Diff([]string{pulled, mira}, s.members(t, group)); diff != "" {
			t.Errorf("members differ (-want +got):\n%s", diff)
		}
		s.must(t, http.StatusOK, "PUT", "/Groups/"+group, `{"displayName":"Grid","members":[]}`)
		if diff := cmp.Diff([]string{pulled}, s.members(t, group)); diff != "" {
			t.Errorf("members differ (-want +got):\n%s", diff)
		}
	})
}

func TestAPutWithdrawsWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		id := s.pulled(t, ada())
		put := func(body string) map[string]any {
			return s.must(t, http.StatusOK, "PUT", "/Users/"+id+"?attributes=title,nickName", body).object(t)
		}
		said := put(`{"userName":"ada@contoso.example","externalId":"9a0e5d1c-22b8-4a37-8f0e-31d6c5b7a904","title":"Boss","nickName":"A","id":"x","groups":[{"value":"x"}]}`)
		withdrawn := put(`{"userName":"ada@contoso.example"}`)
		if said["title"] != "Boss" || said["nickName"] != "A" || said["id"] != id {
			t.Errorf("said: %v", said)
		}
		if withdrawn["title"] != "Analyst" || withdrawn["nickName"] != nil {
			t.Errorf("withdrawn: the pull's title must show again, and no nickName: %v", withdrawn)
		}
	})
}

func TestAPostAdoptsWhatOnlyThePullHasBrought(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		id := s.pulled(t, ada())
		r := s.must(t, http.StatusCreated, "POST", "/Users", `{"userName":"ADA@contoso.example","active":true,"externalId":"ada"}`)
		where := publicURL + "/scim/" + s.directory.ID + "/v2/Users/" + id
		if body := r.object(t); body["id"] != id || r.header.Get("Location") != where || body["meta"].(map[string]any)["location"] != where {
			t.Errorf("adopted as %v at %s, want %s", body["id"], r.header.Get("Location"), id)
		}
		s.must(t, http.StatusConflict, "POST", "/Users", `{"userName":"ada@contoso.example"}`)
		s.must(t, http.StatusNoContent, "DELETE", "/Users/"+id, "")
		s.must(t, http.StatusNotFound, "GET", "/Users/"+id, "")
	})
}

func TestADeletedUserNameCanBeCreatedAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		first := s.named(t, "mira@contoso.example")
		s.must(t, http.StatusNoContent, "DELETE", "/Users/"+first, "")
		if again := s.named(t, "mira@contoso.example"); again == first {
			t.Error("an id was given twice")
		}
		group := s.group(t, "Grid")
		s.must(t, http.StatusNoContent, "DELETE", "/Groups/"+group, "")
		s.group(t, "Grid")
	})
}

// conditional sends a request with one header.
func (s *server) conditional(t *testing.T, status int, method, path, header, tag, body string) reply {
	t.Helper()
	r := s.sendWith(t, method, path, body, map[string]string{header: tag})
	if r.status != status {
		t.Errorf("%s %s with %s: %s: status %d, want %d\n%s", method, path, header, tag, r.status, status, r.body)
	}
	return r
}

func TestConditionsHoldOverTheStoredVersion(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		for path, change := range map[string]string{
			"/Users/" + s.named(t, "mira@contoso.example"): `{"op":"replace","path":"displayName","value":"x"}`,
			"/Groups/" + s.group(t, "Grid"):                `{"op":"replace","path":"externalId","value":"x"}`,
		} {
			tag := s.must(t, http.StatusOK, "GET", path, "").header.Get("ETag")
			s.conditional(t, http.StatusNotModified, "GET", path, "If-None-Match", tag, "")
			s.conditional(t, http.StatusPreconditionFailed, "PATCH", path, "If-Match", `W/"99"`, patchBody(change))
			changed := s.sendWith(t, "PATCH", path, patchBody(change), map[string]string{"If-Match": tag})
			if changed.status/100 != 2 {
				t.Errorf("PATCH %s at its version: %d\n%s", path, changed.status, changed.body)
			}
			if now := changed.header.Get("ETag"); now == tag || now == "" {
				t.Errorf("%s: ETag %s after %s", path, now, tag)
			}
			s.conditional(t, http.StatusPreconditionFailed, "DELETE", path, "If-Match", tag, "")
			s.conditional(t, http.StatusOK, "GET", path, "If-None-Match", tag, "")
			s.conditional(t, http.StatusNoContent, "DELETE", path, "If-Match", changed.header.Get("ETag"), "")
		}
	})
}
