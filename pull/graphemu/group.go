package graphemu

import (
	"slices"
	"time"
)

// Group is a group as Graph knows it, without its members.
//
// Source: https://learn.microsoft.com/graph/api/resources/group
type Group struct {
	ID                            string
	DisplayName                   string
	Description                   string
	Mail                          string
	MailNickname                  string
	MailEnabled                   bool
	SecurityEnabled               bool
	GroupTypes                    []string // "Unified", "DynamicMembership"
	MembershipRule                string
	MembershipRuleProcessingState string
	Visibility                    string // "HiddenMembership" needs Member.Read.Hidden
	Classification                string
	IsAssignableToRole            *bool
	ProxyAddresses                []string
	PreferredLanguage             string
	CreatedDateTime               time.Time
	DeletedDateTime               time.Time
	RenewedDateTime               time.Time
	OnPremisesSyncEnabled         *bool
	OnPremisesSamAccountName      string
	OnPremisesSecurityIdentifier  string
	SecurityIdentifier            string
}

// Unified tells whether g is a Microsoft 365 group, which holds no groups.
func (g Group) Unified() bool { return slices.Contains(g.GroupTypes, "Unified") }

// Hidden tells whether members show only to holders of Member.Read.Hidden.
func (g Group) Hidden() bool { return g.Visibility == "HiddenMembership" }

// goesToBin tells whether a deleted g can be restored for 30 days: Microsoft 365
// and security groups can, distribution groups are gone at once.
//
// Source: https://learn.microsoft.com/graph/api/group-delete
func (g Group) goesToBin() bool { return g.Unified() || g.SecurityEnabled }

var groupSchema = newSchema("Group",
	byDefault("id", readOnly[Group]{text[Group](func(g *Group) *string { return &g.ID })}),
	byDefault("deletedDateTime", readOnly[Group]{instant[Group](func(g *Group) *time.Time { return &g.DeletedDateTime })}),
	byDefault("classification", text[Group](func(g *Group) *string { return &g.Classification })),
	byDefault("createdDateTime", instant[Group](func(g *Group) *time.Time { return &g.CreatedDateTime })),
	byDefault("description", text[Group](func(g *Group) *string { return &g.Description })),
	byDefault("displayName", text[Group](func(g *Group) *string { return &g.DisplayName })),
	byDefault("groupTypes", texts[Group](func(g *Group) *[]string { return &g.GroupTypes })),
	byDefault("isAssignableToRole", anyFlag[Group](func(g *Group) **bool { return &g.IsAssignableToRole })),
	byDefault("mail", text[Group](func(g *Group) *string { return &g.Mail })),
	byDefault("mailEnabled", flag[Group](func(g *Group) *bool { return &g.MailEnabled })),
	byDefault("mailNickname", text[Group](func(g *Group) *string { return &g.MailNickname })),
	byDefault("membershipRule", text[Group](func(g *Group) *string { return &g.MembershipRule })),
	byDefault("membershipRuleProcessingState", text[Group](func(g *Group) *string { return &g.MembershipRuleProcessingState })),
	byDefault("onPremisesSamAccountName", text[Group](func(g *Group) *string { return &g.OnPremisesSamAccountName })),
	byDefault("onPremisesSecurityIdentifier", text[Group](func(g *Group) *string { return &g.OnPremisesSecurityIdentifier })),
	byDefault("onPremisesSyncEnabled", anyFlag[Group](func(g *Group) **bool { return &g.OnPremisesSyncEnabled })),
	byDefault("preferredLanguage", text[Group](func(g *Group) *string { return &g.PreferredLanguage })),
	byDefault("proxyAddresses", texts[Group](func(g *Group) *[]string { return &g.ProxyAddresses })),
	byDefault("renewedDateTime", instant[Group](func(g *Group) *time.Time { return &g.RenewedDateTime })),
	byDefault("securityEnabled", flag[Group](func(g *Group) *bool { return &g.SecurityEnabled })),
	byDefault("securityIdentifier", text[Group](func(g *Group) *string { return &g.SecurityIdentifier })),
	byDefault("visibility", text[Group](func(g *Group) *string { return &g.Visibility })),
)
