package scim_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scimbridge/scim"
	"scimbridge/scim/schema"
)

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// operations draws PATCH operations that are all acceptable for a user.
func operations() *rapid.Generator[string] {
	quote := func(s string) string {
		b, _ := json.Marshal(s)
		return string(b)
	}
	paths := []string{"title", "name.givenName", `emails[type eq "work"].value`, `emails[type eq "home"].value`,
		enterprise + ":department", enterprise + ":manager", `roles[primary eq "True"].value`, "nickName"}
	return rapid.Custom(func(t *rapid.T) string {
		op := rapid.SampledFrom([]string{"add", "Replace", "remove"}).Draw(t, "op")
		path := rapid.SampledFrom(paths).Draw(t, "path")
		value := quote(rapid.SampledFrom([]string{"", "a", "b", "ü"}).Draw(t, "value"))
		if op == "remove" {
			return `{"op":"remove","path":` + quote(path) + `}`
		}
		return `{"op":"` + op + `","path":` + quote(path) + `,"value":` + value + `}`
	})
}

// TestPatchProperties holds for any operations: the input is left alone, repeating
// the request changes nothing, what is spoken of is there, and nothing unassigned
// is left behind.
func TestPatchProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var body []byte
		for i, o := range rapid.SliceOfN(operations(), 1, 6).Draw(t, "operations") {
			if i > 0 {
				body = append(body, ',')
			}
			body = append(body, o...)
		}
		p, err := scim.ParsePatch(standard, schema.User, patchBody(string(body)))
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		before := decode(t, mira)
		once, err := p.Apply(before)
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if diff := cmp.Diff(decode(t, mira), before); diff != "" {
			t.Fatalf("%s changed its input:\n%s", body, diff)
		}
		twice, err := p.Apply(once.Attributes)
		if err != nil {
			t.Fatalf("%s, a second time: %v", body, err)
		}
		if diff := cmp.Diff(asSets(once.Attributes), asSets(twice.Attributes)); diff != "" {
			t.Fatalf("%s changes something a second time:\n%s", body, diff)
		}
		holdsNothingUnassigned(t, once.Attributes)
		for _, s := range once.Spoken {
			if !there(once.Attributes, s) {
				t.Fatalf("%s: %+v is spoken of but not there", body, s)
			}
		}
	})
}

// asSets orders entries, which a removal and a new creation may swap.
func asSets(attributes map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range attributes {
		list, ok := v.([]any)
		if !ok {
			out[k] = v
			continue
		}
		var texts []string
		for _, e := range list {
			text, _ := json.Marshal(e)
			texts = append(texts, string(text))
		}
		out[k] = sorted(texts)
	}
	return out
}

func decode(t *rapid.T, text string) map[string]any {
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func there(attributes map[string]any, s scim.Target) bool {
	if s.Schema != "" {
		attributes, _ = attributes[s.Schema].(map[string]any)
	}
	v, ok := attributes[s.Attribute]
	if list, many := v.([]any); many {
		if s.Entry < 0 || s.Entry >= len(list) {
			return false
		}
		v = list[s.Entry]
	}
	if s.Sub != "" {
		object, _ := v.(map[string]any)
		_, ok = object[s.Sub]
	}
	return ok
}

type fataler interface{ Fatalf(string, ...any) }

func holdsNothingUnassigned(t fataler, v any) {
	switch v := v.(type) {
	case nil:
		t.Fatalf("a null is left")
	case string:
		if v == "" {
			t.Fatalf("an empty string is left")
		}
	case map[string]any:
		for k, e := range v {
			if m, ok := e.(map[string]any); ok && len(m) == 0 {
				t.Fatalf("an empty object is left at %s", k)
			}
			holdsNothingUnassigned(t, e)
		}
	case []any:
		if len(v) == 0 {
			t.Fatalf("an empty array is left")
		}
		for _, e := range v {
			holdsNothingUnassigned(t, e)
		}
	}
}

// seeds are the bodies of all clients' sequences.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	files, err := filepath.Glob("testdata/clients/*.requests.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no sequences found: %v", err)
	}
	var out [][]byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var steps []exchange
		if err := json.Unmarshal(text, &steps); err != nil {
			f.Fatal(err)
		}
		for _, s := range steps {
			if len(s.Body) > 0 {
				out = append(out, s.Body)
			}
		}
	}
	return out
}

