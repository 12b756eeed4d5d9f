package scim

import (
	"context"
	"errors"
	"net/http"

	"scimbridge/models"
	"scimbridge/scim/schema"
)

// The actions on one resource. The inner ones (create, replace, …) serve /Bulk
// too; the outer ones read HTTP and answer it.

func (c *call) postResource(ctx context.Context) (answer, error) {
	c.did.verb = "created"
	show, err := c.projection(c.resource)
	if err != nil {
		return answer{}, err
	}
	message, err := parseObject(c.body)
	if err != nil {
		return answer{}, err
	}
	r, err := c.create(ctx, c.resource, message)
	if err != nil {
		return answer{}, err
	}
	c.did.id = r.ID
	return c.show(http.StatusCreated, c.resource, r, show), nil
}

func (c *call) create(ctx context.Context, t schema.ResourceType, message map[string]any) (Resource, error) {
	r, err := decodeResource(c.session.Schemas, t, message)
	if err != nil {
		return Resource{}, err
	}
	return c.session.Backend.Create(ctx, t, r)
}

func (c *call) getResource(ctx context.Context) (answer, error) {
	c.did.verb = "read"
	show, err := c.projection(c.resource)
	if err != nil {
		return answer{}, err
	}
	r, err := c.session.Backend.Get(ctx, c.resource, c.id, show.Want(c.session.Schemas, c.resource))
	if err != nil {
		return answer{}, missing(err, c.resource, c.id)
	}
	a := c.show(http.StatusOK, c.resource, r, show)
	if c.hasAlready(a.etag) {
		return answer{status: http.StatusNotModified, etag: a.etag}, nil // demand 163
	}
	return a, nil
}

func (c *call) putResource(ctx context.Context) (answer, error) {
	c.did.verb = "replaced"
	show, err := c.projection(c.resource)
	if err != nil {
		return answer{}, err
	}
	message, err := parseObject(c.body)
	if err != nil {
		return answer{}, err
	}
	r, err := c.replace(ctx, c.resource, c.id, message, c.condition(), show.Want(c.session.Schemas, c.resource))
	if err != nil {
		return answer{}, err
	}
	return c.show(http.StatusOK, c.resource, r, show), nil
}

func (c *call) replace(ctx context.Context, t schema.ResourceType, id string, message map[string]any, cond Condition, want Want) (Resource, error) {
	r, err := decodeResource(c.session.Schemas, t, message)
	if err != nil {
		return Resource{}, err
	}
	if active, said := r.Attributes["active"].(bool); said && !active {
		c.did.verb = "replaced, not active"
	}
	r.ID = id
	r, err = c.session.Backend.Replace(ctx, t, id, r, cond, want)
	return r, missing(err, t, id)
}

// patchResource answers a user's PATCH with the user, and a group's with nothing:
// Entra expects it so (Q19), and a group is as large as its members. Whoever asks
// for attributes gets them (demand 132).
func (c *call) patchResource(ctx context.Context) (answer, error) {
	c.did.verb = "changed"
	show, err := c.projection(c.resource)
	if err != nil {
		return answer{}, err
	}
	message, err := parseObject(c.body)
	if err != nil {
		return answer{}, err
	}
	silent := c.resource == schema.Group && show.only == nil
	var want Want
	if !silent {
		want = show.Want(c.session.Schemas, c.resource)
	}
	r, err := c.patch(ctx, c.resource, c.id, message, c.condition(), want)
	if err != nil {
		return answer{}, err
	}
	if silent {
		return answer{status: http.StatusNoContent, location: c.renderer(c.resource, show).Location(c.id), etag: c.etag(r)}, nil
	}
	return c.show(http.StatusOK, c.resource, r, show), nil
}

func (c *call) patch(ctx context.Context, t schema.ResourceType, id string, message map[string]any, cond Condition, want Want) (Resource, error) {
	p, err := parsePatch(c.session.Schemas, t, message)
	if err != nil {
		return Resource{}, err
	}
	c.did.verb = p.verb()
	r, err := c.session.Backend.Patch(ctx, t, id, p, cond, want)
	return r, missing(err, t, id)
}

func (c *call) deleteResource(ctx context.Context) (answer, error) {
	c.did.verb = "removed"
	if err := c.delete(ctx, c.resource, c.id, c.condition()); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusNoContent}, nil
}

func (c *call) delete(ctx context.Context, t schema.ResourceType, id string, cond Condition) error {
	return missing(c.session.Backend.Delete(ctx, t, id, cond), t, id)
}

// missing says what was not found.
func missing(err error, t schema.ResourceType, id string) error {
	if errors.Is(err, models.ErrNotFound) {
		return failure(http.StatusNotFound, "", "%s %s not found", t.Name, id)
	}
	return err
}

func (c *call) projection(t schema.ResourceType) (Projection, error) {
	return NewProjection(c.session.Schemas, t, c.query["attributes"], c.query["excludedattributes"])
}

// condition reads the preconditions of a write. They are optional (demand 161).
func (c *call) condition() Condition {
	if !c.features.ETag {
		return Condition{}
	}
	return Condition{Match: recordVersions(c.header.Values("If-Match")), NoneMatch: recordVersions(c.header.Values("If-None-Match"))}
}

func (c *call) renderer(t schema.ResourceType, show Projection) *Renderer {
	return NewRenderer(c.session.Schemas, t, c.session.BaseURL, show)
}

// etag is for an answer that shows nothing of the resource.
func (c *call) etag(r Resource) string {
	if !c.features.ETag {
		return ""
	}
	return version{record: r.Meta.Version}.etag()
}

func (c *call) show(status int, t schema.ResourceType, r Resource, show Projection) answer {
	if !c.features.ETag {
		r.Meta.Version = ""
	}
	x := c.renderer(t, show)
	body, v := x.render(nil, r)
	return answer{status: status, body: body, location: x.Location(r.ID), etag: v.etag()}
}
