package graphemu

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// directory is one state of a tenant. Changes to it are functions that depend on
// nothing but the directory and what they were made with, so that a lagging copy
// replays them and passes through the same states.
type directory struct {
	seq      uint64 // number of the last change
	objects  []*object
	byID     map[string]ref
	byUPN    map[string]ref // living users, in lower case
	users    []ref          // in order of creation, whatever became of them
	groups   []ref
	userLog  changelog
	groupLog changelog
}

func newDirectory() *directory {
	return &directory{byID: map[string]ref{}, byUPN: map[string]ref{}}
}

// clone copies d for a view that lags behind.
func (d *directory) clone() *directory {
	c := *d
	c.objects = make([]*object, len(d.objects))
	for i, o := range d.objects {
		o := *o
		o.members = slices.Clone(o.members)
		o.memberOf = slices.Clone(o.memberOf)
		c.objects[i] = &o
	}
	c.byID, c.byUPN = maps.Clone(d.byID), maps.Clone(d.byUPN)
	c.users, c.groups = slices.Clone(d.users), slices.Clone(d.groups)
	c.userLog, c.groupLog = slices.Clone(d.userLog), slices.Clone(d.groupLog)
	return &c
}

func (d *directory) insert(o *object) ref {
	r := ref(len(d.objects))
	o.lastEntry, o.manager = -1, noRef
	d.objects = append(d.objects, o)
	d.byID[o.id] = r
	switch o.kind {
	case TypeUser:
		d.users = append(d.users, r)
	case TypeGroup:
		d.groups = append(d.groups, r)
	}
	return r
}

// find returns an object in a state.
func (d *directory) find(id string, state lifecycle, kinds ...ObjectType) (ref, *object, error) {
	r, known := d.byID[strings.ToLower(id)]
	if !known || d.objects[r].state != state {
		return 0, nil, notFound(id)
	}
	o := d.objects[r]
	if len(kinds) > 0 && !slices.Contains(kinds, o.kind) {
		return 0, nil, notFound(id)
	}
	return r, o, nil
}

// findUser finds a living user by id or user principal name.
func (d *directory) findUser(key string) (ref, *object, error) {
	if r, known := d.byUPN[fold(key)]; known {
		return r, d.objects[r], nil
	}
	return d.find(key, living, TypeUser)
}

// log records that properties of an object changed.
func (d *directory) log(r ref, changed propertySet) {
	d.record(r, entry{changed: changed, was: noRef})
}

// logLife records that an object is no longer in a state.
func (d *directory) logLife(r ref, before lifecycle) {
	d.record(r, entry{changed: lifeChanged, was: noRef, before: before})
}

// record adds an entry to the feed of the object's kind. Devices and the like
// have none here.
func (d *directory) record(r ref, e entry) {
	o := d.objects[r]
	e.seq, e.object = d.seq, r
	switch o.kind {
	case TypeUser:
		d.userLog.record(o, e)
	case TypeGroup:
		d.groupLog.record(o, e)
	}
}

// isLiving tells whether r is somebody who is there.
func (d *directory) isLiving(r ref) bool {
	return r != noRef && d.objects[r].state == living
}

// A mutation is one change of a directory. It checks everything before it writes
// anything: a refused one leaves no trace.
type mutation func(d *directory, at time.Time) error

func (d *directory) apply(m mutation, at time.Time) error {
	d.seq++
	err := m(d, at)
	if err != nil {
		d.seq--
	}
	return err
}

// fold is how Graph compares names: without case.
func fold(s string) string { return strings.ToLower(s) }
