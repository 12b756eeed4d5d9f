package pull_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
)

// source reads the emulator as a plain client would: net/http, encoding/json, and a
// mapping of its own. It tries nothing twice, so that every fault reaches the run.
type source struct {
	http   *http.Client
	origin string
	token  string
	now    func() time.Time

	mu    sync.Mutex
	usage pull.Usage
}

var _ pull.Source = (*source)(nil)

// inProcess hands requests to the emulator without a network between.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			answer, err = nil, fmt.Errorf("the connection broke: %v", cause)
		}
	}()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	served := r.Clone(r.Context())
	served.RequestURI = r.URL.RequestURI()
	if served.Body == nil {
		served.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	p.handler.ServeHTTP(recorder, served)
	return recorder.Result(), nil
}

// signIn gets a token for the tenant.
func (s *source) signIn(tenantID, secret string) error {
	answer, err := s.http.PostForm(s.origin+"/"+tenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"},
		"client_id": {graphemu.ClientID}, "client_secret": {secret},
	})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		code, _, _ := strings.Cut(token.Description, ":")
		return &pull.SourceError{Code: code, Message: token.Description, Hint: "enter the secret again"}
	}
	s.token = token.AccessToken
	return nil
}

func (s *source) Usage() pull.Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.usage
}

func (s *source) cost(u pull.Usage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.usage.Requests += u.Requests
	s.usage.Units += u.Units
	s.usage.Bytes += u.Bytes
}

