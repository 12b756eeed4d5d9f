package scim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"scimbridge/models"
	"scimbridge/scim"
	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
)

// memory is a Backend that keeps everything in a slice, with the semantics that a
// client can see. IDs and times count up, so that golden files keep theirs.
type memory struct {
	mu      sync.Mutex
	schemas *schema.Registry
	next    int
	clock   time.Time
	kept    []*record
	sawWant []scim.Want // of each read and write, for tests of what is not read
}

type record struct {
	of       schema.ResourceType
	resource scim.Resource
	version  int
}

func newMemory() *memory {
	return &memory{schemas: standard, clock: time.Date(2026, 9, 1, 8, 15, 30, 0, time.UTC)}
}

// tick is the time of a change.
func (m *memory) tick() time.Time {
	m.clock = m.clock.Add(time.Second)
	return m.clock
}

func (m *memory) find(t schema.ResourceType, id string) (*record, error) {
	for _, r := range m.kept {
		if r.of == t && r.resource.ID == id {
			return r, nil
		}
	}
	return nil, models.ErrNotFound
}

func (m *memory) unique(t schema.ResourceType, id string, attributes map[string]any) error {
	name := "userName"
	if t == schema.Group {
		name = "displayName"
	}
	value, _ := attributes[name].(string)
	for _, r := range m.kept {
		other, _ := r.resource.Attributes[name].(string)
		if r.of == t && r.resource.ID != id && filter.Fold(other) == filter.Fold(value) {
			return &models.ConflictError{Attribute: name, Value: value}
		}
	}
	return nil
}

func (m *memory) Create(_ context.Context, t schema.ResourceType, r scim.Resource) (scim.Resource, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.unique(t, "", r.Attributes); err != nil {
		return scim.Resource{}, err
	}
	m.next++
	r.ID = fmt.Sprintf("%08d-0000-4000-8000-000000000000", m.next)
	now := m.tick()
	r.Meta = scim.Meta{Created: now, LastModified: now}
	kept := &record{of: t, resource: r, version: 1}
	m.kept = append(m.kept, kept)
	return m.show(kept, scim.Want{Members: true, Groups: true}), nil
}

func (m *memory) show(r *record, want scim.Want) scim.Resource {
	m.sawWant = append(m.sawWant, want)
	out := r.resource
	out.Meta.Version = strconv.Itoa(r.version)
	out.Members = nil
	if want.Members {
		for _, e := range r.resource.Members {
			for _, of := range []schema.ResourceType{schema.User, schema.Group} {
				if other, err := m.find(of, e.Value); err == nil {
					e.Type = of.Name
					e.Display, _ = other.resource.Attributes["displayName"].(string)
				}
			}
			out.Members = append(out.Members, e)
		}
	}
	if want.Groups {
		for _, g := range m.kept {
			if g.of == schema.Group && slices.ContainsFunc(g.resource.Members, func(e scim.Member) bool { return e.Value == out.ID }) {
				name, _ := g.resource.Attributes["displayName"].(string)
				out.Groups = append(out.Groups, scim.GroupOf{Value: g.resource.ID, Display: name, Type: "direct"})
			}
		}
	}
	return out
}

func (m *memory) Get(_ context.Context, t schema.ResourceType, id string, want scim.Want) (scim.Resource, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.find(t, id)
	if err != nil {
		return scim.Resource{}, err
	}
	return m.show(r, want), nil
}

// whole is a resource as a filter sees it.
func (m *memory) whole(r *record) map[string]any {
	text := scim.NewRenderer(m.schemas, r.of, "", scim.Projection{}).Append(nil, m.show(r, scim.Want{Members: true, Groups: true}))
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var out map[string]any
	if err := d.Decode(&out); err != nil {
		panic(err)
	}
	return out
}

func (m *memory) List(_ context.Context, t schema.ResourceType, q scim.Query) (scim.Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []*record
	for _, r := range m.kept {
		if r.of == t && (q.Filter == nil || filter.Match(q.Filter, m.schemas.View(t), m.whole(r))) {
			found = append(found, r)
		}
	}
	m.sort(found, q)
	page := scim.Page{Total: len(found)}
	start := q.StartIndex - 1
	if q.ByCursor {
		start = 0
		if q.Cursor != "" {
			n, err := strconv.Atoi(q.Cursor)
			if err != nil {
				return page, &models.InvalidError{Attribute: "cursor", Reason: "is not one that this list gave"}
			}
			start = n
		}
	}
	for i := start; i < len(found) && i < start+q.Count; i++ {
		page.Resources = append(page.Resources, m.show(found[i], q.Want))
	}
	if end := start + q.Count; q.ByCursor && end < len(found) {
		page.NextCursor = strconv.Itoa(end)
	}
	return page, nil
}

