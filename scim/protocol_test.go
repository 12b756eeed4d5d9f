package scim_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"scimbridge/models"
	"scimbridge/scim"
	"scimbridge/scim/schema"
)

func TestRefusals(t *testing.T) {
	s := newServer(t, everything, scim.WithLimits(scim.Limits{Body: 2000}))
	ann := s.user(t, `{"userName":"ann"}`)
	for name, tc := range map[string]struct {
		method, path, body string
		header             []string
		status             int
		kind               string // scimType
		says               string // in detail
	}{
		"broken JSON (demand 70)":                  {"POST", "/Users", `{"userName":`, nil, 400, "invalidSyntax", "byte 13"},
		"an empty body":                            {"POST", "/Users", ``, nil, 400, "invalidSyntax", "empty"},
		"an array for a body":                      {"POST", "/Users", `[]`, nil, 400, "invalidSyntax", "object"},
		"something behind the body":                {"POST", "/Users", `{"userName":"x"} {}`, nil, 400, "invalidSyntax", "end of the body"},
		"a key twice":                              {"POST", "/Users", `{"userName":"x","userName":"y"}`, nil, 400, "invalidSyntax", "twice"},
		"a key twice in different spellings":       {"POST", "/Users", `{"userName":"x","USERNAME":"y"}`, nil, 400, "invalidValue", "userName"},
		"invalid UTF-8":                            {"POST", "/Users", "{\"userName\":\"\xff\"}", nil, 400, "invalidSyntax", "UTF-8"},
		"deep nesting":                             {"POST", "/Users", `{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, nil, 400, "invalidSyntax", "deeper"},
		"a body beyond the limit":                  {"POST", "/Users", `{"userName":"` + strings.Repeat("x", 3000) + `"}`, nil, 413, "", "2000 bytes"},
		"a wrong media type":                       {"POST", "/Users", `{}`, []string{"Content-Type: text/xml"}, 415, "", "scim+json"},
		"a charset that is not UTF-8":              {"POST", "/Users", `{}`, []string{"Content-Type: application/json; charset=latin1"}, 415, "", "UTF-8"},
		"no userName (demand 70)":                  {"POST", "/Users", `{"displayName":"x"}`, nil, 400, "invalidValue", "userName"},
		"an empty userName (demand 54)":            {"POST", "/Users", `{"userName":""}`, nil, 400, "invalidValue", "userName"},
		"a number where a string belongs":          {"POST", "/Users", `{"userName":7}`, nil, 400, "invalidValue", "userName: must be a string, not the number 7"},
		"an object where a string belongs":         {"POST", "/Users", `{"userName":"x","title":{}}`, nil, 400, "invalidValue", "title"},
		"a number inside an entry":                 {"POST", "/Users", `{"userName":"x","emails":[{"value":5}]}`, nil, 400, "invalidValue", "emails.value"},
		"a word for a boolean":                     {"POST", "/Users", `{"userName":"x","active":"yes"}`, nil, 400, "invalidValue", "active"},
		"an extension that is no object":           {"POST", "/Users", `{"userName":"x","` + enterprise + `":"x"}`, nil, 400, "invalidValue", "must be an object"},
		"two primary entries (demand 47)":          {"POST", "/Users", `{"userName":"x","emails":[{"value":"a","primary":true},{"value":"b","primary":"TRUE"}]}`, nil, 400, "invalidValue", "primary"},
		"a group without a name (demand 61)":       {"POST", "/Groups", `{}`, nil, 400, "invalidValue", "displayName"},
		"a member without an id":                   {"POST", "/Groups", `{"displayName":"g","members":[{"display":"x"}]}`, nil, 400, "invalidValue", "members.value"},
		"a taken userName in any case (demand 68)": {"POST", "/Users", `{"userName":"ANN"}`, nil, 409, "uniqueness", "userName"},
		"an unknown id":                            {"GET", "/Users/nobody", ``, nil, 404, "", "User nobody not found"},
		"PUT does not create (demand 116)":         {"PUT", "/Users/nobody", `{"userName":"x"}`, nil, 404, "", "not found"},
		"an unknown endpoint":                      {"GET", "/Robots", ``, nil, 404, "", "/Robots"},
		"a path below a resource":                  {"GET", "/Users/x/y", ``, nil, 404, "", "/Users/x/y"},
		"an endpoint's wrong method":               {"DELETE", "/Users", ``, nil, 405, "", "GET, POST"},
		"writing to discovery (demand 31)":         {"POST", "/Schemas", `{}`, nil, 405, "", "GET"},
		"/Me (demand 113)":                         {"GET", "/Me", ``, nil, 501, "", "/Users"},
		"an unknown operator (demand 89)":          {"GET", "/Users?filter=userName+xx+%22a%22", ``, nil, 400, "invalidFilter", "character 10"},
		"an unknown attribute in a filter":         {"GET", "/Users?filter=shoeSize+eq+44", ``, nil, 400, "invalidFilter", "shoeSize"},
		"an empty filter":                          {"GET", "/Users?filter=", ``, nil, 400, "invalidFilter", ""},
		"ordering booleans (demand 83)":            {"GET", "/Users?filter=active+gt+true", ``, nil, 400, "invalidFilter", "active"},
		"comparing what is complex (demand 87)":    {"GET", "/Users?filter=name+eq+%22x%22", ``, nil, 400, "invalidFilter", "sub-attributes"},
		"a number against a string":                {"GET", "/Users?filter=userName+eq+7", ``, nil, 400, "invalidFilter", "quotes"},
		"a password in a filter":                   {"GET", "/Users?filter=password+sw+%22a%22", ``, nil, 400, "invalidFilter", "password"},
		"a filter that cannot be decoded":          {"GET", "/Users?filter=%zz", ``, nil, 400, "invalidValue", "filter"},
		"two filters":                              {"GET", "/Users?filter=id+pr&filter=id+pr", ``, nil, 400, "invalidValue", "more than once"},
		"an unknown attribute at the root":         {"GET", "/?filter=shoeSize+pr", ``, nil, 400, "invalidFilter", "shoeSize"},
		"attributes with excludedAttributes":       {"GET", "/Users?attributes=id&excludedAttributes=name", ``, nil, 400, "invalidValue", "exclude each other"},
		"sorting by an unknown attribute":          {"GET", "/Users?sortBy=shoeSize", ``, nil, 400, "invalidValue", "sortBy"},
		"an unknown order":                         {"GET", "/Users?sortBy=userName&sortOrder=up", ``, nil, 400, "invalidValue", "sortOrder"},
		"a forged cursor (demand 103)":             {"GET", "/Users?cursor=forged", ``, nil, 400, "invalidCursor", "cursor"},
		"a forged cursor at the root":              {"GET", "/?cursor=9.forged", ``, nil, 400, "invalidCursor", "cursor"},
		"a wrong count beside a cursor":            {"GET", "/Users?cursor=&count=x", ``, nil, 400, "invalidCount", "count"},
		"a filter on discovery (demand 27)":        {"GET", "/Schemas?filter=id+pr", ``, nil, 403, "", "cannot be filtered"},
		"an unknown schema":                        {"GET", "/Schemas/urn:nope", ``, nil, 404, "", "urn:nope"},
		"an unknown resource type":                 {"GET", "/ResourceTypes/Robot", ``, nil, 404, "", "Robot"},
		"a stale If-Match (demand 164)":            {"PUT", "/Users/" + ann, `{"userName":"ann"}`, []string{`If-Match: W/"9"`}, 412, "", "read it again"},
		"a stale If-Match on DELETE":               {"DELETE", "/Users/" + ann, ``, []string{`If-Match: W/"9"`}, 412, "", "read it again"},
		"no token (demand 13)":                     {"GET", "/Users", ``, []string{"Authorization: "}, 401, "", "token"},
		"another scheme":                           {"GET", "/Users", ``, []string{"Authorization: Basic YTpi"}, 401, "", "token"},
		"no token for discovery of schemas":        {"GET", "/Schemas", ``, []string{"Authorization: "}, 401, "", "token"},
		"a wrong token for what needs none":        {"GET", "/ServiceProviderConfig", ``, []string{"Authorization: Bearer wrong"}, 401, "", "token"},
		"writing with a token that reads":          {"POST", "/Users", `{"userName":"x"}`, []string{"Authorization: Bearer reader"}, 403, "", "write"},
		"a bulk with a token that reads":           {"POST", "/Bulk", `{}`, []string{"Authorization: Bearer reader"}, 403, "", "write"},
		"a search without JSON":                    {"POST", "/Users/.search", `filter=id`, nil, 400, "invalidSyntax", "JSON"},
		"a search of another message":              {"POST", "/.search", `{"schemas":["urn:x"]}`, nil, 400, "invalidSyntax", "SearchRequest"},
		"a search with a count in quotes":          {"POST", "/.search", `{"count":"5"}`, nil, 400, "invalidValue", "count"},
		"a PATCH of another message":               {"PATCH", "/Users/" + ann, `{"schemas":["urn:x"],"Operations":[{"op":"remove","path":"title"}]}`, nil, 400, "invalidSyntax", "PatchOp"},
		"a PATCH without operations (demand 125)":  {"PATCH", "/Users/" + ann, `{"Operations":[]}`, nil, 400, "invalidSyntax", "Operations"},
	} {
		t.Run(name, func(t *testing.T) {
			r := s.do(t, tc.method, tc.path, tc.body, tc.header...)
			body := r.json(t)
			kind, _ := body["scimType"].(string)
			detail, _ := body["detail"].(string)
			if r.status != tc.status || kind != tc.kind || !strings.Contains(detail, tc.says) || detail == "" {
				t.Errorf("got %d %q %q, want %d %q with %q", r.status, kind, detail, tc.status, tc.kind, tc.says)
			}
			if body["status"] != fmt.Sprint(tc.status) { // demand 165
				t.Errorf("status in the body is %v, want the string %q", body["status"], fmt.Sprint(tc.status))
			}
			if got := r.header.Get("Content-Type"); got != "application/scim+json; charset=utf-8" {
				t.Errorf("Content-Type is %q", got)
			}
			if challenge := r.header.Get("WWW-Authenticate"); (r.status == 401) != strings.HasPrefix(challenge, "Bearer") {
				t.Errorf("status %d with WWW-Authenticate %q", r.status, challenge)
			}
			if (r.status == 405) != (r.header.Get("Allow") != "") {
				t.Errorf("status %d with Allow %q", r.status, r.header.Get("Allow"))
			}
		})
	}
	if n := len(s.memory.kept); n != 1 {
		t.Errorf("%d resources exist after nothing but refusals, want 1", n)
	}
}

func TestAnotherTenantsTokenIsRefused(t *testing.T) {
	s := newServer(t)
	s.URL = strings.Replace(s.URL, "/scim/contoso", "/scim/other", 1)
	r, err := http.NewRequest("GET", s.URL+"/scim/other/v2/Users", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer writer")
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d, want 401", answer.StatusCode)
	}
}

func TestTolerance(t *testing.T) {
	s := newServer(t, everything)
	ann := s.user(t, `{"userName":"ann","title":"Analyst"}`)
	bob := s.user(t, `{"userName":"bob","title":"x"}`)
	for name, tc := range map[string]struct {
		method, path, body string
		header             []string
		status             int
	}{
		"a trailing slash":                    {"GET", "/Users/", ``, nil, 200},
		"a trailing slash behind an id":       {"GET", "/Users/" + ann + "/", ``, nil, 200},
		"doubled slashes":                     {"GET", "//Users//" + ann, ``, nil, 200},
		"an endpoint in another case":         {"GET", "/users", ``, nil, 200},
		"unknown query parameters (demand 9)": {"GET", "/Users?aadOptscim062020&x=y", ``, nil, 200},
		"plain JSON":                          {"POST", "/Users", `{"userName":"b2"}`, []string{"Content-Type: application/json"}, 201},
		"no Content-Type":                     {"POST", "/Users", `{"userName":"c"}`, []string{"Content-Type: "}, 201},
		"a byte order mark":                   {"POST", "/Users", "\ufeff" + `{"userName":"d"}`, nil, 201},
		"the scheme in lower case":            {"GET", "/Users", ``, []string{"Authorization: bearer writer"}, 200},
		"the URN of the core schema in keys":  {"POST", "/Users", `{"urn:ietf:params:scim:schemas:core:2.0:User:userName":"e"}`, nil, 201},
		"a HEAD":                              {"HEAD", "/Users/" + ann, ``, nil, 200},
		"reading with a token that reads":     {"GET", "/Users", ``, []string{"Authorization: Bearer reader"}, 200},
		"searching with a token that reads":   {"POST", "/.search", `{}`, []string{"Authorization: Bearer reader"}, 200},
		"the service's own configuration without a token (demand 23)": {"GET", "/ServiceProviderConfig", ``, []string{"Authorization: "}, 200},
		"a semicolon in a filter":                                     {"GET", "/Users?filter=userName+eq+%22a;b%22", ``, nil, 200},
		"any If-Match":                                                {"PATCH", "/Users/" + ann, `{"Operations":[{"op":"add","path":"title","value":"x"}]}`, []string{"If-Match: *"}, 200},
		"an If-Match without quotes":                                  {"PATCH", "/Users/" + bob, `{"Operations":[{"op":"add","path":"title","value":"x"}]}`, []string{"If-Match: 1"}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			if r := s.do(t, tc.method, tc.path, tc.body, tc.header...); r.status != tc.status {
				t.Errorf("status %d, want %d\n%s", r.status, tc.status, r.body)
			}
		})
	}
	t.Run("plain JSON is answered to who accepts nothing else (demand 5)", func(t *testing.T) {
		r := s.do(t, "GET", "/Users", "", "Accept: application/json")
		if got := r.header.Get("Content-Type"); got != "application/json; charset=utf-8" {
			t.Errorf("Content-Type is %q", got)
		}
	})
}

func TestPreconditions(t *testing.T) {
	s := newServer(t)
	ann := s.user(t, `{"userName":"ann"}`)
	r := s.must(t, 200, "GET", "/Users/"+ann, "")
	tag := r.header.Get("ETag")
	if want := base + "/Users/" + ann; r.header.Get("Location") != want || r.header.Get("Content-Location") != want {
		t.Errorf("Location %q, Content-Location %q, want %q (demand 37)", r.header.Get("Location"), r.header.Get("Content-Location"), want)
	}
	if got := r.json(t)["meta"].(map[string]any)["version"]; got != tag {
		t.Errorf("meta.version %v differs from ETag %q (demand 37)", got, tag)
	}
	if r := s.must(t, 304, "GET", "/Users/"+ann, "", "If-None-Match: "+tag); len(r.body) > 0 {
		t.Errorf("304 has a body: %s (demand 163)", r.body)
	}
	s.must(t, 200, "PATCH", "/Users/"+ann, `{"Operations":[{"op":"add","path":"title","value":"x"}]}`, "If-Match: "+tag)
	s.must(t, 412, "PATCH", "/Users/"+ann, `{"Operations":[{"op":"add","path":"title","value":"y"}]}`, "If-Match: "+tag)
	s.must(t, 200, "GET", "/Users/"+ann, "", "If-None-Match: "+tag)
}

func TestFeaturesThatAreOffAreNeitherAnnouncedNorServed(t *testing.T) {
	s := newServer(t, scim.WithFeatures(scim.Features{}))
	ann := s.user(t, `{"userName":"ann"}`)
	config := s.must(t, 200, "GET", "/ServiceProviderConfig", "").json(t)
	for _, name := range []string{"bulk", "sort", "etag"} {
		if config[name].(map[string]any)["supported"] != false {
			t.Errorf("%s is announced", name)
		}
	}
	s.must(t, 404, "POST", "/Bulk", `{"Operations":[]}`)
	s.must(t, 200, "GET", "/Users?sortBy=nonsense", "")
	s.must(t, 200, "GET", "/Users?cursor=forged", "")
	r := s.must(t, 200, "GET", "/Users/"+ann, "", `If-None-Match: W/"1"`)
	if r.header.Get("ETag") != "" || r.json(t)["meta"].(map[string]any)["version"] != nil {
		t.Errorf("an ETag is sent: %v %s", r.header, r.body)
	}
}

// broken is a Backend whose database is gone.
type broken struct{ *memory }

func (broken) Get(context.Context, schema.ResourceType, string, scim.Want) (scim.Resource, error) {
	return scim.Resource{}, errors.New("dial tcp 10.0.0.7:5432: secret detail")
}

func TestAnUnknownErrorStaysAtHomeAndIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	s := &server{serve(t, broken{newMemory()}), nil}
	r := s.do(t, "GET", "/Users/x", "")
	if r.status != 500 || bytes.Contains(r.body, []byte("secret")) || r.json(t)["detail"] == "" {
		t.Errorf("status %d, body %s", r.status, r.body)
	}
	if n := strings.Count(log.String(), "secret detail"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, log.String())
	}
}

func TestErrorsOfTheModel(t *testing.T) {
	for name, tc := range map[string]struct {
		err    error
		status int
		kind   string
	}{
		"not found":    {models.ErrNotFound, 404, ""},
		"unauthorized": {models.ErrUnauthorized, 401, ""},
		"forbidden":    {models.ErrForbidden, 403, ""},
		"precondition": {models.ErrPrecondition, 412, ""},
		"conflict":     {&models.ConflictError{Attribute: "userName", Value: "x"}, 409, "uniqueness"},
		"invalid":      {&models.InvalidError{Attribute: "title", Reason: "x"}, 400, "invalidValue"},
		"a cursor":     {&models.InvalidError{Attribute: "cursor", Reason: "x"}, 400, "invalidCursor"},
		"a filter":     {&models.InvalidError{Attribute: "filter", Reason: "x"}, 400, "invalidFilter"},
		"busy":         {&models.BusyError{Kind: "sync run", ID: "7"}, 409, ""},
		"too slow":     {context.DeadlineExceeded, 503, ""},
		"wrapped":      {fmt.Errorf("store: %w", models.ErrNotFound), 404, ""},
	} {
		e, known := scim.Error(tc.err)
		if !known || e.Status != tc.status || string(e.ScimType) != tc.kind {
			t.Errorf("%s: got %d %q (known %t), want %d %q", name, e.Status, e.ScimType, known, tc.status, tc.kind)
		}
	}
}
