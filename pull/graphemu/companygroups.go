package graphemu

import (
	"fmt"
	"time"
)

// group invents the group at a place of the company. The first ten are security
// groups, for the shapes of nesting are built of them.
func (f *founder) group(at int) *Group {
	g := &Group{
		ID: newID(f.random), SecurityEnabled: true,
		CreatedDateTime: f.founded.AddDate(0, 0, -f.random.IntN(3000)).Truncate(time.Second),
	}
	switch {
	case at == 0:
		g.DisplayName = "Everyone"
	case at == bigGroup:
		g.DisplayName = "All Hands"
	case at < len(groupNames):
		g.DisplayName = groupNames[at]
	default:
		g.DisplayName = fmt.Sprintf("%s %s %d", pick(f.random, departments), pick(f.random, groupKinds), at)
	}
	g.MailNickname = fmt.Sprintf("group%d", at)
	g.SecurityIdentifier = fmt.Sprintf("S-1-12-1-%d-%d", f.random.Uint32(), f.random.Uint32())
	if f.chance(60) {
		g.Description = "All about " + g.DisplayName
	}
	if at >= 10 {
		f.chooseKind(g, at)
	}
	return g
}

// chooseKind makes some groups what Microsoft 365, Exchange and rules make them.
func (f *founder) chooseKind(g *Group, at int) {
	mail := g.MailNickname + "@" + f.tenant.Domain
	switch at % 10 {
	case 3: // Microsoft 365
		g.GroupTypes, g.MailEnabled, g.Mail, g.Visibility = []string{"Unified"}, true, mail, "Private"
		g.SecurityEnabled = false
		g.ProxyAddresses = []string{"SMTP:" + mail}
	case 5: // dynamic
		g.GroupTypes = []string{"DynamicMembership"}
		g.MembershipRule = fmt.Sprintf("(user.department -eq %q)", departments[at%len(departments)])
		g.MembershipRuleProcessingState = "On"
	case 7: // mail-enabled security
		g.MailEnabled, g.Mail, g.ProxyAddresses = true, mail, []string{"SMTP:" + mail}
	case 8: // distribution
		g.SecurityEnabled, g.MailEnabled, g.Mail, g.ProxyAddresses = false, true, mail, []string{"SMTP:" + mail}
	}
	if at%50 == 13 {
		g.Visibility = "HiddenMembership"
	}
	// Two groups of one name are nothing unusual.
	if at%60 == 31 {
		g.DisplayName = "Project Team"
	}
}
