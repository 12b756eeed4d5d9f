package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"scimbridge/pull/graphemu"
)

// downloader is a bare client: net/http and encoding/json, and nothing kept. It asks
// for the pages that the bridge asked for.
type downloader struct {
	client *http.Client
	token  string
	// first are the links that begin a listing.
	first []string
}

// bareUser and bareGroup are what a client would decode that wants what the bridge wants.
type bareUser struct {
	ID, UserPrincipalName, DisplayName, GivenName, Surname, Mail              string
	OtherMails, ProxyAddresses, BusinessPhones                                []string
	JobTitle, Department, CompanyName, OfficeLocation, MobilePhone, FaxNumber string
	StreetAddress, City, State, PostalCode, Country                           string
	EmployeeID, PreferredLanguage, UsageLocation, UserType, MailNickname      string
	AccountEnabled                                                            *bool
	Manager                                                                   []bareRef `json:"manager@delta"`
}

type bareGroup struct {
	ID, DisplayName, Description, Mail, MailNickname string
	GroupTypes                                       []string
	SecurityEnabled, MailEnabled                     *bool
	Members                                          []bareRef `json:"members@delta"`
}

type bareRef struct {
	Type    string `json:"@odata.type"`
	ID      string
	Removed *struct{ Reason string } `json:"@removed"`
}

// newDownloader signs in, and takes the first links of every listing from what the
// emulator was asked during a pull.
func (o *office) newDownloader(ctx context.Context) (*downloader, error) {
	d := &downloader{client: o.server.Client()}
	for _, r := range o.emulator.Requests() {
		listing := strings.Contains(r.Path, "/delta") || strings.Contains(r.Path, "/deletedItems")
		begins := listing && r.Method == http.MethodGet && !r.Batch && !strings.Contains(r.RawQuery, "token=")
		if begins {
			d.first = append(d.first, o.server.URL+r.Path+"?"+r.RawQuery)
		}
	}
	if len(d.first) < 2 {
		return nil, fmt.Errorf("the pull began %d listings; users and groups are two", len(d.first))
	}
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {graphemu.ClientID},
		"client_secret": {graphemu.ClientSecret}, "scope": {o.server.URL + "/.default"},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.server.URL+"/"+o.tenant.ID()+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	err = d.do(request, func(body io.Reader) error { return json.NewDecoder(body).Decode(&answer) })
	d.token = answer.AccessToken
	return d, err
}

func (d *downloader) do(request *http.Request, read func(io.Reader) error) error {
	response, err := d.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the emulator answered %s to %s", response.Status, request.URL.Path)
	}
	if err := read(response.Body); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body) // so that the connection is kept
	return err
}

// downloaded is what came, and how long it took.
type downloaded struct {
	took  time.Duration
	pages int
	users time.Duration // the share of the users' listings
}

// all reads every listing to its end; decoding can be left out, to see the emulator's
// own speed.
func (d *downloader) all(ctx context.Context, decode bool) (downloaded, error) {
	var done downloaded
	started := time.Now()
	for _, first := range d.first {
		began := time.Now()
		users := strings.Contains(first, "users/delta")
		for link := first; link != ""; done.pages++ {
			var err error
			if link, err = d.page(ctx, link, decode, strings.Contains(first, "groups")); err != nil {
				return done, err
			}
		}
		if users {
			done.users += time.Since(began)
		}
	}
	done.took = time.Since(started)
	return done, nil
}

func (d *downloader) page(ctx context.Context, link string, decode, groups bool) (next string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+d.token)
	err = d.do(request, func(body io.Reader) error {
		switch {
		case !decode:
			next, err = lastLink(body)
		case groups:
			next, err = decodePage[bareGroup](body)
		default:
			next, err = decodePage[bareUser](body)
		}
		return err
	})
	return next, err
}

func decodePage[T any](body io.Reader) (string, error) {
	var page struct {
		Next  string `json:"@odata.nextLink"`
		Value []T    `json:"value"`
	}
	err := json.NewDecoder(body).Decode(&page)
	return page.Next, err
}

// lastLink finds the link to the next page without decoding anything.
func lastLink(body io.Reader) (string, error) {
	text, err := io.ReadAll(body)
	_, rest, _ := strings.Cut(string(text), `"@odata.nextLink":"`)
	link, _, _ := strings.Cut(rest, `"`)
	return strings.ReplaceAll(link, `\u0026`, "&"), err
}
