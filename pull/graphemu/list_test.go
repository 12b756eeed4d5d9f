package graphemu_test

import (
	"strings"
	"testing"
	"time"

	"scimbridge/pull/graphemu"
)

const eventual = "ConsistencyLevel: eventual"

func TestListsShowExactlyWhatIsSelected(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{})
	for name, tc := range map[string]struct{ link, want string }{
		"no id unless selected": {"/users?$select=displayName",
			`[{"displayName":"Ann Öhman"},{"displayName":"Bob \"Buzz\""},{"displayName":"Cem"},{"displayName":"Dee"}]`},
		"null and [] for what has no value": {"/users?$select=id,mail,otherMails,accountEnabled,userType",
			`[{"id":"ann","mail":"ann@contoso.example","otherMails":[],"accountEnabled":true,"userType":"Member"},
			  {"id":"bob","mail":null,"otherMails":[],"accountEnabled":false,"userType":"Member"},
			  {"id":"cem","mail":null,"otherMails":["cem@partner.example"],"accountEnabled":true,"userType":"Guest"},
			  {"id":"dee","mail":null,"otherMails":[],"accountEnabled":true,"userType":null}]`},
		"an encoded dollar, spaces after commas": {"/users?%24select=id,%20surname&%24top=1", `[{"id":"ann","surname":null}]`},
		"options without a dollar":               {"/users?select=id&top=1", `[{"id":"ann"}]`},
		"the documented set without $select": {"/users?$top=1",
			`[{"id":"ann","businessPhones":[],"displayName":"Ann Öhman","givenName":"Ann","jobTitle":null,"mail":"ann@contoso.example",
			   "mobilePhone":null,"officeLocation":null,"preferredLanguage":null,"surname":null,"userPrincipalName":"ann@contoso.example"}]`},
		"groups": {"/groups?$select=id,groupTypes,securityEnabled,description",
			`[{"id":"crew","groupTypes":[],"securityEnabled":true,"description":null},
			  {"id":"deck","groupTypes":[],"securityEnabled":true,"description":"below Crew"},
			  {"id":"list","groupTypes":[],"securityEnabled":false,"description":null}]`},
		"a manager in a semicolon's company": {"/users?$select=id&$top=2&$expand=manager($select=id,displayName;)",
			`[{"id":"ann","manager":{"@odata.type":"#microsoft.graph.user","id":"bob","displayName":"Bob \"Buzz\""}},{"id":"bob"}]`},
		"members with their types": {"/groups/crew/members?$select=id,displayName,mail",
			`[{"@odata.type":"#microsoft.graph.user","id":"ann","displayName":"Ann Öhman","mail":"ann@contoso.example"},
			  {"@odata.type":"#microsoft.graph.group","id":"deck","displayName":"Deck","mail":null}]`},
		"everybody inside": {"/groups/crew/transitiveMembers?$select=id",
			`[{"@odata.type":"#microsoft.graph.user","id":"ann"},{"@odata.type":"#microsoft.graph.user","id":"bob"},
			  {"@odata.type":"#microsoft.graph.user","id":"cem"},{"@odata.type":"#microsoft.graph.group","id":"deck"}]`},
		"a user's groups":             {"/users/bob/memberOf?$select=id", `[{"@odata.type":"#microsoft.graph.group","id":"deck"}]`},
		"a user's groups and theirs":  {"/users/bob/transitiveMemberOf?$select=id", `[{"@odata.type":"#microsoft.graph.group","id":"crew"},{"@odata.type":"#microsoft.graph.group","id":"deck"}]`},
		"reports of a manager":        {"/users/bob@contoso.example/directReports?$select=id", `[{"@odata.type":"#microsoft.graph.user","id":"ann"}]`},
		"nobody in the bin":           {"/directory/deletedItems/graph.user", `[]`},
		"users of a cast, long spelt": {"/groups/deck/members/microsoft.graph.user?$select=id&$count=true", `[{"@odata.type":"#microsoft.graph.user","id":"bob"},{"@odata.type":"#microsoft.graph.user","id":"cem"}]`},
		"groups of a cast":            {"/groups/crew/members/graph.group?$select=id&$count=true", `[{"@odata.type":"#microsoft.graph.group","id":"deck"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			same(t, tc.link, parse(t, tc.want), c.get(tc.link, eventual).values())
		})
	}
}

func TestFiltersAndOrders(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{})
	for query, want := range map[string]string{
		`$filter=id eq 'ann' or id eq 'dee'`:                      "ann dee",
		`$filter=id in ('dee','nobody', 'bob')`:                   "bob dee",
		`$filter=userPrincipalName eq 'ANN@contoso.example'`:      "ann",
		`$filter=accountEnabled eq false`:                         "bob",
		`$filter=startswith(displayName,'b')`:                     "bob",
		`$filter=displayName eq 'Bob "Buzz"'`:                     "bob",
		`$filter=userType eq null`:                                "dee",
		`$filter=otherMails/any(x:x eq 'cem@partner.example')`:    "cem",
		`$filter=(mail eq null) and accountEnabled eq true`:       "cem dee",
		`$filter=createdDateTime ge 2026-01-01T00:00:00Z`:         "ann bob cem dee",
		`$filter=mail ne null&$count=true`:                        "ann",
		`$filter=not startswith(displayName,'A')&$count=true`:     "bob cem dee",
		`$filter=endswith(mail,'contoso.example')&$count=true`:    "ann",
		`$search="displayName:buz"`:                               "",
		`$search="displayName:öh"`:                                "ann",
		`$search="displayName:dee" OR "mail:ann"`:                 "ann dee",
		`$orderby=displayName desc`:                               "dee cem bob ann",
		`$orderby=displayName desc&$top=1`:                        "dee cem bob ann",
		`$orderby=displayName&$filter=mail eq null&$count=true`:   "bob cem dee",
		`$top=1&$filter=startswith(userPrincipalName,'d')`:        "dee",
		`$filter=department in ('Sales') and givenName eq 'Ann'`:  "ann",
		`$filter=displayName eq 'O''Brien'`:                       "",
		`$filter=startswith(displayName, 'D') or id eq 'ann'&x=;`: "ann dee",
	} {
		t.Run(query, func(t *testing.T) {
			objects, _ := c.all("/users?$select=id&"+strings.ReplaceAll(query, `"`, "%22"), eventual)
			same(t, "users", want, ids(objects))
		})
	}
}

