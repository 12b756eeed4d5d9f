package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// tenancy is a directory of the bridge, and a token to write to it.
type tenancy struct {
	process *process
	id      string
	base    *url.URL
	token   string
}

// newTenancy makes a directory, by those shapes of the admin API that are pinned.
func (p *process) newTenancy(ctx context.Context) (tenancy, error) {
	t := tenancy{process: p}
	var made struct{ ID, ScimBaseURL string }
	if err := p.admin(ctx, http.MethodPost, "/directories", `{"name":"Bench"}`, &made); err != nil {
		return t, err
	}
	var err error
	if t.id = made.ID; t.id == "" {
		return t, fmt.Errorf("a new directory has no id")
	}
	if t.base, err = url.Parse(made.ScimBaseURL); err != nil {
		return t, err
	}
	var issued struct{ Token string }
	err = t.admin(ctx, http.MethodPost, "/scim-tokens", `{"name":"Bench","access":"write"}`, &issued)
	t.token = issued.Token
	return t, err
}

// withTenancy measures with one directory of a bridge of its own, in a new database; roots
// is the file of what the bridge is to trust.
func (b *bench) withTenancy(ctx context.Context, roots string, measure func(database, tenancy) error) (err error) {
	d, err := b.cluster.newDatabase(ctx)
	if err != nil {
		return err
	}
	defer d.drop(ctx)
	p, err := b.startBridge(ctx, d.url, roots)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	t, err := p.newTenancy(ctx)
	if err != nil {
		return err
	}
	return measure(d, t)
}

// admin asks the admin API about this directory.
func (t tenancy) admin(ctx context.Context, method, path, body string, answer any) error {
	return t.process.admin(ctx, method, "/directories/"+t.id+path, body, answer)
}

// on is the same directory at another bridge on its database.
func (t tenancy) on(p *process) tenancy {
	base := *t.base
	base.Host = p.address
	t.process, t.base = p, &base
	return t
}

// admin asks the admin API, and decodes its answer.
func (p *process) admin(ctx context.Context, method, path, body string, answer any) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+p.address+"/api/v1"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s answered %s: %s", method, path, response.Status, text)
	}
	return json.Unmarshal(text, answer)
}
