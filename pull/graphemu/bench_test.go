package graphemu_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"scimbridge/pull/graphemu"
)

// The benchmarks read whole rounds over TLS on loopback and decode nothing but
// the links: they show the limit that the emulator sets.

var large = sync.OnceValue(func() *graphemu.Tenant {
	return graphemu.Company(1, graphemu.Large, time.Now)
})

func connectLarge(b *testing.B) *client {
	b.Helper()
	tenant := large()
	emu := graphemu.New(graphemu.Config{TokenLifetime: 24 * time.Hour}, tenant)
	srv, err := graphemu.Listen(emu, "127.0.0.1:0")
	must(b, err)
	b.Cleanup(func() { _ = srv.Close() })
	c := &client{t: b, http: srv.Client(), origin: srv.URL, tenant: tenant}
	c.signIn()
	return c
}

// download reads a listing to its end and returns pages and bytes.
func (c *client) download(link string) (pages int, size int64) {
	var body bytes.Buffer
	for link != "" {
		answer, err := c.http.Do(c.request(http.MethodGet, link, nil))
		must(c.t, err)
		body.Reset()
		_, err = io.Copy(&body, answer.Body)
		must(c.t, err, answer.Body.Close())
		pages, size = pages+1, size+int64(body.Len())
		link = nextLinkOf(c.t, body.Bytes())
	}
	return pages, size
}

// nextLinkOf reads the head of a page only.
func nextLinkOf(t testing.TB, page []byte) string {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(page))
	for {
		key, err := decoder.Token()
		if err == io.EOF || key == "value" {
			return ""
		}
		must(t, err)
		if key == "@odata.nextLink" {
			link, err := decoder.Token()
			must(t, err)
			return link.(string)
		}
	}
}

const twentyProperties = "id,accountEnabled,userPrincipalName,displayName,givenName,surname,mail,otherMails,proxyAddresses," +
	"jobTitle,department,companyName,officeLocation,businessPhones,mobilePhone,streetAddress,city,employeeId,preferredLanguage,userType"

func benchmarkDownload(b *testing.B, link string, perRound int, unit string) {
	c := connectLarge(b)
	var pages int
	var size int64
	for b.Loop() {
		pages, size = c.download(link)
	}
	b.SetBytes(size)
	b.ReportMetric(float64(perRound*b.N)/b.Elapsed().Seconds(), unit+"/s")
	b.ReportMetric(float64(pages), "pages")
}

func BenchmarkUsersDelta(b *testing.B) {
	benchmarkDownload(b, "/users/delta?$select="+twentyProperties+",manager", 100_000, "users")
}

func BenchmarkUsersList(b *testing.B) {
	benchmarkDownload(b, "/users?$top=999&$select="+twentyProperties, 100_000, "users")
}

func BenchmarkGroupsDelta(b *testing.B) {
	edges := len(large().Edges())
	benchmarkDownload(b, "/groups/delta?$select=displayName,members", edges, "members")
}

func BenchmarkTransitiveMembers(b *testing.B) {
	tenant := large()
	everyone := ""
	for _, g := range tenant.Groups() {
		if g.DisplayName == "Everyone" {
			everyone = g.ID
		}
	}
	benchmarkDownload(b, "/groups/"+everyone+"/transitiveMembers?$top=999&$select=id", len(tenant.TransitiveUsers(everyone)), "members")
}

func BenchmarkQuietRound(b *testing.B) {
	c := connectLarge(b)
	link := c.get("/users/delta?$deltatoken=latest").link("deltaLink")
	for b.Loop() {
		c.download(link)
	}
}

func BenchmarkUserByID(b *testing.B) {
	c := connectLarge(b)
	id := c.tenant.Users()[0].ID
	for b.Loop() {
		c.download("/users/" + id + "?$select=id,accountEnabled")
	}
}

func BenchmarkCompany(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		graphemu.Company(1, graphemu.Large, time.Now)
	}
}
