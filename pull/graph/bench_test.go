package graph

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
)

// The pair that design section 6 compares: a full round of 100,000 users through the
// SDK, and a bare client that downloads and decodes the same pages. Quote the ratio;
// both figures contain the emulator, on the same cores.
//
//	CGO_ENABLED=0 go test ./pull/graph -run '^$' -bench Users100k -benchtime 3x
const benchmarkUsers = 100_000

func benchmarkOffice(b *testing.B) *office {
	b.Helper()
	o := newOffice(b, graphemu.Size{Users: benchmarkUsers, Groups: 1, GroupsPerUser: 0, Depth: 1}, graphemu.Config{})
	o.dialer.Now, o.dialer.Wait = time.Now, nil
	return o
}

func BenchmarkUsers100k(b *testing.B) {
	o := benchmarkOffice(b)
	b.Run("source", func(b *testing.B) {
		measure(b, func() int { return readUsers100k(b, o.dial(b)) })
	})
	b.Run("bare", func(b *testing.B) {
		token := bareToken(b, o)
		measure(b, func() int { return o.readBare(b, token, true) })
	})
	b.Run("bytes", func(b *testing.B) {
		token := bareToken(b, o)
		measure(b, func() int { return o.readBare(b, token, false) })
	})
}

func measure(b *testing.B, read func() int) {
	b.ReportAllocs()
	var peak uint64
	for b.Loop() {
		read()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		peak = max(peak, memory.HeapInuse)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchmarkUsers, "ns/user")
	b.ReportMetric(float64(peak)/(1<<20), "MiB-heap")
}

func readUsers100k(b *testing.B, source pull.Source) int {
	n := 0
	_, err := readRound(b, "", source.UsersDelta, func(models.SourceUser) { n++ })
	if err != nil || n < benchmarkUsers {
		b.Fatalf("read %d users: %v", n, err)
	}
	return n
}

func bareToken(b *testing.B, o *office) string {
	b.Helper()
	resp, err := o.server.Client().PostForm(o.server.URL+"/"+o.tenant.ID()+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {graphemu.ClientID},
		"client_secret": {graphemu.ClientSecret}, "scope": {o.server.URL + "/.default"},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&token); err != nil {
		b.Fatal(err)
	}
	return token.AccessToken
}

// bareUser is what a bare client would decode with encoding/json.
type bareUser struct {
	ID, UserPrincipalName, DisplayName, GivenName, Surname, Mail              string
	OtherMails, ProxyAddresses, BusinessPhones                                []string
	JobTitle, Department, CompanyName, OfficeLocation, MobilePhone, FaxNumber string
	StreetAddress, City, State, PostalCode, Country                           string
	EmployeeID, PreferredLanguage, UsageLocation, UserType, MailNickname      string
	AccountEnabled                                                            *bool
	Manager                                                                   []struct{ ID string } `json:"manager@delta"`
}

func (o *office) readBare(b *testing.B, token string, decode bool) int {
	client := o.server.Client()
	defer client.CloseIdleConnections()
	link := o.server.URL + "/v1.0/users/delta?$select=" + strings.Join(newSelection(models.Selection{}).userDelta(), ",")
	n := 0
	for link != "" {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, link, nil)
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		resp, err := client.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		var page struct {
			Next  string     `json:"@odata.nextLink"`
			Value []bareUser `json:"value"`
		}
		if decode {
			err = json.NewDecoder(resp.Body).Decode(&page)
			n += len(page.Value)
		} else {
			page.Next, err = lastNext(resp.Body)
		}
		if err != nil || resp.StatusCode != http.StatusOK {
			b.Fatalf("status %d: %v", resp.StatusCode, err)
		}
		_ = resp.Body.Close()
		link = page.Next
	}
	return n
}

// lastNext finds the next link without decoding anything.
func lastNext(body io.Reader) (string, error) {
	data, err := io.ReadAll(body)
	_, rest, found := strings.Cut(string(data), `"@odata.nextLink":"`)
	if !found {
		return "", err
	}
	link, _, _ := strings.Cut(rest, `"`)
	return strings.ReplaceAll(link, `\u0026`, "&"), err
}
