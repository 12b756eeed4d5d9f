package graphemu_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"scimbridge/pull/graphemu"
)

// A company changes, and a client learns of it by delta.
func Example() {
	today := func() time.Time { return time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC) }
	tenant := graphemu.NewTenant(1, today)
	emu := graphemu.New(graphemu.Config{}, tenant)
	srv, err := graphemu.Listen(emu, "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	client := srv.Client()

	var signIn struct {
		Token string `json:"access_token"`
	}
	answer, err := client.PostForm(srv.URL+"/"+tenant.ID()+"/oauth2/v2.0/token", credentials())
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = json.NewDecoder(answer.Body).Decode(&signIn)

	round := func(link string) (deltaLink string) {
		request, _ := http.NewRequest(http.MethodGet, link, nil)
		request.Header.Set("Authorization", "Bearer "+signIn.Token)
		answer, err := client.Do(request)
		if err != nil {
			fmt.Println(err)
			return ""
		}
		var page struct {
			DeltaLink string            `json:"@odata.deltaLink"`
			Value     []json.RawMessage `json:"value"`
		}
		_ = json.NewDecoder(answer.Body).Decode(&page)
		for _, o := range page.Value {
			fmt.Println(string(o))
		}
		return page.DeltaLink
	}

	_, _ = tenant.AddUser(graphemu.Properties{"id": "ann", "userPrincipalName": "ann@contoso.example", "displayName": "Ann"})
	next := round(srv.URL + "/v1.0/users/delta?$select=displayName,accountEnabled")
	_ = tenant.UpdateUser("ann", graphemu.Properties{"accountEnabled": false})
	next = round(next)
	_ = tenant.DeleteUser("ann")
	round(next)
	fmt.Println(emu.Meter().Requests["GET /users/delta"], "requests")

	// Output:
	// {"id":"ann","displayName":"Ann","accountEnabled":true}
	// {"id":"ann","displayName":"Ann","accountEnabled":false}
	// {"id":"ann","@removed":{"reason":"changed"}}
	// 3 requests
}