// ids joins the ids of objects.
func ids(objects []any) string {
	var ids []string
	for _, o := range objects {
		ids = append(ids, o.(map[string]any)["id"].(string))
	}
	return strings.Join(ids, " ")
}

func TestWhatGraphRefuses(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	_, err := tenant.AddGroup(graphemu.Properties{"id": "unified", "displayName": "Unified", "groupTypes": []string{"Unified"}})
	must(t, err)
	_, c := serve(t, tenant, graphemu.Config{})
	const bad, unsupported, missing = "Bad Request: Request_BadRequest", "Bad Request: Request_UnsupportedQuery", "Not Found: Request_ResourceNotFound"
	fifteen := strings.Repeat("'x',", 15)
	for link, want := range map[string]string{
		"/users?$select=id,nickname":                bad,
		"/users?$select=manager":                    bad,
		"/users?$select=skills":                     "Not Implemented: NotImplemented",
		"/users?$top=0":                             bad,
		"/users?$top=1000":                          bad,
		"/users?$top=many":                          bad,
		"/users?$skip=5":                            bad,
		"/users?$colour=red":                        bad,
		"/users?$top=5&$top=6":                      bad,
		"/users?$skiptoken=abc":                     bad,
		"/users?$expand=memberOf":                   bad,
		"/users?$filter=id in (" + fifteen + "'x')": bad,
		"/users?$filter=displayName eq '" + strings.Repeat("x", 121) + "'": bad,
		"/users?$filter=displayName eq":                                    "Bad Request: BadRequest",
		"/users?$filter=displayName is 'x'":                                "Bad Request: BadRequest",
		"/users?$filter=(id eq 'x'":                                        "Bad Request: BadRequest",
		"/users?$filter=id eq 'x":                                          "Bad Request: BadRequest",
		"/users?$filter=aboutMe eq 'x'":                                    unsupported,
		"/users?$filter=securityEnabled eq true":                           unsupported,
		"/users?$filter=streetAddress eq 'x'":                              unsupported,
		"/users?$filter=mail ne null":                                      unsupported,
		"/users?$search=%22displayName:a%22":                               unsupported,
		"/users?$orderby=mail":                                             unsupported,
		"/users?$filter=mail eq null&$orderby=displayName":                 unsupported,
		"/groups/crew/members/graph.user?$count=true":                      unsupported,
		"/groups/crew/transitiveMembers/graph.user":                        unsupported,
		"/users/nobody":                                                    missing,
		"/users/dee/manager":                                               missing,
		"/users/crew":                                                      missing,
		"/groups/nobody/members":                                           missing,
		"/directory/deletedItems/ann":                                      missing,
		"/people":                                                          "Bad Request: BadRequest",
		"/users/ann/colour":                                                "Bad Request: BadRequest",
		"/groups/crew/members/graph.robot?$count=true":                     unsupported,
	} {
		t.Run(link, func(t *testing.T) { same(t, "refusal", want, c.get(link).code()) })
	}
	t.Run("a cast without the header", func(t *testing.T) {
		same(t, "refusal", unsupported, c.get("/groups/crew/members/graph.user", eventual).code())
	})
	t.Run("groups in a Microsoft 365 group", func(t *testing.T) {
		same(t, "refusal", unsupported, c.get("/groups/unified/members/graph.group?$count=true", eventual).code())
	})
	t.Run("a cast to what does not exist", func(t *testing.T) {
		same(t, "refusal", bad, c.get("/groups/crew/members/graph.robot?$count=true", eventual).code())
	})
	t.Run("another method", func(t *testing.T) {
		same(t, "refusal", "Method Not Allowed: Request_BadRequest", c.post("/users", "{}").code())
	})
	t.Run("another version", func(t *testing.T) {
		same(t, "refusal", "Bad Request: BadRequest", c.get(c.origin+"/beta/users").code())
	})
}