// refusal fails unless err is one that a client can be told.
func refusal(t *testing.T, err error) {
	t.Helper()
	if e, known := scim.Error(err); !known || e.Status < 400 || e.Status >= 500 || e.Detail == "" {
		t.Fatalf("%v is answered %d", err, e.Status)
	}
}

func FuzzPatch(f *testing.F) {
	for _, body := range seeds(f) {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, of := range []schema.ResourceType{schema.User, schema.Group} {
			p, err := scim.ParsePatch(standard, of, body)
			if err != nil {
				refusal(t, err)
				continue
			}
			patched, err := p.Apply(object(t, mira))
			if err != nil {
				var e scimerrors.ScimError
				if !errors.As(err, &e) {
					t.Fatalf("Apply: %v is no SCIM error", err)
				}
				continue
			}
			holdsNothingUnassigned(t, patched.Attributes)
			for _, s := range patched.Spoken {
				if !there(patched.Attributes, s) {
					t.Fatalf("%+v is spoken of but not there", s)
				}
			}
		}
	})
}

func FuzzPost(f *testing.F) {
	for _, body := range seeds(f) {
		f.Add(body)
	}
	s := newServer(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, path := range []string{"/Users", "/Groups", "/Bulk", "/.search"} {
			r := s.do(t, "POST", path, string(body))
			if r.status >= 500 {
				t.Fatalf("%s: status %d\n%s", path, r.status, r.body)
			}
			r.json(t)
		}
		s.memory.mu.Lock()
		defer s.memory.mu.Unlock()
		for _, kept := range s.memory.kept {
			if len(kept.resource.Attributes) > 0 {
				holdsNothingUnassigned(t, kept.resource.Attributes)
			}
		}
		s.memory.kept = nil
	})
}

func FuzzFilterOverHTTP(f *testing.F) {
	for _, text := range []string{`userName eq "ann"`, `emails[type eq "work"].value eq "x"`, enterprise + `:manager pr`, `active eq "False"`,
		`meta.created gt "2026-01-01T00:00:00Z"`, `not (roles[primary eq "True"])`} {
		f.Add(text)
	}
	s := newServer(f)
	s.user(f, mira)
	f.Fuzz(func(t *testing.T, text string) {
		body, err := json.Marshal(map[string]string{"filter": text})
		if err != nil {
			return
		}
		for _, path := range []string{"/Users/.search", "/.search"} {
			if r := s.do(t, "POST", path, string(body)); r.status != 200 && r.status != 400 {
				t.Fatalf("%s: status %d\n%s", path, r.status, r.body)
			}
		}
	})
}

func BenchmarkPatch(b *testing.B) {
	members := []byte(`{"op":"add","path":"members","value":[`)
	for i := range 1000 {
		if i > 0 {
			members = append(members, ',')
		}
		members = append(members, `{"value":"4be1c0de-7a55-4d0f-9a3e-0d6f2b18c7a1"}`...)
	}
	for name, tc := range map[string]struct {
		of   schema.ResourceType
		body []byte
	}{
		"a legacy user update": {schema.User, patchBody(`{"op":"Replace","path":"displayName","value":"A"},{"op":"Replace","path":"name.familyName","value":"B"},{"op":"Replace","path":"emails[type eq \"work\"].value","value":"c@x.example"},{"op":"Replace","path":"active","value":"False"}`)},
		"1000 members":         {schema.Group, patchBody(string(members) + "]}")},
	} {
		b.Run(name, func(b *testing.B) {
			attributes := object(b, mira)
			b.ReportAllocs()
			for b.Loop() {
				p, err := scim.ParsePatch(standard, tc.of, tc.body)
				if err == nil {
					_, err = p.Apply(attributes)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
