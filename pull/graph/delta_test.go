package graph

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"scimbridge/models"
	"scimbridge/pull"
)

func TestExpiredLinks(t *testing.T) {
	s := newStub(t, nil)
	delta := s.URL + "/v1.0/users/delta?$deltatoken=old"
	next := s.URL + "/v1.0/users/delta?$skiptoken=old"
	for name, tc := range map[string]struct {
		link   string
		answer http.HandlerFunc
		want   bool
	}{
		"410 on a delta link":         {delta, refuse(410, `{"error":{"code":"whatever"}}`, "Location", "https://x"), true},
		"410 without a body":          {delta, refuse(410, ``), true},
		"400 SyncStateNotFound":       {delta, refuse(400, `{"error":{"code":"SyncStateNotFound"}}`), true},
		"400 resync…":                 {delta, refuse(400, `{"error":{"code":"resyncChangesApplyDifferences"}}`), true},
		"escaped dollar sign":         {strings.Replace(delta, "$", "%24", 1), refuse(400, `{"error":{"code":"resyncRequired"}}`), true},
		"expired page of a round":     {next, refuse(400, `{"error":{"code":"Directory_ExpiredPageToken"}}`), true},
		"410 on a page of a round":    {next, refuse(410, `{}`), true},
		"a token that is damaged":     {delta, refuse(400, `{"error":{"code":"BadRequest","message":"Badly formed token."}}`), true},
		"a skip token of nobody":      {next, refuse(400, `{"error":{"code":"Request_BadRequest","message":"Invalid $skiptoken."}}`), true},
		"400 of another kind":         {delta, refuse(400, `{"error":{"code":"Request_BadRequest"}}`), false},
		"403 is no expiry":            {delta, refuse(403, `{"error":{"code":"Authorization_RequestDenied"}}`), false},
		"404 is no expiry":            {delta, refuse(404, `{"error":{"code":"syncStateNotFound"}}`), false},
		"410 on the first page":       {"", refuse(410, `{"error":{"code":"x"}}`), false},
		"an error without a message":  {delta, refuse(400, `{"error":{"code":"generalException"}}`), false},
		"an error that is not JSON":   {delta, refuse(400, `<html>`), false},
		"an error whose error is odd": {delta, refuse(400, `{"error":"no object"}`), false},
	} {
		t.Run(name, func(t *testing.T) {
			s.graph = tc.answer
			source, _ := s.dial(t)
			_, err := source.UsersDelta(t.Context(), tc.link)
			if errors.Is(err, pull.ErrDeltaExpired) != tc.want {
				t.Errorf("got %v", err)
			}
			if !tc.want {
				sourceError(t, err)
			}
			if source.Usage().Requests != 1 {
				t.Errorf("%d requests: this is not for trying again", source.Usage().Requests)
			}
		})
	}
}

func TestForeignLinksAreNotFollowed(t *testing.T) {
	s := newStub(t, nil)
	for _, link := range []string{
		"https://graph.attacker.example/v1.0/users/delta?$deltatoken=x",
		strings.Replace(s.URL, "https:", "http:", 1) + "/v1.0/users/delta?$deltatoken=x",
		strings.Replace(s.URL, "https://", "https://a:b@", 1) + "/v1.0/users/delta?$deltatoken=x",
		s.URL + "1/v1.0/users/delta?$deltatoken=x",
		"/v1.0/users/delta?$deltatoken=x", "%zz",
	} {
		source, _ := s.dial(t)
		_, users := source.UsersDelta(t.Context(), link)
		_, groups := source.GroupsDelta(t.Context(), link)
		_, deleted := source.DeletedUsers(t.Context(), link)
		if users != pull.ErrDeltaExpired || groups != pull.ErrDeltaExpired {
			t.Errorf("%s: got %v and %v: a stored link of another host starts over", link, users, groups)
		}
		if e := sourceError(t, deleted); e.Code != codeForeignLink || e.Passing {
			t.Errorf("%s: got %+v", link, e)
		}
		if s.tokens != 0 || source.Usage().Requests != 0 {
			t.Errorf("%s: something was sent", link)
		}
	}
}

func TestAPageThatIsNotThereStartsOver(t *testing.T) {
	s := newStub(t, refuse(404, `{"error":{"code":"Request_ResourceNotFound","message":"Resource not found."}}`))
	source, _ := s.dial(t)
	_, users := source.UsersDelta(t.Context(), s.URL+"/v1.0/users/delta?$skiptoken=1")
	_, deleted := source.DeletedUsers(t.Context(), s.URL+"/v1.0/directory/deletedItems/microsoft.graph.user?$skiptoken=1")
	for _, err := range []error{users, deleted} {
		if e := sourceError(t, err); !e.Passing || e.Code != "Request_ResourceNotFound" || e.Hint == "" {
			t.Errorf("got %+v", e)
		}
	}
	_, first := source.UsersDelta(t.Context(), "")
	if e := sourceError(t, first); e.Passing {
		t.Errorf("got %+v: the first page is promised by nobody", e)
	}
}

