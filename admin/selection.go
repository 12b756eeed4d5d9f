package admin

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"scimbridge/models"
)

func readSelection(u SelectionUpdate) (models.Selection, error) {
	users, usersErr := readChosen("attributes.users", u.Users, models.UserAttributes, models.NeededUserAttributes)
	groups, groupsErr := readChosen("attributes.groups", u.Groups, models.GroupAttributes, models.NeededGroupAttributes)
	return models.Selection{Users: users, Groups: groups}, cmp.Or(usersErr, groupsErr)
}

// readChosen answers nil for all there are, so that an attribute that a later version
// adds is taken by those who take all.
func readChosen(field string, given *AttributeNames, optional, needed []string) (models.Chosen, error) {
	if given == nil {
		return nil, nil
	}
	chosen := models.Chosen{}
	for i, name := range *given {
		switch {
		case slices.Contains(needed, name):
			return nil, &models.InvalidError{
				Attribute: fmt.Sprintf("%s[%d]", field, i),
				Reason:    fmt.Sprintf("%s is read always, since the bridge cannot work without it; leave it out of the list", name),
			}
		case !slices.Contains(optional, name):
			return nil, &models.InvalidError{
				Attribute: fmt.Sprintf("%s[%d]", field, i),
				Reason:    fmt.Sprintf("must be one of %s", strings.Join(optional, ", ")),
			}
		case !slices.Contains(chosen, name):
			chosen = append(chosen, name)
		}
	}
	if len(chosen) == len(optional) {
		return nil, nil
	}
	return chosen, nil
}

// checkSelection refuses to leave out what other settings need.
func checkSelection(s models.Settings) error {
	for _, need := range []struct {
		attribute, reason string
		is                bool
	}{
		{"mail", "mail is missing, by which this directory matches people: set userNameFrom to userPrincipalName first", s.UserNameFrom == "mail"},
		{"userType", "userType is missing, by which guests are left out of the scope: take guests into the scope first", s.Scope.Guests == models.Exclude},
	} {
		if need.is && !s.Attributes.Users.Has(need.attribute) {
			return &models.InvalidError{Attribute: "attributes.users", Reason: need.reason}
		}
	}
	return nil
}

func showSelection(s models.Selection) Selection {
	return Selection{Users: showChosen(s.Users, models.UserAttributes), Groups: showChosen(s.Groups, models.GroupAttributes)}
}

func showChosen(chosen models.Chosen, all []string) AttributeNames {
	if chosen == nil {
		return all
	}
	return AttributeNames(chosen)
}
