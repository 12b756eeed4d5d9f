package admin_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"scimbridge/admin"
	"scimbridge/internal/seal"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

const planted = "planted~secret"

func TestTheClientSecretGoesInAndNeverComesOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b, ctx := newBridge(t, s), context.Background()
		directory := b.newGraph(t)
		stored, err := s.GraphSettings(ctx, idOf(directory))
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := b.sealer.Open(stored.SealedSecret, stored.SealContext()); string(plain) != planted || err != nil {
			t.Errorf("stored %q, %v", plain, err)
		}
		other := stored
		other.DirectoryID = nowhere
		if _, err := b.sealer.Open(stored.SealedSecret, other.SealContext()); err == nil {
			t.Error("the secret opens for another directory")
		}

		b.graph.checks = []models.Check{{Name: "sign-in", OK: true}}
		b.must(t, 200, "POST", directory+"/graph/test", "")
		if b.graph.material != planted {
			t.Errorf("the test of the connection got %q", b.graph.material)
		}
		b.must(t, 200, "GET", directory+"/graph", "")
		b.must(t, 200, "GET", directory, "")
		// Refusals of bodies that hold it, and a fault.
		for _, body := range []string{
			`{"clientSecret":"planted~secret"}`,
			`{"clientSecret":["planted~secret"]}`,
			`{"clientSecret":{"planted~secret":1}}`,
			`{"clientSecret":"planted~secret"`,
			`{"clientSecret":planted~secret}`,
			strings.Replace(graphBody, "planted~secret", "planted~secret\\n", 1),
			strings.Replace(graphBody, `"clientId"`, `"clientSecrets":"planted~secret","clientId"`, 1),
		} {
			b.must(t, 400, "PUT", directory+"/graph", body)
		}
		for _, form := range []string{planted, "planted", base64.StdEncoding.EncodeToString([]byte(planted)), hex.EncodeToString([]byte(planted)), stored.SealedSecret} {
			if strings.Contains(b.said(), form) {
				t.Errorf("%q came out:\n%s", form, b.said())
			}
		}
	})
}

func TestAStoredSecretStaysOnlyWhereItWouldGoNowhereNew(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		path := b.newDirectory(t) + "/graph"
		without := strings.Replace(graphBody, `,"clientSecret":"planted~secret"`, "", 1)
		b.refused(t, 400, "invalid", "clientSecret", "PUT", path, without)
		b.must(t, 200, "PUT", path, graphBody)
		b.must(t, 200, "PUT", path, strings.Replace(without, `}`, `,"applicationIdUri":"api://bridge"}`, 1))
		for _, change := range [][2]string{
			{`"11111111`, `"21111111`},
			{`"66666666`, `"76666666`},
			{`}`, `,"cloud":"usgov"}`},
			{`}`, `,"cloud":"custom","authorityHost":"https://login.microsoftonline.com","graphHost":"https://evil.example"}`},
		} {
			b.refused(t, 400, "invalid", "clientSecret", "PUT", path, strings.Replace(without, change[0], change[1], 1))
		}
		b.graph.checks = []models.Check{{Name: "sign-in", OK: true}}
		b.must(t, 200, "POST", path+"/test", "{}")
		if b.graph.material != planted {
			t.Errorf("kept %q", b.graph.material)
		}
	})
}

func TestGraphSettingsThatAreForgotten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newGraph(t)
		under := b.must(t, 202, "POST", directory+"/sync-runs", `{"kind":"full"}`).header.Get("Location")
		b.refused(t, 409, "run-under-way", "", "DELETE", directory+"/graph", "")
		b.must(t, 200, "GET", directory+"/graph", "")
		b.must(t, 202, "POST", under+"/cancel", "{}")
		end := b.must(t, 202, "DELETE", directory+"/graph", "")
		for member, want := range map[string]string{"kind": "endPull", "state": "queued"} {
			if got := b.must(t, 200, "GET", end.header.Get("Location"), "").read(t, member); got != want {
				t.Errorf("%s of the run is %q, not %q", member, got, want)
			}
		}
		b.refused(t, 409, "run-under-way", "", "PUT", directory+"/graph", graphBody)
		b.refused(t, 404, "not-found", "", "GET", directory+"/graph", "")
		b.refused(t, 404, "not-found", "", "DELETE", directory+"/graph", "")
		b.refused(t, 409, "graph-not-set", "", "POST", directory+"/graph/test", "{}")
		b.refused(t, 409, "graph-not-set", "", "POST", directory+"/sync-runs", `{"kind":"full"}`)
	})
}

