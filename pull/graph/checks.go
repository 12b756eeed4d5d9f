package graph

import (
	"context"
	"errors"
	"slices"
	"strings"

	"scimbridge/pull"
)

// The names of the checks, in the order in which they are made and shown (section
// 5.5).
const (
	checkSignIn      = "sign-in"
	checkTenant      = "tenant"
	checkPermissions = "permissions"
	checkUsers       = "users"
	checkGroups      = "groups"
	checkMembers     = "members"
	checkEnd         = "credential"
)

// Test tries a connection for the admin who sets it up. It ends where nothing could be
// told of the rest: with a sign-in that failed, or a Graph that does not answer at all.
// What Graph refuses does not keep the other checks from being made.
func (d *Dialer) Test(ctx context.Context, c pull.Connection) []pull.Check {
	client, err := d.client(c, d.Limits.forTest())
	if err != nil {
		return []pull.Check{failed(checkSignIn, err)}
	}
	said, hasClaims, err := client.signIn(ctx)
	if err != nil {
		return []pull.Check{failed(checkSignIn, err)}
	}
	checks := []pull.Check{{Name: checkSignIn, OK: true,
		Detail: "Microsoft Entra issued a token for the application " + client.tenant.clientID + "."}}
	tenant, err := client.checkTenant(ctx)
	checks = append(checks, tenant)
	if isSilent(err) {
		return checks
	}
	checks = append(checks, checkRoles(said, hasClaims), client.checkUsers(ctx))
	group, check := client.checkGroups(ctx)
	checks = append(checks, check)
	if check.OK {
		checks = append(checks, client.checkMembers(ctx, group))
	}
	if check, ends := client.checkCredential(ctx); ends {
		checks = append(checks, check)
	}
	return checks
}

// isSilent tells an error without any answer of Graph from one that it answered with.
func isSilent(err error) bool {
	f, ok := asFault(err)
	return err != nil && (!ok || f.status == 0)
}

// failed tells what went wrong, with Microsoft's code and what to do.
func failed(name string, err error) pull.Check {
	detail := err.Error()
	var known *pull.SourceError
	if errors.As(err, &known) && known.Hint != "" {
		detail = strings.TrimSuffix(detail, ".") + ". " + known.Hint
	}
	return pull.Check{Name: name, Detail: detail}
}

// checkTenant names the tenant, so that the admin sees whose people will come. Its
// permission is a courtesy: no pull needs it.
func (c *client) checkTenant(ctx context.Context) (pull.Check, error) {
	is, err := c.organization(ctx)
	if err != nil {
		check := failed(checkTenant, err)
		check.Optional = !isSilent(err)
		return check, err
	}
	check := pull.Check{Name: checkTenant, OK: true, Detail: is.name + " (" + is.id + ")"}
	if guid := c.tenant.id; isGUID(guid) && !strings.EqualFold(guid, is.id) {
		check.OK = false
		check.Detail += " is not the configured tenant " + guid + ". Check the tenant id and the hosts."
	}
	return check, nil
}

// checkRoles compares what the token grants with the least set. A token without
// roles is an application without consent: Entra issues it all the same (section 4.3).
func checkRoles(said claims, hasClaims bool) pull.Check {
	check := pull.Check{Name: checkPermissions}
	if !hasClaims {
		check.Optional = true
		check.Detail = "The token does not show what is granted; the reads below do."
		return check
	}
	missing := missingIn(said.Roles, neededPermissions)
	check.OK = missing == ""
	var sentences []string
	if missing != "" {
		sentences = append(sentences, "Missing: "+missing+". "+grantHint(missing))
	}
	if found := grantedNames(said.Roles); found != "" {
		sentences = append(sentences, "Granted: "+found+".")
	}
	if more := needless(said.Roles); more != "" {
		sentences = append(sentences, "More than needed: "+more+". "+readUsers.name+" and "+readGroups.name+" are enough.")
	}
	if missingIn(said.Roles, []permission{readHidden}) != "" {
		sentences = append(sentences, "Without "+readHidden.name+" (optional) groups with hidden membership look empty.")
	}
	check.Detail = strings.Join(sentences, " ")
	return check
}

// grantedNames lists the granted roles that are of use here.
func grantedNames(roles []string) string {
	var names []string
	for _, p := range slices.Concat(neededPermissions, optionalPermissions) {
		if role := p.grantedBy(roles); role != "" && !slices.Contains(names, role) {
			names = append(names, role)
		}
	}
	return strings.Join(names, ", ")
}

// needless lists granted roles beyond the set of section 5.1.
func needless(roles []string) string {
	var names []string
	for _, role := range roles {
		isNeeded := slices.ContainsFunc(slices.Concat(neededPermissions, optionalPermissions),
			func(p permission) bool { return p.name == role })
		if !isNeeded {
			names = append(names, role)
		}
	}
	return strings.Join(names, ", ")
}

func (c *client) checkUsers(ctx context.Context) pull.Check {
	if _, err := c.oneUser(ctx); err != nil {
		return failed(checkUsers, err)
	}
	return pull.Check{Name: checkUsers, OK: true, Detail: "Users can be read."}
}

// checkGroups returns the id of a group, or "" if the tenant has none.
func (c *client) checkGroups(ctx context.Context) (string, pull.Check) {
	id, err := c.oneGroup(ctx)
	switch {
	case err != nil:
		return "", failed(checkGroups, err)
	case id == "":
		return "", pull.Check{Name: checkGroups, OK: true, Detail: "Groups can be read; the tenant has none."}
	}
	return id, pull.Check{Name: checkGroups, OK: true, Detail: "Groups can be read."}
}

func (c *client) checkMembers(ctx context.Context, group string) pull.Check {
	if group == "" {
		return pull.Check{Name: checkMembers, OK: true, Optional: true, Detail: "There is no group whose members could be read."}
	}
	if err := c.oneMember(ctx, group); err != nil {
		return failed(checkMembers, err)
	}
	return pull.Check{Name: checkMembers, OK: true, Detail: "Members of groups can be read."}
}
