package scim

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// Discovery (RFC 7644 section 4), from the same definitions that everything else
// goes by. Only what is there is announced.

func (c *call) schemas(context.Context) (answer, error) {
	if err := c.refuseFilter(); err != nil {
		return answer{}, err
	}
	if c.id != "" {
		s, ok := c.session.Schemas.Schema(c.id)
		if !ok {
			return answer{}, failure(http.StatusNotFound, "", "Schema %s not found", c.id)
		}
		return one(s.Representation(c.session.BaseURL))
	}
	var all []any
	for _, s := range c.session.Schemas.Schemas() {
		all = append(all, s.Representation(c.session.BaseURL))
	}
	return many(all)
}

func (c *call) resourceTypes(context.Context) (answer, error) {
	if err := c.refuseFilter(); err != nil {
		return answer{}, err
	}
	var all []any
	for _, t := range c.session.Schemas.Types() {
		r := c.session.Schemas.Representation(t, c.session.BaseURL)
		if strings.EqualFold(c.id, t.Name) {
			return one(r)
		}
		all = append(all, r)
	}
	if c.id != "" {
		return answer{}, failure(http.StatusNotFound, "", "ResourceType %s not found", c.id)
	}
	return many(all)
}

// refuseFilter keeps a client from believing that the list was filtered (demand
// 27); the other parameters of a query are ignored (demand 26).
func (c *call) refuseFilter() error {
	if _, ok := c.query["filter"]; ok {
		return failure(http.StatusForbidden, "", "Discovery endpoints cannot be filtered")
	}
	return nil
}

type supported struct {
	Supported bool `json:"supported"`
}

// config is ServiceProviderConfig (RFC 7643 section 5, RFC 9865 section 4). It is
// readable without a token, so that a client can learn how to get one (demand 23).
func (c *call) config(context.Context) (answer, error) {
	type bulk struct {
		Supported      bool  `json:"supported"`
		MaxOperations  int   `json:"maxOperations"`
		MaxPayloadSize int64 `json:"maxPayloadSize"`
	}
	type filtering struct {
		Supported  bool `json:"supported"`
		MaxResults int  `json:"maxResults"`
	}
	type pagination struct {
		Cursor        bool   `json:"cursor"`
		Index         bool   `json:"index"`
		DefaultMethod string `json:"defaultPaginationMethod"`
		DefaultSize   int    `json:"defaultPageSize"`
		MaxSize       int    `json:"maxPageSize"`
		Timeout       int    `json:"cursorTimeout,omitempty"` // seconds
	}
	type scheme struct {
		Type        string `json:"type"`
		Name        string `json:"name"`
		Description string `json:"description"`
		SpecURI     string `json:"specUri"`
		Primary     bool   `json:"primary"`
	}
	type meta struct {
		ResourceType string `json:"resourceType"`
		Location     string `json:"location,omitempty"`
	}
	m := meta{ResourceType: "ServiceProviderConfig"}
	if c.session != nil {
		m.Location = c.session.BaseURL + "/ServiceProviderConfig"
	}
	return one(struct {
		Schemas        []string   `json:"schemas"`
		Patch          supported  `json:"patch"`
		Bulk           bulk       `json:"bulk"`
		Filter         filtering  `json:"filter"`
		ChangePassword supported  `json:"changePassword"`
		Sort           supported  `json:"sort"`
		ETag           supported  `json:"etag"`
		Pagination     pagination `json:"pagination"`
		Schemes        []scheme   `json:"authenticationSchemes"`
		Meta           meta       `json:"meta"`
	}{
		Schemas:    []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
		Patch:      supported{true},
		Bulk:       bulk{c.features.Bulk, c.limits.BulkOperations, c.limits.BulkPayload},
		Filter:     filtering{true, c.limits.MaxPage},
		Sort:       supported{c.features.Sort},
		ETag:       supported{c.features.ETag},
		Pagination: pagination{c.features.Cursor, true, "index", c.limits.DefaultPage, c.limits.MaxPage, c.cursorTimeout()},
		Schemes: []scheme{{"oauthbearertoken", "OAuth Bearer Token",
			"A bearer token of this directory in the Authorization header", "https://www.rfc-editor.org/info/rfc6750", true}},
		Meta: m,
	})
}

func (c *call) cursorTimeout() int {
	if !c.features.Cursor {
		return 0
	}
	return int(CursorLife.Seconds())
}

func one(item any) (answer, error) {
	body, err := marshal(item)
	return answer{status: http.StatusOK, body: body}, err
}

func many(items []any) (answer, error) {
	body, err := encodeList(items)
	return answer{status: http.StatusOK, body: body}, err
}

// marshal is encoding/json without its escapes for HTML, which no client needs.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
