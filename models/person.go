package models

import (
	"maps"
	"slices"
	"strings"
)

// Names are the texts by which a person can be told in what is said of others: of every
// path's words, and of what shows. Short ones are left out; they would tell half the
// directory.
func (u *User) Names() []string {
	names := make(map[string]bool)
	note := func(path string, value any) {
		if text, is := value.(string); is && len(text) >= shortestName && namesSomebody(path) {
			names[text] = true
		}
	}
	for _, leaf := range Flatten(u.Attributes) {
		note(leaf.Path, leaf.Value)
	}
	for _, words := range []Words{u.PushWords, u.PullWords, u.AdminWords} {
		for path, word := range words {
			note(path, word.Value)
		}
	}
	for path, value := range u.HeldValues {
		note(path, value)
	}
	note("userName", u.UserName)
	note("displayName", u.DisplayName)
	return slices.Sorted(maps.Keys(names))
}

const shortestName = 4

// namesSomebody tells whether the value of an attribute names somebody by itself.
func namesSomebody(path string) bool {
	switch path {
	case "userName", "displayName", "name.formatted", "externalId":
		return true
	}
	return strings.HasPrefix(path, "emails[") || strings.HasPrefix(path, "phoneNumbers[")
}
