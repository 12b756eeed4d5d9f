package admin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"scimbridge/store"
	"scimbridge/store/storetest"
)

// No input is answered with a fault of ours, and every refusal is a whole problem. The
// zero character and texts that are not UTF-8 are what a database stumbles over.
func TestNoInputIsAFault(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		operations := b.operations(t)
		directory := b.newGraph(t)
		run := b.must(t, 202, "POST", directory+"/sync-runs", `{"kind":"full"}`).header.Get("Location")
		b.must(t, 202, "POST", run+"/cancel", "") // whoever watches one under way waits for its end
		issued := b.must(t, 201, "POST", directory+"/scim-tokens", `{"name":"Entra","access":"read"}`).header.Get("Location")

		odd := []string{nowhere, strings.ToUpper(idOf(run)), "..", "\x00", "{" + idOf(run) + "}", "urn:uuid:" + idOf(run)}
		// Most requests get past the door, or nothing behind it is tried.
		here := segment(append(odd, idOf(directory)), idOf(directory))
		below := segment(odd, idOf(run), idOf(issued))
		answered := make(map[int]int)
		rapid.Check(t, func(t *rapid.T) {
			o := rapid.SampledFrom(operations).Draw(t, "operation")
			path := o.at(url.PathEscape(here.Draw(t, "directory")), url.PathEscape(below.Draw(t, "id")))
			if o.id == "deleteDirectory" {
				path += "x" // the others need it
			}
			query := url.Values{}
			for _, name := range append(o.query, "other") {
				if o.method == "GET" && rapid.Bool().Draw(t, "has "+name) {
					query.Set(name, rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"1", "0", "200", "MQ", "AA", "99999999999999999999"})).Draw(t, name))
				}
			}
			got := b.ask(t, o.method, path+"?"+query.Encode(), body(t, o), func(r *http.Request) {
				if rapid.Bool().Draw(t, "has If-Match") {
					r.Header.Set("If-Match", rapid.StringMatching(`[ -~]*`).Draw(t, "If-Match"))
				}
			})
			answered[got.status/100]++
			if got.status >= 500 {
				t.Fatalf("%s %s: %d %s", o.method, path, got.status, got.body)
			}
			if got.status >= 400 {
				got.problem(t)
			}
		})
		if answered[2] == 0 || answered[4] == 0 {
			t.Errorf("answers by class: %v: one kind was never drawn", answered)
		}
	})
}

// segment draws an id that is there four times out of five, else an odd one or any text.
func segment(odd []string, good ...string) *rapid.Generator[string] {
	there := rapid.SampledFrom(good)
	return rapid.OneOf(there, there, there, there, rapid.OneOf(rapid.SampledFrom(odd), rapid.String()))
}

// body draws something near to what an operation takes, or anything at all.
func body(t *rapid.T, o operation) string {
	kind := rapid.IntRange(0, 4).Draw(t, "kind of body")
	if kind == 0 || !o.body {
		return ""
	}
	if kind == 1 {
		return rapid.String().Draw(t, "body")
	}
	var members map[string]any
	if text := validBodies[o.id]; text != "" {
		if err := json.Unmarshal([]byte(text), &members); err != nil {
			t.Fatal(err)
		}
	}
	object := make(map[string]any)
	for name, value := range members {
		object[name] = value
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "changes") {
		name := rapid.SampledFrom(append(o.members, "other")).Draw(t, fmt.Sprintf("member %d", i))
		object[name] = anyValue(3).Draw(t, "value of "+name)
	}
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// partNames are members of members.
var partNames = []string{"kind", "includeGroups", "excludeGroups", "enabled", "at", "timeZone", "users", "groups", "memberships", "max", "percent", "keep", "values", "ceiling", "tenantId", "subject", "audiences", "authorityHost"}

// anyValue draws a JSON value, often one that some member takes.
func anyValue(depth int) *rapid.Generator[any] {
	values := []*rapid.Generator[any]{
		rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.Float64Range(-1e300, 1e300), func(f float64) any { return f }),
		rapid.Map(rapid.IntRange(-1, 1<<40), func(i int) any { return i }),
		rapid.Just[any](nil),
		rapid.SampledFrom([]any{
			"test", "all", "groups", "02:00", "Europe/Berlin", "30m", "custom", "https://127.0.0.1:9443", "api://x", "full", "write", "federation", "secret", 60,
			"3fa85f64-5717-4562-b3fc-2c963f66afa6", "a\x00b", "mail", "9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "2999-01-01T00:00:00.123456789+23:59",
		}),
	}
	if depth > 0 {
		inner := rapid.Deferred(func() *rapid.Generator[any] { return anyValue(depth - 1) })
		values = append(values,
			rapid.Map(rapid.SliceOfN(inner, 0, 3), func(l []any) any { return l }),
			rapid.Map(rapid.MapOfN(rapid.SampledFrom(partNames), inner, 0, 3), func(m map[string]any) any { return m }))
	}
	return rapid.OneOf(values...)
}