func TestBadGraphSettingsAreNamed(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	path := b.newDirectory(t) + "/graph"
	custom := func(authority, graph string) string {
		return `{"cloud":"custom","authorityHost":"` + authority + `","graphHost":"` + graph + `"}`
	}
	good := "https://127.0.0.1:9443"
	for change, field := range map[string]string{
		`{"tenantId":"common"}`:                       "tenantId",
		`{"tenantId":"contoso.com/../common"}`:        "tenantId",
		`{"tenantId":""}`:                             "tenantId",
		`{"clientId":"my app"}`:                       "clientId",
		`{"clientSecret":""}`:                         "clientSecret",
		`{"clientSecret":" padded "}`:                 "clientSecret",
		`{"clientSecret":"a\u0000b"}`:                 "clientSecret",
		`{"applicationIdUri":"not a uri"}`:            "applicationIdUri",
		`{"applicationIdUri":"scimbridge"}`:           "applicationIdUri",
		`{"cloud":"germany"}`:                         "cloud",
		`{"graphHost":"https://graph.microsoft.com"}`: "graphHost",
		`{"authorityHost":"https://login.example"}`:   "authorityHost",
		`{"cloud":"custom"}`:                          "authorityHost",
		custom(good, ""):                              "graphHost",
		custom("http://127.0.0.1:9443", good):         "authorityHost",
		custom(good, good+"/"):                        "graphHost",
		custom(good, good+"/v1.0"):                    "graphHost",
		custom(good, good+"?x=1"):                     "graphHost",
		custom(good, good+"#x"):                       "graphHost",
		custom(good, "https://user@127.0.0.1:9443"):   "graphHost",
		custom(good, "https://"):                      "graphHost",
		custom(good, "https://:443"):                  "graphHost",
		custom(good, "https://127.0.0.1:port"):        "graphHost",
		custom(good, "//127.0.0.1"):                   "graphHost",
		`{"certificate":"-----BEGIN"}`:                "clientSecret",
		`{"credential":"handshake"}`:                  "credential",
		`{"credential":"certificate"}`:                "clientSecret",
		`{"credential":"federation"}`:                 "clientSecret",
		`{"password":"x"}`:                            "password",
		`{"sendChain":true}`:                          "sendChain",
	} {
		b.refused(t, 400, "invalid", field, "PUT", path, merged(t, graphBody, change))
	}
	b.refused(t, 404, "not-found", "", "GET", path, "")
	for _, change := range []string{
		`{"tenantId":"Contoso.onmicrosoft.com","cloud":"china"}`,
		`{"applicationIdUri":"","authorityHost":"","graphHost":""}`,
		custom("https://localhost", "https://[::1]:9443"),
	} {
		b.must(t, 200, "PUT", path, merged(t, graphBody, change))
	}
}

// merged is one JSON object with the members of another put over its own.
func merged(t *testing.T, object, over string) string {
	t.Helper()
	var members map[string]any
	for _, text := range []string{object, over} {
		if err := json.Unmarshal([]byte(text), &members); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAConnectionIsOKUnlessACheckThatIsNeededFails(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	path := b.newGraph(t) + "/graph/test"
	good, bad, spare := models.Check{Name: "users", OK: true}, models.Check{Name: "groups"}, models.Check{Name: "groups", Optional: true}
	for name, tc := range map[string]struct {
		checks []models.Check
		want   bool
	}{
		"all good":                       {[]models.Check{good, good}, true},
		"one failed":                     {[]models.Check{good, bad}, false},
		"one failed that is not needed":  {[]models.Check{good, spare}, true},
		"both a needed and a spare fail": {[]models.Check{spare, bad}, false},
	} {
		b.graph.checks = tc.checks
		var got admin.GraphTest
		if err := json.Unmarshal(b.must(t, 200, "POST", path, "{}").body, &got); err != nil {
			t.Fatal(err)
		}
		if got.Ok != tc.want || len(got.Checks) != len(tc.checks) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestASecretThatNoKeyOpensIsAFailedCheck(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	directory := b.newGraph(t)
	settings, err := b.store.GraphSettings(context.Background(), idOf(directory))
	if err != nil {
		t.Fatal(err)
	}
	if settings.SealedSecret, err = seal.NewSealer(seal.NewKey()).Seal([]byte(planted), settings.SealContext()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.SetGraphSettings(context.Background(), settings); err != nil {
		t.Fatal(err)
	}
	got := b.must(t, 200, "POST", directory+"/graph/test", "{}")
	if !strings.Contains(string(got.body), `"ok":false`) || !strings.Contains(string(got.body), "enter the credential again") {
		t.Errorf("answered %s", got.body)
	}
}
