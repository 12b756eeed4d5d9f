package graph

import "scimbridge/models"

const (
	entraGroup = "urn:scimbridge:params:scim:schemas:extension:entra:2.0:Group:"

	pathDescription = entraGroup + "description"
	pathGroupMail   = entraGroup + "mail"
	pathKind        = entraGroup + "kind"
	pathDynamic     = entraGroup + "dynamic"
)

// The kinds of section 1.3. Dynamic is a property of the first two, not a kind.
const (
	kindSecurity            = "security"
	kindMicrosoft365        = "microsoft365"
	kindMailEnabledSecurity = "mail-enabled-security"
	kindDistribution        = "distribution"
)

// graphGroup is one entry of a groups page, or a group read by id. A large group
// comes several times, each time with the next slice of its members (section 2.4).
type graphGroup struct {
	id                string
	removed           removal
	whole             bool // false where only the id and members came
	display           string
	description       string
	mail              string
	isMailEnabled     bool
	isSecurityEnabled bool
	isUnified         bool
	isDynamic         bool
	members           []models.SourceMember
}

func scanGroup(s *scanner) (graphGroup, error) {
	var g graphGroup
	err := s.object(func(name []byte) error { return g.scan(s, name) })
	if err == nil && g.id == "" {
		err = errNoID
	}
	return g, err
}

func (g *graphGroup) scan(s *scanner, name []byte) (err error) {
	switch string(name) {
	case "id":
		g.id, err = s.objectID()
	case "displayName":
		g.whole = true
		g.display, err = s.text()
	case "description":
		g.description, err = s.text()
	case "mail":
		g.mail, err = s.text()
	case "mailEnabled":
		g.isMailEnabled, err = s.isTrue()
	case "securityEnabled":
		g.isSecurityEnabled, err = s.isTrue()
	case "groupTypes":
		err = g.scanTypes(s)
	case "members@delta":
		err = g.scanMembers(s)
	case "@removed":
		g.removed, err = s.removed()
	default:
		err = s.skip()
	}
	return err
}

func (g *graphGroup) scanTypes(s *scanner) error {
	return s.array(func() error {
		text, err := s.bytes()
		switch string(text) {
		case "Unified":
			g.isUnified = true
		case "DynamicMembership":
			g.isDynamic = true
		}
		return err
	})
}

func (g *graphGroup) scanMembers(s *scanner) error {
	return s.array(func() error {
		member, err := s.sourceMember()
		g.members = append(g.members, member)
		return err
	})
}

// sourceMember reads an entry of a list of members.
func (s *scanner) sourceMember() (models.SourceMember, error) {
	member, err := s.reference()
	if err == nil && member.id == "" {
		err = errNoID
	}
	return models.SourceMember{ObjectID: member.id, Kind: member.kind, Removed: member.removed}, err
}

func (s *scanner) isTrue() (bool, error) {
	flag, err := s.flag()
	return flag != nil && *flag, err
}

func (g *graphGroup) kind() any {
	switch {
	case g.isUnified:
		return kindMicrosoft365
	case g.isSecurityEnabled && g.isMailEnabled:
		return kindMailEnabledSecurity
	case g.isSecurityEnabled:
		return kindSecurity
	case g.isMailEnabled:
		return kindDistribution
	}
	return nil
}

// group maps one entry. A soft-deleted group is gone: its members lose it at once
// (design, section 3).
func (m mapping) group(g graphGroup) models.SourceGroup {
	if g.removed != notRemoved {
		return models.SourceGroup{ObjectID: g.id, Existence: models.Gone}
	}
	group := models.SourceGroup{ObjectID: g.id, Existence: models.Exists, Members: g.members}
	if g.whole {
		group.Values = g.values()
	}
	for _, path := range m.selection.omittedGroups {
		delete(group.Values, path)
	}
	return group
}

func (g *graphGroup) values() map[string]any {
	values := make(map[string]any, 5)
	if g.display != "" {
		values[pathDisplayName] = g.display // null is no word for a match key
	}
	values[pathDescription] = orEmpty(g.description)
	values[pathGroupMail] = orEmpty(g.mail)
	values[pathKind] = g.kind()
	values[pathDynamic] = g.isDynamic
	return values
}
