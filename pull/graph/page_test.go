package graph

import (
	"encoding/json"
	"fmt"
	"testing"

	"scimbridge/internal/golden"
)

// The pages are written after those that Microsoft documents and that clients have
// recorded (sections 1.2, 1.3, 2.2 and 2.3).
func TestUsersPages(t *testing.T) {
	for name, tc := range map[string]struct {
		mapping mapping
		fresh   bool
	}{
		"graph_users_first_round": {fresh: true},
		"graph_users_later_round": {},
	} {
		t.Run(name, func(t *testing.T) {
			comparePage(t, name, func(s *scanner) (any, error) {
				user, err := scanUser(s)
				return tc.mapping.user(&user, tc.fresh), err
			})
		})
	}
}

func TestGroupsPages(t *testing.T) {
	for _, name := range []string{"graph_groups_first_round", "graph_groups_later_round"} {
		t.Run(name, func(t *testing.T) {
			comparePage(t, name, func(s *scanner) (any, error) {
				group, err := scanGroup(s)
				return mapping{}.group(group), err
			})
		})
	}
}

// comparePage reads testdata/name.page.json and compares what became of it with
// testdata/name.records.json.
func comparePage(t *testing.T, name string, item func(*scanner) (any, error)) {
	t.Helper()
	data := golden.Read(t, "testdata/"+name+".page.json")
	page, err := decodePage(data, item)
	if err != nil {
		t.Fatal(err)
	}
	records, err := json.Marshal(map[string]any{"next": page.next, "delta": page.delta, "items": page.items})
	if err != nil {
		t.Fatal(err)
	}
	golden.JSON(t, records, "testdata/"+name+".records.json")
}

// A page that is cut off anywhere is refused, whatever was read before the cut.
func TestNoPartOfAPageIsAPage(t *testing.T) {
	whole := golden.Read(t, "testdata/graph_users_first_round.page.json")
	trimmed := len(whole)
	for trimmed > 0 && whole[trimmed-1] != '}' {
		trimmed--
	}
	for cut := range trimmed {
		page, err := decodePage(whole[:cut], scanUser)
		if err == nil || page.items != nil || page.next != "" {
			t.Fatalf("cut at byte %d of %d: %d items, %v", cut, trimmed, len(page.items), err)
		}
	}
}

func TestTheMailOfAUser(t *testing.T) {
	for name, tc := range map[string]struct {
		user       graphUser
		upnAsMail  bool
		mail, from string
	}{
		"mail":                         {graphUser{mail: "a", proxyMail: "b", otherMails: []string{"c"}, upn: "d"}, true, "a", ""},
		"primary proxy address":        {graphUser{proxyMail: "b", otherMails: []string{"c"}, upn: "d"}, true, "b", fromProxyAddresses},
		"another mail":                 {graphUser{otherMails: []string{"c"}, upn: "d"}, true, "c", fromOtherMails},
		"the UPN where it is allowed":  {graphUser{upn: "d@x"}, true, "d@x", fromUPN},
		"never the UPN where it isn't": {graphUser{upn: "d@x"}, false, "", ""},
		"nothing at all":               {graphUser{}, true, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			mail, from := mapping{upnAsMail: tc.upnAsMail}.mail(&tc.user)
			if mail != tc.mail || from != tc.from {
				t.Errorf("got %q from %q, want %q from %q", mail, from, tc.mail, tc.from)
			}
		})
	}
}

func TestTrimmedGuests(t *testing.T) {
	for upn, want := range map[string]string{
		"name_partner.example#EXT#@contoso.example":       "name@partner.example",
		"first_last_partner.example#ext#@contoso.example": "first_last@partner.example",
		"nounderscore#EXT#@contoso.example":               "nounderscore",
		"ann_b@contoso.example":                           "ann_b@contoso.example",
		"":                                                "",
	} {
		if got := trimGuest(upn); got != want {
			t.Errorf("%q: got %q, want %q", upn, got, want)
		}
	}
}

func BenchmarkDecodeUsers(b *testing.B) {
	const perPage = 200
	data := benchmarkPage(perPage)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		page, err := decodePage(data, func(s *scanner) (any, error) {
			user, err := scanUser(s)
			return mapping{}.user(&user, true), err
		})
		if err != nil || len(page.items) != perPage {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/perPage, "ns/user")
}

func BenchmarkScanUsers(b *testing.B) {
	const perPage = 200
	data := benchmarkPage(perPage)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodePage(data, scanUser); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/perPage, "ns/user")
}

func BenchmarkDecodeMembers(b *testing.B) {
	const members = 3000
	data := []byte(`{"@odata.nextLink":"x","value":[{"id":"f0c3b7de-8a11-4e46-a3a5-5f3f00000000","displayName":"All","members@delta":[`)
	for i := range members {
		if i > 0 {
			data = append(data, ',')
		}
		data = fmt.Appendf(data, `{"@odata.type":"#microsoft.graph.user","id":"f0c3b7de-8a11-4e46-a3a5-5f3f%08d"}`, i)
	}
	data = append(data, `]}]}`...)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodePage(data, scanGroup); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/members, "ns/member")
}

func benchmarkPage(users int) []byte {
	page := []byte(`{"@odata.nextLink":"https://graph.microsoft.com/v1.0/users/delta?$skiptoken=x","value":[`)
	for i := range users {
		if i > 0 {
			page = append(page, ',')
		}
		page = fmt.Appendf(page, `{"id":"f0c3b7de-8a11-4e46-a3a5-5f3f%08[1]d","userPrincipalName":"user%[1]d@contoso.example","displayName":"Given%[1]d Surname%[1]d","givenName":"Given%[1]d","surname":"Surname%[1]d","mail":"user%[1]d@contoso.example","otherMails":[],"proxyAddresses":["SMTP:user%[1]d@contoso.example"],"jobTitle":"Engineer","department":"Sales","companyName":"Contoso","officeLocation":"12/34","businessPhones":["+1 555 010%[1]d"],"mobilePhone":null,"faxNumber":null,"streetAddress":"One Way %[1]d","city":"Berlin","state":null,"postalCode":"10115","country":"Germany","employeeId":"%[1]d","preferredLanguage":"en-US","usageLocation":"DE","userType":"Member","accountEnabled":true,"mailNickname":"user%[1]d","manager@delta":[{"@odata.type":"#microsoft.graph.user","id":"9a8b7c6d-5e4f-4a3b-8c2d-1e0f%08[1]d"}]}`, i)
	}
	return append(page, `]}`...)
}