// ask reads one answer into v. found is false for 404.
func (s *source) ask(ctx context.Context, link string, v any) (sentAt time.Time, found bool, err error) {
	if strings.HasPrefix(link, "/") {
		link = s.origin + "/v1.0" + link
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return sentAt, false, err
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	sentAt = s.now()
	s.cost(pull.Usage{Requests: 1, Units: 1})
	answer, err := s.http.Do(request)
	if err != nil {
		return sentAt, false, unlessStopped(ctx, &pull.SourceError{Code: "unreachable", Message: err.Error(), Passing: true})
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	s.cost(pull.Usage{Bytes: int64(len(body))})
	switch {
	case err != nil:
	case answer.StatusCode == http.StatusNotFound:
		return sentAt, false, nil
	case answer.StatusCode != http.StatusOK:
		return sentAt, false, refusal(answer.StatusCode, body)
	default:
		err = json.NewDecoder(bytes.NewReader(body)).Decode(v)
	}
	if err != nil {
		return sentAt, false, &pull.SourceError{Code: "broken_answer", Message: err.Error(), Passing: true}
	}
	return sentAt, true, nil
}

func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func refusal(status int, body []byte) error {
	var told struct {
		Error struct{ Code, Message string }
	}
	_ = json.Unmarshal(body, &told) // some refusals are no JSON
	return &pull.SourceError{
		Code: told.Error.Code, Message: fmt.Sprintf("%d %s", status, told.Error.Message), Hint: "see Microsoft's documentation",
		Passing: status == http.StatusTooManyRequests || status >= 500,
	}
}

// graphPage is a page of a listing or of a delta round.
type graphPage[T any] struct {
	Value []T
	Next  string `json:"@odata.nextLink"`
	Delta string `json:"@odata.deltaLink"`
}

func page[G, T any](s *source, ctx context.Context, link string, to func(G) T) (pull.Page[T], error) {
	var read graphPage[G]
	sentAt, found, err := s.ask(ctx, link, &read)
	if err != nil || !found {
		return pull.Page[T]{}, errors.Join(err, unless(found || err != nil, "the page is not there"))
	}
	p := pull.Page[T]{Next: read.Next, Delta: read.Delta, SentAt: sentAt}
	for _, one := range read.Value {
		p.Items = append(p.Items, to(one))
	}
	return p, nil
}

func unless(fine bool, complaint string) error {
	if fine {
		return nil
	}
	return errors.New(complaint)
}

const (
	usersRound  = "/users/delta?$select=userPrincipalName,displayName,givenName,surname,jobTitle,mail,userType,accountEnabled,manager"
	groupsRound = "/groups/delta?$select=displayName,description,members"
	oneUser     = "?$select=id,userPrincipalName,displayName,givenName,surname,jobTitle,mail,userType,accountEnabled&$expand=manager($select=id)"
)

func (s *source) UsersDelta(ctx context.Context, link string) (pull.Page[models.SourceUser], error) {
	if link == "" {
		link = usersRound
	}
	return page(s, ctx, link, graphUser.user)
}

func (s *source) GroupsDelta(ctx context.Context, link string) (pull.Page[models.SourceGroup], error) {
	if link == "" {
		link = groupsRound
	}
	return page(s, ctx, link, graphGroup.group)
}

func (s *source) DeletedUsers(ctx context.Context, link string) (pull.Page[models.SourceUser], error) {
	if link == "" {
		link = "/directory/deletedItems/microsoft.graph.user?$select=id&$top=50"
	}
	return page(s, ctx, link, func(u graphUser) models.SourceUser {
		return models.SourceUser{ObjectID: u.ID, Existence: models.SoftDeleted}
	})
}

func (s *source) ConfirmUsers(ctx context.Context, ids []string) (pull.Page[models.SourceUser], error) {
	p := pull.Page[models.SourceUser]{}
	for _, id := range ids {
		said := models.SourceUser{ObjectID: id, Existence: models.Gone}
		var u graphUser
		sentAt, found, err := s.ask(ctx, "/users/"+id+oneUser, &u)
		if err != nil {
			return p, err
		}
		if found {
			said = u.user()
		} else if _, found, err = s.ask(ctx, "/directory/deletedItems/"+id+"?$select=id", &u); err != nil {
			return p, err
		} else if found {
			said.Existence = models.SoftDeleted
		}
		if p.SentAt.IsZero() {
			p.SentAt = sentAt
		}
		p.Items = append(p.Items, said)
	}
	return p, nil
}

func (s *source) ConfirmGroups(ctx context.Context, ids []string) (pull.Page[models.SourceGroup], error) {
	p := pull.Page[models.SourceGroup]{}
	for _, id := range ids {
		said := models.SourceGroup{ObjectID: id, Existence: models.Gone}
		var g graphGroup
		sentAt, found, err := s.ask(ctx, "/groups/"+id+"?$select=id,displayName,description", &g)
		if err != nil {
			return p, err
		}
		if found {
			said = g.group()
		}
		if p.SentAt.IsZero() {
			p.SentAt = sentAt
		}
		p.Items = append(p.Items, said)
	}
	return p, nil
}

// graphReference is how Graph names another object.
type graphReference struct {
	Type    string `json:"@odata.type"`
	ID      string
	Removed *graphRemoval `json:"@removed"`
}

type graphRemoval struct{ Reason string }

type graphUser struct {
	ID                string
	UserPrincipalName string
	DisplayName       string
	GivenName         string
	Surname           string
	JobTitle          string
	Mail              string
	UserType          string
	AccountEnabled    *bool
	Manager           *graphReference
	ManagerDelta      []graphReference `json:"manager@delta"`
	Removed           *graphRemoval    `json:"@removed"`
}

func (u graphUser) user() models.SourceUser {
	said := models.SourceUser{ObjectID: u.ID, Existence: existence(u.Removed)}
	if said.Existence != models.Exists {
		return said
	}
	said.Enabled, said.UserName, said.Guest = u.AccountEnabled, u.UserPrincipalName, u.UserType == "Guest"
	said.Values = userValues(u.UserPrincipalName, u.DisplayName, u.GivenName, u.Surname, u.JobTitle, u.Mail, u.manager())
	return said
}

func (u graphUser) manager() string {
	if u.Manager != nil {
		return u.Manager.ID
	}
	for _, m := range slices.Backward(u.ManagerDelta) {
		if m.Removed == nil {
			return m.ID
		}
	}
	return ""
}

// userValues are a person's attributes as both the reader and the truth say them.
func userValues(upn, display, given, surname, title, mail, manager string) map[string]any {
	values := make(map[string]any)
	for path, text := range map[string]string{
		"userName": upn, "displayName": display, "name.givenName": given, "name.familyName": surname,
		"title": title, workMail: mail, models.ManagerPath: manager,
	} {
		values[path] = nil
		if text != "" {
			values[path] = text
		}
	}
	return values
}

const workMail = `emails[type eq "work"].value`

func existence(removed *graphRemoval) models.Existence {
	switch {
	case removed == nil:
		return models.Exists
	case removed.Reason == "changed":
		return models.SoftDeleted
	}
	return models.Gone
}

type graphGroup struct {
	ID           string
	DisplayName  string
	Description  string
	MembersDelta []graphReference `json:"members@delta"`
	Removed      *graphRemoval    `json:"@removed"`
}

func (g graphGroup) group() models.SourceGroup {
	said := models.SourceGroup{ObjectID: g.ID, Existence: models.Exists}
	if g.Removed != nil {
		said.Existence = models.Gone // also a soft-deleted group
		return said
	}
	said.Values = map[string]any{"displayName": g.DisplayName}
	for _, m := range g.MembersDelta {
		said.Members = append(said.Members, models.SourceMember{
			ObjectID: m.ID, Removed: m.Removed != nil, Kind: memberKinds[m.Type],
		})
	}
	return said
}

var memberKinds = map[string]models.MemberKind{
	"#microsoft.graph.user":  models.UserMember,
	"#microsoft.graph.group": models.GroupMember,
}