func TestLinksInAnAnswerAreChecked(t *testing.T) {
	for name, tc := range map[string]struct{ page, code string }{
		"a foreign next link":  {`{"value":[],"@odata.nextLink":"https://graph.attacker.example/x"}`, codeForeignLink},
		"a foreign delta link": {`{"value":[],"@odata.deltaLink":"https://graph.attacker.example/x"}`, codeForeignLink},
		"the page just read":   {`{"value":[],"@odata.nextLink":"%s/v1.0/users/delta?$skiptoken=1"}`, codeLoop},
		"both links":           {`{"value":[],"@odata.nextLink":"%[1]s/a","@odata.deltaLink":"%[1]s/b"}`, codeBadAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			var s *stub
			s = newStub(t, func(w http.ResponseWriter, _ *http.Request) {
				page := tc.page
				if strings.Contains(page, "%") {
					page = fmt.Sprintf(page, s.URL)
				}
				reply(w, http.StatusOK, page)
			})
			source, _ := s.dial(t)
			page, err := source.UsersDelta(t.Context(), s.URL+"/v1.0/users/delta?$skiptoken=1")
			if e := sourceError(t, err); e.Code != tc.code || page.Next != "" || page.Delta != "" {
				t.Errorf("got %+v, page %+v", e, page)
			}
		})
	}
}

// Section 1.5: an absent manager is "none" in a first round, "as before" later.
func TestAnAbsentManager(t *testing.T) {
	const ann = `{"id":"A0000000-0000-4000-8000-000000000001","userPrincipalName":"ann@contoso.example","displayName":"Ann"%s}`
	manager := func(entries string) string { return fmt.Sprintf(ann, `,"manager@delta":[`+entries+`]`) }
	const boss = `{"@odata.type":"#microsoft.graph.user","id":"B0000000-0000-4000-8000-000000000002"}`
	const formerBoss = `{"id":"c0000000-0000-4000-8000-000000000003","@removed":{"reason":"deleted"}}`
	const bossID = "b0000000-0000-4000-8000-000000000002"
	var item string
	var s *stub
	s = newStub(t, func(w http.ResponseWriter, r *http.Request) {
		link := `"@odata.nextLink":"%s/v1.0/users/delta?$skiptoken=2"`
		if r.URL.Query().Has("$skiptoken") {
			link = `"@odata.deltaLink":"%s/v1.0/users/delta?$deltatoken=1"`
		}
		reply(w, http.StatusOK, fmt.Sprintf(`{`+link+`,"value":[`, s.URL)+item+`]}`)
	})
	first, later := "", "delta"
	for name, tc := range map[string]struct {
		round, item string
		said        bool
		want        any
	}{
		"absent in a first round":     {first, fmt.Sprintf(ann, ""), true, nil},
		"present in a first round":    {first, manager(boss), true, bossID},
		"absent later":                {later, fmt.Sprintf(ann, ""), false, nil},
		"an empty list later":         {later, manager(""), false, nil},
		"given later":                 {later, manager(boss), true, bossID},
		"removed later":               {later, manager(formerBoss), true, nil},
		"replaced, the old one first": {later, manager(formerBoss + "," + boss), true, bossID},
		"replaced, the old one last":  {later, manager(boss + "," + formerBoss), true, bossID},
		"only a manager":              {later, `{"id":"a0000000-0000-4000-8000-000000000001","manager@delta":[` + boss + `]}`, true, bossID},
	} {
		t.Run(name, func(t *testing.T) {
			item = tc.item
			source, _ := s.dial(t)
			link := tc.round
			if link == later {
				link = s.URL + "/v1.0/users/delta?$deltatoken=0"
			}
			for range 2 { // the first page of the round, and one that was followed to
				page, err := source.UsersDelta(t.Context(), link)
				if err != nil {
					t.Fatal(err)
				}
				user := page.Items[0]
				got, said := user.Values[models.ManagerPath]
				if said != tc.said || got != tc.want || user.ObjectID != "a0000000-0000-4000-8000-000000000001" {
					t.Errorf("at %q: manager %v, said %v; want %v, %v", link, got, said, tc.want, tc.said)
				}
				link = page.Next
			}
		})
	}
}

func TestADeniedReadNamesThePermission(t *testing.T) {
	s := newStub(t, refuse(403, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`))
	s.roles = []string{"User.Read.All"}
	source, _ := s.dial(t)
	_, err := source.GroupsDelta(t.Context(), "")
	e := sourceError(t, err)
	if e.Code != "Authorization_RequestDenied" || !strings.Contains(e.Message, "GroupMember.Read.All is missing") || !strings.Contains(e.Hint, "Grant admin consent") {
		t.Errorf("got %+v", e)
	}
}