func TestErrorsHaveGraphsShape(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{})
	r := c.get("/users/nobody", "client-request-id: 77aa")
	want := map[string]any{"error": map[string]any{
		"code":    "Request_ResourceNotFound",
		"message": "Resource 'nobody' does not exist or one of its queried reference-property objects are not present.",
		"innerError": map[string]any{
			"date": "2026-03-02T06:15:09", "request-id": r.header.Get("request-id"), "client-request-id": "77aa",
		},
	}}
	same(t, "body", want, any(r.json()))
	same(t, "client-request-id", "77aa", r.header.Get("client-request-id"))
	same(t, "Date", "Mon, 02 Mar 2026 06:15:09 GMT", r.header.Get("Date"))
}

func TestAnswersTellTheirCost(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{})
	for link, want := range map[string]string{
		"/users": "2", "/users?$select=id": "1", "/users?$expand=manager($select=id)": "3", "/users?$top=5": "1",
		"/users/ann?$select=id": "1", "/groups/crew/members": "3", "/groups/crew/transitiveMembers?$select=id": "4",
	} {
		same(t, link, want, c.get(link).header.Get("x-ms-resource-unit"))
	}
}

func TestCountsComeOnTheFirstPageToThoseWhoAcceptTheIndex(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{})
	first := c.get("/users?$top=3&$count=true", eventual)
	same(t, "count on the first page", any(4.0), first.json()["@odata.count"])
	same(t, "count on the second page", any(nil), c.get(first.link("nextLink"), eventual).json()["@odata.count"])
	same(t, "count without the header", any(nil), c.get("/users?$top=3&$count=true").json()["@odata.count"])
	same(t, "$count as a segment", "4", c.get("/users/$count", eventual).body)
	same(t, "$count of members", "2", c.get("/groups/crew/members/$count", eventual).body)
	same(t, "$count of a cast", "3", c.get("/groups/crew/transitiveMembers/graph.user/$count?$count=true", eventual).body)
	same(t, "$count without the header", 400, c.get("/groups/$count").status)
}