func (m *memory) sort(found []*record, q scim.Query) {
	if q.SortBy == nil {
		return
	}
	key := func(r *record) string {
		v := m.whole(r)[q.SortBy.Name]
		if object, ok := v.(map[string]any); ok {
			v = object[q.SortBy.Sub]
		}
		s, _ := v.(string)
		return filter.Fold(s)
	}
	slices.SortStableFunc(found, func(a, b *record) int {
		if q.Descending {
			a, b = b, a
		}
		return strings.Compare(key(a), key(b))
	})
}

func (m *memory) check(r *record, c scim.Condition) error {
	v := strconv.Itoa(r.version)
	if len(c.Match) > 0 && !slices.Contains(c.Match, v) && !slices.Contains(c.Match, "*") ||
		slices.Contains(c.NoneMatch, v) || slices.Contains(c.NoneMatch, "*") {
		return models.ErrPrecondition
	}
	return nil
}

// write is what PUT and PATCH share.
func (m *memory) write(t schema.ResourceType, id string, c scim.Condition, want scim.Want, change func(*scim.Resource) error) (scim.Resource, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.find(t, id)
	if err != nil {
		return scim.Resource{}, err
	}
	if err := m.check(r, c); err != nil {
		return scim.Resource{}, err
	}
	next := r.resource
	next.Members = slices.Clone(next.Members)
	if err := change(&next); err != nil {
		return scim.Resource{}, err
	}
	if err := m.unique(t, id, next.Attributes); err != nil {
		return scim.Resource{}, err
	}
	before, _ := json.Marshal([]any{r.resource.Attributes, r.resource.Members})
	after, _ := json.Marshal([]any{next.Attributes, next.Members})
	if string(before) != string(after) {
		r.resource, r.version = next, r.version+1
		r.resource.Meta.LastModified = m.tick()
	}
	return m.show(r, want), nil
}

func (m *memory) Replace(_ context.Context, t schema.ResourceType, id string, r scim.Resource, c scim.Condition, want scim.Want) (scim.Resource, error) {
	return m.write(t, id, c, want, func(kept *scim.Resource) error {
		if err := scim.CheckImmutable(m.schemas, t, kept.Attributes, r.Attributes); err != nil {
			return err
		}
		kept.Attributes, kept.Members = r.Attributes, r.Members
		return nil
	})
}

func (m *memory) Patch(_ context.Context, t schema.ResourceType, id string, p scim.Patch, c scim.Condition, want scim.Want) (scim.Resource, error) {
	return m.write(t, id, c, want, func(kept *scim.Resource) error {
		patched, err := p.Apply(kept.Attributes)
		if err != nil {
			return err
		}
		kept.Attributes = patched.Attributes
		for _, change := range p.MemberChanges() {
			kept.Members = changeMembers(kept.Members, change)
		}
		return nil
	})
}

func changeMembers(have []scim.Member, c scim.MemberChange) []scim.Member {
	if c.Op == scim.ReplaceMembers || c.Op == scim.RemoveAllMembers {
		have = nil
	}
	for _, m := range c.Members {
		have = slices.DeleteFunc(have, func(e scim.Member) bool { return e.Value == m.Value })
		if c.Op != scim.RemoveMembers {
			have = append(have, m)
		}
	}
	return have
}

func (m *memory) Delete(_ context.Context, t schema.ResourceType, id string, c scim.Condition) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.find(t, id)
	if err != nil {
		return err
	}
	if err := m.check(r, c); err != nil {
		return err
	}
	m.kept = slices.DeleteFunc(m.kept, func(other *record) bool { return other == r })
	for _, g := range m.kept {
		g.resource.Members = changeMembers(g.resource.Members, scim.MemberChange{Op: scim.RemoveMembers, Members: []scim.Member{{Value: id}}})
	}
	return nil
}
