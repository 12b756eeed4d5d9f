package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"scimbridge/models"
)

// maxExtensions bounds what is read with a directory on each request.
const maxExtensions = 10

func (a *api) ListExtensions(ctx context.Context, r ListExtensionsRequestObject) (ListExtensionsResponseObject, error) {
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	list := ListExtensions200JSONResponse{Items: []Extension{}}
	for _, e := range d.Settings.Extensions {
		list.Items = append(list.Items, showExtension(e))
	}
	return list, nil
}

func (a *api) SetExtension(ctx context.Context, r SetExtensionRequestObject) (SetExtensionResponseObject, error) {
	after, err := readExtension(r.Urn, *r.Body)
	if err != nil {
		return nil, err
	}
	var before *models.Extension
	_, err = a.Store.UpdateDirectory(ctx, r.Directory, func(d *models.Directory) error {
		if !matches(r.Params.IfMatch, etag(*d)) {
			return models.ErrPrecondition
		}
		extensions := slices.Clone(d.Settings.Extensions)
		if i := extensionAt(extensions, r.Urn); i >= 0 {
			before, extensions[i] = &d.Settings.Extensions[i], after
		} else {
			extensions = append(extensions, after)
		}
		if len(extensions) > maxExtensions {
			return &models.InvalidError{Attribute: "urn", Reason: fmt.Sprintf("would be the directory's extension number %d; it can have %d", len(extensions), maxExtensions)}
		}
		d.Settings.Extensions = extensions
		return inDefinition(a.CheckExtensions(extensions))
	}, told(ctx, a, "extension.set", func(d models.Directory) act {
		return act{directory: d.ID, target: after.URN, before: before, after: after}
	}))
	if err != nil {
		return nil, err
	}
	return SetExtension200JSONResponse(showExtension(after)), nil
}

func (a *api) DeleteExtension(ctx context.Context, r DeleteExtensionRequestObject) (DeleteExtensionResponseObject, error) {
	var before models.Extension
	_, err := a.Store.UpdateDirectory(ctx, r.Directory, func(d *models.Directory) error {
		if !matches(r.Params.IfMatch, etag(*d)) {
			return models.ErrPrecondition
		}
		i := extensionAt(d.Settings.Extensions, r.Urn)
		if i < 0 {
			return models.ErrNotFound
		}
		before = d.Settings.Extensions[i]
		d.Settings.Extensions = slices.Delete(slices.Clone(d.Settings.Extensions), i, i+1)
		return nil
	}, told(ctx, a, "extension.deleted", func(d models.Directory) act {
		return act{directory: d.ID, target: before.URN, before: before}
	}))
	if err != nil {
		return nil, err
	}
	return DeleteExtension204Response{}, nil
}

// extensionAt is the place of an extension, or -1; URNs are equal in any case (RFC 8141
// section 3 leaves that open past the namespace; SCIM clients vary it).
func extensionAt(extensions []models.Extension, urn string) int {
	return slices.IndexFunc(extensions, func(e models.Extension) bool { return strings.EqualFold(e.URN, urn) })
}

func readExtension(urn string, u ExtensionUpdate) (models.Extension, error) {
	var schema struct {
		ID any `json:"id"`
	}
	if err := json.Unmarshal(u.Definition, &schema); err != nil {
		return models.Extension{}, err
	}
	id, _ := schema.ID.(string)
	if !strings.EqualFold(id, urn) {
		return models.Extension{}, &models.InvalidError{Attribute: "definition.id", Reason: "must be the URN of the path"}
	}
	return models.Extension{URN: id, ResourceType: string(u.ResourceType), Definition: u.Definition}, nil
}

func showExtension(e models.Extension) Extension {
	return Extension{Urn: e.URN, ResourceType: ExtendedType(e.ResourceType), Definition: e.Definition}
}

// inDefinition names the field of the request that a complaint is about.
func inDefinition(err error) error {
	if wrong, ok := err.(*models.InvalidError); ok {
		field := "definition." + wrong.Attribute
		if wrong.Attribute == "definition" {
			field = wrong.Attribute
		}
		return &models.InvalidError{Attribute: field, Reason: wrong.Reason}
	}
	return err
}
