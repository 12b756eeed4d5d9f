package scim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/scim"
)

func bulkBody(operations string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[` + operations + `]}`
}

// outcome is "POST 201 x, PATCH 204" for a bulk response.
func outcome(t *testing.T, r reply) string {
	t.Helper()
	var out []string
	for _, o := range r.json(t)["Operations"].([]any) {
		m := o.(map[string]any)
		s := fmt.Sprint(m["method"], " ", m["status"])
		if id, ok := m["bulkId"]; ok {
			s += fmt.Sprint(" ", id)
		}
		if e, ok := m["response"].(map[string]any); ok {
			s += fmt.Sprint(" ", e["scimType"])
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func TestBulk(t *testing.T) {
	ann := `{"method":"POST","path":"/Users","bulkId":"ann","data":{"userName":"ann"}}`
	for name, tc := range map[string]struct {
		operations string
		want       string
		users      string // afterwards
		groups     string
	}{
		"operations run in order": {
			ann + `,{"method":"patch","path":"/Users/bulkId:ann","data":{"Operations":[{"op":"add","path":"title","value":"x"}]}},{"method":"DELETE","path":"/Users/bulkId:ann"}`,
			"POST 201 ann, PATCH 200, DELETE 204", "", ""},
		"a reference points back (demand 157)": {
			ann + `,{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"crew","members":[{"value":"bulkId:ann"}]}}`,
			"POST 201 ann, POST 201 g", "ann", "crew: ann"},
		"a reference points forward": {
			`{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"crew","members":[{"value":"bulkId:ann"}]}},` + ann,
			"POST 201 g, POST 201 ann", "ann", "crew: ann"},
		"a manager is a reference too": {
			`{"method":"POST","path":"/Users","bulkId":"bob","data":{"userName":"bob","` + enterprise + `":{"manager":{"value":"bulkId:ann"}}}},` + ann,
			"POST 201 bob, POST 201 ann", "ann bob(ann)", ""},
		"references in the value and the path of a PATCH": {
			ann + `,{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"crew"}},{"method":"PATCH","path":"/Groups/bulkId:g","data":{"Operations":[{"op":"add","path":"members","value":[{"value":"bulkId:ann"},{"value":"x"}]}]}},{"method":"PATCH","path":"/Groups/bulkId:g","data":{"Operations":[{"op":"remove","path":"members[value eq \"bulkId:ann\"]"}]}}`,
			"POST 201 ann, POST 201 g, PATCH 204, PATCH 204", "ann", "crew: x"},
		"groups in a circle (demand 156)": {
			`{"method":"POST","path":"/Groups","bulkId":"a","data":{"displayName":"a","members":[{"value":"bulkId:b"}]}},{"method":"POST","path":"/Groups","bulkId":"b","data":{"displayName":"b","members":[{"value":"bulkId:a"}]}}`,
			"POST 201 a, POST 201 b", "", "a: b; b: a"},
		"people who manage each other": {
			`{"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"a","` + enterprise + `":{"manager":{"value":"bulkId:b"}}}},{"method":"POST","path":"/Users","bulkId":"b","data":{"userName":"b","` + enterprise + `":{"manager":"bulkId:a"}}}`,
			"POST 201 a, POST 201 b", "a(b) b(a)", ""},
		"a circle through what cannot be added later": {
			`{"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"a","title":"bulkId:b"}},{"method":"POST","path":"/Users","bulkId":"b","data":{"userName":"b","title":"bulkId:a"}}`,
			"POST 409 a <nil>, POST 409 b <nil>", "", ""},
		"an error leaves the others as they are (demand 154)": {
			`{"method":"DELETE","path":"/Users/nobody"},` + ann,
			"DELETE 404 <nil>, POST 201 ann", "ann", ""},
		"what refers to a failure fails": {
			`{"method":"POST","path":"/Users","bulkId":"bad","data":{}},{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"crew","members":[{"value":"bulkId:bad"}]}}`,
			"POST 400 bad invalidValue, POST 409 g <nil>", "", ""},
		"each operation is checked for itself (demand 152)": {
			`{"method":"POST","path":"/Users","data":{"userName":"x"}},{"method":"COPY","path":"/Users/x"},{"method":"PUT","path":"/Users","data":{}},{"method":"POST","path":"/Users/x","bulkId":"q","data":{}},{"method":"PATCH","path":"/Users/x"},{"method":"DELETE","path":"/Robots/x"},{"method":"DELETE","path":"/"},` + ann + `,` + ann + `,{"method":"DELETE","path":"/Users/bulkId:none"}`,
			"POST 400 invalidValue, COPY 400 invalidValue, PUT 400 invalidValue, POST 400 q invalidValue, PATCH 400 invalidSyntax, DELETE 404 <nil>, DELETE 400 invalidValue, POST 201 ann, POST 400 ann invalidValue, DELETE 400 invalidValue",
			"ann", ""},
		"a version that is not current": {
			ann + `,{"method":"DELETE","path":"/Users/bulkId:ann","version":"W/\"9\""},{"method":"PUT","path":"/Users/bulkId:ann","version":"W/\"1\"","data":{"userName":"ANN"}}`,
			"POST 201 ann, DELETE 412 <nil>, PUT 200", "ANN", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			r := s.must(t, 200, "POST", "/Bulk", bulkBody(tc.operations)) // demand 153
			if got := outcome(t, r); got != tc.want {
				t.Errorf("outcome\n%s, want\n%s\n%s", got, tc.want, r.body)
			}
			users, groups := s.memory.summary()
			if users != tc.users || groups != tc.groups {
				t.Errorf("users %q and groups %q, want %q and %q", users, groups, tc.users, tc.groups)
			}
		})
	}
}

