package graphemu

// Other is a directory object that is neither a user nor a group. A pull meets
// devices, service principals and contacts as members of groups, a contact as a
// manager, and roles and administrative units in memberOf.
type Other struct {
	ID              string
	Type            ObjectType
	DisplayName     string
	AccountEnabled  bool
	AppID           string // service principals
	DeviceID        string // devices
	OperatingSystem string // devices
	Mail            string // contacts
}

// One schema for all the kinds, since nobody selects much of them.
var otherSchema = newSchema("DirectoryObject",
	byDefault("id", readOnly[Other]{text[Other](func(o *Other) *string { return &o.ID })}),
	byDefault("accountEnabled", flag[Other](func(o *Other) *bool { return &o.AccountEnabled })),
	byDefault("appId", text[Other](func(o *Other) *string { return &o.AppID })),
	byDefault("deviceId", text[Other](func(o *Other) *string { return &o.DeviceID })),
	byDefault("displayName", text[Other](func(o *Other) *string { return &o.DisplayName })),
	byDefault("mail", text[Other](func(o *Other) *string { return &o.Mail })),
	byDefault("operatingSystem", text[Other](func(o *Other) *string { return &o.OperatingSystem })),
)

// shownOf are the properties that a kind of Other has.
func shownOf(kind ObjectType) propertySet {
	var shown propertySet
	for _, name := range map[ObjectType][]string{
		TypeDevice:           {"id", "displayName", "accountEnabled", "deviceId", "operatingSystem"},
		TypeServicePrincipal: {"id", "displayName", "accountEnabled", "appId"},
		TypeContact:          {"id", "displayName", "mail"},

		TypeDirectoryRole:      {"id", "displayName"},
		TypeAdministrativeUnit: {"id", "displayName"},
	}[kind] {
		shown = shown.with(otherSchema.index[name])
	}
	return shown
}