func TestAPageGoesOnAfterTheLastObjectTold(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	_, c := serve(t, tenant, graphemu.Config{})
	first := c.get("/users?$select=id&$top=2")
	same(t, "first page", "ann bob", ids(first.values()))
	next := first.link("nextLink")
	if !strings.HasPrefix(next, c.origin+"/v1.0/users?$select=id&$top=2&$skiptoken=") {
		t.Errorf("next link is %s", next)
	}
	must(t, tenant.DeleteUser("ann"))
	same(t, "second page, though somebody before it left", "cem dee", ids(c.get(next).values()))
	same(t, "the token under another query", 400, c.get(strings.Replace(next, "$top=2", "$top=3", 1)).status)
	same(t, "the token on another list", 400, c.get(strings.Replace(next, "/users?", "/groups?", 1)).status)
}

func TestTheHeaderIsWantedOnEveryPageOfACast(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{})
	next := c.get("/groups/deck/members/graph.user?$count=true&$top=1", eventual).link("nextLink")
	same(t, "without the header", "Bad Request: Request_UnsupportedQuery", c.get(next).code())
	same(t, "with the header", 200, c.get(next, eventual).status)
}

func TestPageTokensEnd(t *testing.T) {
	t.Parallel()
	now := newClock()
	_, c := serve(t, village(t, now.Now), graphemu.Config{SkipTokenLife: time.Minute, UsersPerDeltaPage: 1})
	list, delta := c.get("/users?$top=1").link("nextLink"), c.get("/users/delta").link("nextLink")
	now.Advance(time.Minute)
	for _, next := range []string{list, delta} {
		same(t, next, "Bad Request: Directory_ExpiredPageToken", c.get(next).code())
	}
}

func TestPagesMayBeEmpty(t *testing.T) {
	t.Parallel()
	_, c := serve(t, village(t, newClock().Now), graphemu.Config{EmptyPageEvery: 2, UsersPerDeltaPage: 1})
	second := c.get(c.get("/users?$top=1&$select=id").link("nextLink"))
	same(t, "second page", []any{}, second.values())
	all, _ := c.all("/users?$top=1&$select=id")
	same(t, "everybody in spite of it", "ann bob cem dee", ids(all))
	told, _ := c.all("/users/delta?$select=id")
	same(t, "everybody in delta in spite of it", "ann bob cem dee", ids(told))
}

func TestExpandingLimitsThePage(t *testing.T) {
	t.Parallel()
	tenant := graphemu.Company(1, graphemu.Size{Users: 150}, newClock().Now)
	_, c := serve(t, tenant, graphemu.Config{})
	same(t, "page", 100, len(c.get("/users?$top=999&$expand=manager($select=id)").values()))
	same(t, "page without $top", 100, len(c.get("/users").values()))
	same(t, "page without $expand", 150, len(c.get("/users?$top=999").values()))
}

func TestPeopleAreFoundByIDAndName(t *testing.T) {
	t.Parallel()
	tenant := village(t, newClock().Now)
	must(t, tenant.DeleteUser("dee"), tenant.DeleteGroup("deck"))
	_, c := serve(t, tenant, graphemu.Config{})
	for link, want := range map[string]string{
		"/users/ann": "ann", "/users/Ann@Contoso.example": "ann", "/users('ann')": "ann",
		"/users/cem_partner.example%23EXT%23@contoso.example": "cem",
		"/users/ann/manager":           "bob",
		"/groups/crew":                 "crew",
		"/directory/deletedItems/dee":  "dee",
		"/directory/deletedItems/deck": "deck",
	} {
		same(t, link, any(want), c.get(link + "?$select=id").json()["id"])
	}
	same(t, "an answer about one", map[string]any{
		"@odata.context": c.origin + "/v1.0/$metadata#users/$entity", "department": "Sales",
	}, c.get("/users/ann?$select=department").json())
	same(t, "an answer about nothing selected of a group", map[string]any{
		"@odata.context": c.origin + "/v1.0/$metadata#directoryObjects/$entity", "@odata.type": "#microsoft.graph.user", "department": nil,
	}, c.get("/users/ann/manager?$select=department").json())
	same(t, "the renamed name of somebody in the bin", any("deedee@contoso.example"),
		c.get("/directory/deletedItems/microsoft.graph.user?$select=userPrincipalName").values()[0].(map[string]any)["userPrincipalName"])
	same(t, "a name in the bin", 404, c.get("/users/dee@contoso.example").status)
}
