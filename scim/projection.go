package scim

import (
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"scimbridge/scim/schema"
)

// Projection is what of a resource an answer shows (RFC 7644 section 3.9). The
// zero value shows the default set.
type Projection struct {
	only   map[*schema.Attribute]subs // attributes=…; nil: not asked
	except map[*schema.Attribute]subs // excludedAttributes=…
}

// subs are sub-attributes; nil stands for the whole attribute.
type subs map[*schema.Attribute]bool

// NewProjection reads the names in attributes and excludedAttributes. Names that a
// type does not know select nothing, so that one list serves several types.
func NewProjection(r *schema.Registry, t schema.ResourceType, attributes, excluded []string) (Projection, error) {
	attributes, excluded = names(attributes), names(excluded)
	if len(attributes) > 0 && len(excluded) > 0 {
		return Projection{}, badRequest(scimerrors.ScimTypeInvalidValue,
			"attributes and excludedAttributes exclude each other; send one of them") // demand 75
	}
	var p Projection
	if len(attributes) > 0 {
		p.only = selectAttributes(r, t, attributes)
	}
	if len(excluded) > 0 {
		p.except = selectAttributes(r, t, excluded)
	}
	return p, nil
}

// names splits lists at commas and leaves out what is empty.
func names(lists []string) []string {
	var out []string
	for _, l := range lists {
		for _, n := range strings.Split(l, ",") {
			if n = strings.TrimSpace(n); n != "" {
				out = append(out, n)
			}
		}
	}
	return out
}

func selectAttributes(r *schema.Registry, t schema.ResourceType, names []string) map[*schema.Attribute]subs {
	out := map[*schema.Attribute]subs{}
	for _, n := range names {
		ref, ok := r.Lookup(t, n)
		if !ok {
			continue
		}
		if ref.Attribute == nil { // a schema's URN alone
			s, _ := r.Schema(n)
			for _, a := range s.Attributes {
				out[a] = nil
			}
			continue
		}
		chosen, seen := out[ref.Attribute]
		switch {
		case ref.Sub == nil:
			out[ref.Attribute] = nil
		case !seen:
			out[ref.Attribute] = subs{ref.Sub: true}
		case chosen != nil:
			chosen[ref.Sub] = true
		}
	}
	return out
}

// Shows tells whether an attribute is part of the answer (demands 52, 72 and 74).
func (p Projection) Shows(a *schema.Attribute) bool {
	switch a.Returned {
	case schema.Always:
		return true
	case schema.Never:
		return false
	}
	if p.only != nil {
		_, ok := p.only[a]
		return ok
	}
	chosen, ok := p.except[a]
	return a.Returned != schema.OnRequest && (!ok || chosen != nil)
}

// showsSub is Shows for a sub-attribute of an attribute that is shown.
func (p Projection) showsSub(a, sub *schema.Attribute) bool {
	switch sub.Returned {
	case schema.Always:
		return true
	case schema.Never:
		return false
	}
	if chosen := p.only[a]; chosen != nil {
		return chosen[sub]
	}
	return sub.Returned != schema.OnRequest && !p.except[a][sub]
}

// Want is what the backend must read for this projection.
func (p Projection) Want(r *schema.Registry, t schema.ResourceType) Want {
	var w Want
	if a, ok := r.Core(t).Attribute("members"); ok {
		w.Members = p.Shows(a)
	}
	if a, ok := r.Core(t).Attribute("groups"); ok {
		w.Groups = p.Shows(a)
	}
	return w
}