// summary names users with their managers, and groups with their members.
func (m *memory) summary() (users, groups string) {
	name := func(id string) string {
		for _, r := range m.kept {
			if r.resource.ID == id {
				for _, n := range []string{"userName", "displayName"} {
					if s, ok := r.resource.Attributes[n].(string); ok {
						return s
					}
				}
			}
		}
		return id
	}
	var us, gs []string
	for _, r := range m.kept {
		label := name(r.resource.ID)
		if r.of == userType {
			ext, _ := r.resource.Attributes[enterprise].(map[string]any)
			if manager, ok := ext["manager"].(map[string]any); ok {
				label += "(" + name(manager["value"].(string)) + ")"
			}
			us = append(us, label)
			continue
		}
		var members []string
		for _, e := range r.resource.Members {
			members = append(members, name(e.Value))
		}
		gs = append(gs, label+": "+strings.Join(members, " "))
	}
	// in the order of names: a bulk may create in another order than it lists
	return strings.Join(sorted(us), " "), strings.Join(sorted(gs), "; ")
}

func TestBulkStopsAfterTheErrorsThatTheClientAllows(t *testing.T) {
	s := newServer(t)
	fail := `{"method":"DELETE","path":"/Users/nobody"}`
	body := `{"failOnErrors":2,"Operations":[` + fail + `,` + fail + `,` + fail + `]}`
	if got := outcome(t, s.must(t, 200, "POST", "/Bulk", body)); got != "DELETE 404 <nil>, DELETE 404 <nil>" {
		t.Errorf("outcome %s", got)
	}
}

func TestBulkLimitsAreNamed(t *testing.T) {
	s := newServer(t, scim.WithLimits(scim.Limits{BulkOperations: 2, BulkPayload: 500}))
	op := `{"method":"DELETE","path":"/Users/nobody"}`
	for name, tc := range map[string]struct{ body, says string }{
		"operations (demand 160)": {bulkBody(op + "," + op + "," + op), "maxOperations (2)"},
		"bytes (demand 160)":      {bulkBody(strings.Repeat(op+",", 20) + op), "500 bytes"},
	} {
		r := s.must(t, 413, "POST", "/Bulk", tc.body)
		if detail, _ := r.json(t)["detail"].(string); !strings.Contains(detail, tc.says) {
			t.Errorf("%s: %q does not say %q", name, detail, tc.says)
		}
	}
	for _, body := range []string{`{}`, `{"Operations":7}`, `{"Operations":[7]}`, `{"schemas":["urn:x"],"Operations":[]}`, `{"failOnErrors":1.5,"Operations":[]}`} {
		s.must(t, 400, "POST", "/Bulk", body)
	}
}

func TestBulkResponseTellsWhereAndWhich(t *testing.T) {
	s := newServer(t)
	r := s.must(t, 200, "POST", "/Bulk", bulkBody(`{"method":"POST","path":"/Users","bulkId":"q","data":{"userName":"ann"}}`))
	id := "00000001-0000-4000-8000-000000000000"
	want := map[string]any{"schemas": []any{"urn:ietf:params:scim:api:messages:2.0:BulkResponse"}, "Operations": []any{map[string]any{
		"method": "POST", "bulkId": "q", "status": "201", "version": `W/"1"`, "location": base + "/Users/" + id}}}
	if diff := cmp.Diff(want, r.json(t)); diff != "" {
		t.Errorf("response differs (-want +got):\n%s (demands 158, 159)", diff)
	}
}
