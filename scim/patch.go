package scim

import (
	"net/http"
	"slices"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"scimbridge/scim/schema"
)

const (
	patchURN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	// maxPatchOperations is beyond what clients send: Entra writes one operation
	// for each attribute, and many members into one.
	maxPatchOperations = 2000
)

// Patch is a PATCH request (RFC 7644 section 3.5.2), parsed and checked against
// the schema, in the client's order. What it means does not depend on who sent
// it: the shapes of all clients are taken side by side (fact sheet, section 5).
type Patch struct {
	registry *schema.Registry
	resource schema.ResourceType
	steps    []step
	members  []MemberChange
}

// MemberChanges are the operations on members, in the client's order; Apply does
// not make them.
func (p Patch) MemberChanges() []MemberChange { return p.members }

// ParsePatch reads the body of a PATCH request. Every operation is understood
// whole or the request is refused: a 2xx for an operation that had no effect
// would leave, for one, a user active whom the client believes disabled (Q29).
func ParsePatch(r *schema.Registry, t schema.ResourceType, body []byte) (Patch, error) {
	message, err := parseObject(body)
	if err != nil {
		return Patch{}, err
	}
	return parsePatch(r, t, message)
}

func parsePatch(r *schema.Registry, t schema.ResourceType, message map[string]any) (Patch, error) {
	operations, err := patchOperations(message)
	if err != nil {
		return Patch{}, err
	}
	p := patchParser{patch: Patch{registry: r, resource: t}}
	for i, o := range operations {
		p.number = i + 1
		if err := p.operation(o); err != nil {
			return Patch{}, err
		}
	}
	return p.patch, nil
}

// patchOperations opens the envelope (demand 125).
func patchOperations(message map[string]any) ([]any, error) {
	if schemas, ok := member(message, "schemas").([]any); ok && len(schemas) > 0 && !containsFold(schemas, patchURN) {
		return nil, syntaxError("schemas must name %s", patchURN)
	}
	var operations []any
	switch o := member(message, "Operations").(type) {
	case []any:
		operations = o
	case map[string]any:
		operations = []any{o} // one value where an array belongs
	case nil:
		return nil, syntaxError("Operations is missing; a PATCH needs one operation or more")
	default:
		return nil, syntaxError("Operations must be an array")
	}
	if len(operations) == 0 {
		return nil, syntaxError("Operations is empty; a PATCH needs one operation or more")
	}
	if len(operations) > maxPatchOperations {
		return nil, failure(http.StatusRequestEntityTooLarge, "",
			"%d operations are more than the %d that one PATCH may hold; send several requests", len(operations), maxPatchOperations)
	}
	return operations, nil
}

// member finds a member of a message by name in any case (Q21), nil if there is
// none. The exact spelling wins.
func member(object map[string]any, name string) any {
	v, _ := lookupMember(object, name)
	return v
}

func lookupMember(object map[string]any, name string) (any, bool) {
	if v, ok := object[name]; ok {
		return v, true
	}
	for key, v := range object {
		if strings.EqualFold(key, name) {
			return v, true
		}
	}
	return nil, false
}

func containsFold(list []any, want string) bool {
	return slices.ContainsFunc(list, func(v any) bool {
		s, ok := v.(string)
		return ok && strings.EqualFold(s, want)
	})
}

// operation is what a PATCH operation does.
type operation string

const (
	add     operation = "add"
	remove  operation = "remove"
	replace operation = "replace"
)

// patchParser turns operations into steps.
type patchParser struct {
	patch  Patch
	number int    // of the operation, from 1
	path   string // what the operation, or the key in its value, addresses
}

// fail says which operation is wrong.
func (p *patchParser) fail(t scimerrors.ScimType, format string, args ...any) error {
	e := failure(http.StatusBadRequest, t, format, args...)
	e.Detail = p.where() + ": " + e.Detail
	return e
}

func (p *patchParser) where() string { return where(p.number, p.path) }

// operation reads one of the Operations. Members of it that nobody knows, such as
// "name", are ignored (fact sheet 3.2).
func (p *patchParser) operation(raw any) error {
	p.path = ""
	fields, ok := raw.(map[string]any)
	if !ok {
		return p.fail(scimerrors.ScimTypeInvalidSyntax, "an operation must be an object")
	}
	name, ok := member(fields, "op").(string)
	if !ok {
		return p.fail(scimerrors.ScimTypeInvalidSyntax, `"op" is missing; use add, remove or replace`)
	}
	op := operation(strings.ToLower(strings.TrimSpace(name))) // Q2
	if op != add && op != remove && op != replace {
		return p.fail(scimerrors.ScimTypeInvalidSyntax, "unknown op %q; use add, remove or replace", name)
	}
	switch path := member(fields, "path").(type) {
	case nil:
	case string:
		p.path = strings.TrimSpace(path)
	default:
		return p.fail(scimerrors.ScimTypeInvalidPath, "path must be a string")
	}
	value, given := lookupMember(fields, "value")
	if op != remove && !given {
		return p.fail(scimerrors.ScimTypeInvalidValue, `"value" is missing; use null to clear an attribute`) // demand 134
	}
	if p.path == "" {
		return p.whole(op, value)
	}
	target, err := p.target(p.path)
	if err != nil {
		return err
	}
	return p.change(op, target, value, given)
}

// whole is an operation without a path, on the resource itself.
func (p *patchParser) whole(op operation, value any) error {
	if op == remove {
		return p.fail(scimerrors.ScimTypeNoTarget, "remove needs a path") // demand 138
	}
	attributes, ok := value.(map[string]any)
	if !ok {
		return p.fail(scimerrors.ScimTypeInvalidValue, "without a path, value must be an object of attributes")
	}
	return p.each(op, attributes, "")
}

// each treats the keys of an object as paths (Q4, Q5), in a stable order. Of the
// keys, those that are read-only (Okta sends id with every rename) or unknown are
// passed over, as long as one is left.
func (p *patchParser) each(op operation, attributes map[string]any, prefix string) error {
	around := p.path
	defer func() { p.path = around }()
	keys := make([]string, 0, len(attributes))
	for key := range attributes {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	understood := 0
	var first error
	for _, key := range keys {
		p.path = prefix + key
		target, err := p.target(p.path)
		if err == nil {
			err = p.writable(target)
		}
		if err != nil {
			if strings.Contains(key, "[") {
				return err // not a stray key, but a path
			}
			if first == nil {
				first = err
			}
			continue
		}
		understood++
		if err := p.change(op, target, attributes[key], true); err != nil {
			return err
		}
	}
	if understood > 0 {
		return nil
	}
	if first == nil {
		p.path = around
		return p.fail(scimerrors.ScimTypeInvalidValue, "value names no attribute")
	}
	return first
}
