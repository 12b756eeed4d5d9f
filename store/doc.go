// Package store holds every query, and is the only room that knows GORM. It speaks
// PostgreSQL and SQLite with the same methods and the same answers.
//
// It may find candidates with SQL; it never decides (package reconcile does). Users,
// groups and memberships are written by apply.go alone, which implements
// reconcile.Tx. Every query begins with its directory.
package store
