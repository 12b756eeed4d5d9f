// Package models holds the one model of the bridge in SCIM's terms: directories,
// users, groups, memberships, what each path last said of them, the runs of the
// pull, and the errors that every room understands.
//
// It decides nothing (package reconcile does) and reads or writes nothing
// (package store does). GORM appears as struct tags only.
package models
