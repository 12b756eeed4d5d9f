// Package reconcile decides. It keeps the rule by which the words of the paths, push
// and pull, become one truth (docs/design.md, section 3):
//
//   - hear: a path's word is recorded in a record's Standing (word.go, edge.go);
//   - match: which record a path speaks of (match.go);
//   - merge: what the record is, from its words alone (merge.go, edge.go);
//   - plan: what must change for one batch of records (plan.go);
//   - apply: the only writer of users, groups and memberships (apply.go).
//
// All but apply are pure functions: same input, same answer, same order. There is no
// clock, no database and no log in here; times are handed in, and apply writes
// through the small interface Tx, which package store implements.
package reconcile
