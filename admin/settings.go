package admin

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"scimbridge/models"
)

// changeDirectory merges the top-level members of a patch into a directory.
func changeDirectory(d *models.Directory, p DirectoryPatch) error {
	if p.Name != nil {
		name, err := checkName(*p.Name)
		if err != nil {
			return err
		}
		d.Name = name
	}
	if p.Mode != nil {
		d.Mode = models.Mode(*p.Mode)
	}
	return changeSettings(&d.Settings, p)
}

func changeSettings(s *models.Settings, p DirectoryPatch) error {
	var err error
	if p.Scope != nil {
		if s.Scope, err = readScope(*p.Scope); err != nil {
			return err
		}
	}
	if p.Schedule != nil {
		if s.Schedule, err = readSchedule(*p.Schedule); err != nil {
			return err
		}
	}
	if p.Guard != nil {
		if s.Guard, err = readGuard(*p.Guard); err != nil {
			return err
		}
	}
	if p.Retention != nil {
		if s.Retention, err = readRetention(*p.Retention); err != nil {
			return err
		}
	}
	if p.Push != nil {
		s.Push.Off = !p.Push.Enabled
	}
	if p.Settle != nil {
		if s.Settle, err = readSettle(*p.Settle); err != nil {
			return err
		}
	}
	if p.RequestLog != nil {
		if s.RequestLog, err = readRequestLog(*p.RequestLog); err != nil {
			return err
		}
	}
	s.UserNameFrom = string(value(p.UserNameFrom, UserNameFrom(s.UserNameFrom)))
	s.UPNAsMail = value(p.UpnAsMail, s.UPNAsMail)
	s.AdditiveMembers = value(p.AdditiveMembers, s.AdditiveMembers)
	if p.Attributes != nil {
		if s.Attributes, err = readSelection(*p.Attributes); err != nil {
			return err
		}
	}
	return checkSelection(*s)
}

const maxName = 200

// checkName answers a name without the spaces around it.
func checkName(name string) (string, error) {
	name = strings.TrimSpace(name)
	length := utf8.RuneCountInString(name)
	switch {
	case length == 0 || length > maxName:
		return "", &models.InvalidError{Attribute: "name", Reason: fmt.Sprintf("must have 1 to %d characters", maxName)}
	case hasControls(name):
		return "", &models.InvalidError{Attribute: "name", Reason: "must be one line without control characters"}
	}
	return name, nil
}

// hasControls finds what no name or address has, among it the zero character, which
// PostgreSQL stores in no text.
func hasControls(text string) bool { return strings.ContainsFunc(text, unicode.IsControl) }

const maxScopeGroups = 1000

func readScope(u ScopeUpdate) (models.Scope, error) {
	scope := models.Scope{
		Kind:     string(u.Kind),
		Guests:   models.Taking(value(u.Guests, TakingInclude)),
		Disabled: models.Taking(value(u.Disabled, TakingInclude)),
	}
	var err error
	if scope.IncludeGroups, err = readObjectIDs("scope.includeGroups", u.IncludeGroups); err != nil {
		return scope, err
	}
	if scope.ExcludeGroups, err = readObjectIDs("scope.excludeGroups", u.ExcludeGroups); err != nil {
		return scope, err
	}
	switch included := len(scope.IncludeGroups) > 0; {
	case u.Kind == ScopeKindGroups && !included:
		return scope, &models.InvalidError{Attribute: "scope.includeGroups", Reason: "is empty, so nobody would be taken; name a group, or set kind to all"}
	case u.Kind == ScopeKindAll && included:
		return scope, &models.InvalidError{Attribute: "scope.includeGroups", Reason: "narrows nothing while kind is all; set kind to groups, or leave it out"}
	}
	return scope, nil
}

// readObjectIDs answers the ids in lower case, each once, in the order given.
func readObjectIDs(field string, given *ObjectIds) ([]string, error) {
	ids := []string{} // never nil, which JSON would show as null
	if given == nil {
		return ids, nil
	}
	if len(*given) > maxScopeGroups {
		return nil, &models.InvalidError{Attribute: field, Reason: fmt.Sprintf("must name at most %d groups", maxScopeGroups)}
	}
	for i, text := range *given {
		id, ok := models.ObjectID(text)
		if !ok {
			return nil, &models.InvalidError{
				Attribute: fmt.Sprintf("%s[%d]", field, i),
				Reason:    "must be a group's object id, such as 3fa85f64-5717-4562-b3fc-2c963f66afa6",
			}
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func readSchedule(u ScheduleUpdate) (models.Schedule, error) {
	schedule := models.DefaultSettings().Schedule
	schedule.Enabled = value(u.Enabled, schedule.Enabled)
	schedule.At = value(u.At, schedule.At)
	schedule.TimeZone = value(u.TimeZone, schedule.TimeZone)
	// The length is checked because Parse would take 2:00 as well.
	if _, err := time.Parse("15:04", schedule.At); err != nil || len(schedule.At) != len("15:04") {
		return schedule, &models.InvalidError{Attribute: "schedule.at", Reason: "must be a time of day from 00:00 to 23:59, such as 02:00"}
	}
	// LoadLocation takes "" for UTC and "Local" for the server's own zone, which
	// another replica may not share.
	_, err := time.LoadLocation(schedule.TimeZone)
	if err != nil || schedule.TimeZone == "" || schedule.TimeZone == "Local" {
		return schedule, &models.InvalidError{Attribute: "schedule.timeZone", Reason: "must be a name of the IANA time zone database, such as Europe/Berlin"}
	}
	return schedule, nil
}

func readGuard(u GuardUpdate) (models.Guard, error) {
	guard := models.DefaultSettings().Guard
	var err error
	if guard.ExpireAfter, err = readSpan("guard.expireAfter", u.ExpireAfter, guard.Expires()); err != nil {
		return guard, err
	}
	return guard, cmp.Or(
		changeLimit("guard.users", &guard.Users, u.Users),
		changeLimit("guard.groups", &guard.Groups, u.Groups),
		changeLimit("guard.memberships", &guard.Memberships, u.Memberships),
	)
}

const maxCount = 1_000_000_000 // fits in 32 bits; nobody has as many users

func changeLimit(field string, limit *models.Limit, u *LimitUpdate) error {
	if u == nil {
		return nil
	}
	limit.Max = value(u.Max, limit.Max)
	limit.Percent = value(u.Percent, limit.Percent)
	limit.Ceiling = value(u.Ceiling, limit.Ceiling)
	return cmp.Or(
		checkRange(field+".max", limit.Max, maxCount),
		checkRange(field+".percent", limit.Percent, 100),
		checkRange(field+".ceiling", limit.Ceiling, maxCount),
	)
}

func checkRange(field string, number, most int) error {
	if number < 0 || number > most {
		return &models.InvalidError{Attribute: field, Reason: fmt.Sprintf("must be from 0 to %d", most)}
	}
	return nil
}

// Bounds of how long something is kept or waited for.
const (
	minSpan = time.Hour
	maxSpan = 10 * 366 * 24 * time.Hour
)

// readSpan reads how long something is kept or waited for; what is left out takes its
// default.
func readSpan(field string, text *string, without time.Duration) (time.Duration, error) {
	if text == nil {
		return without, nil
	}
	span, err := time.ParseDuration(*text)
	if err != nil || span < minSpan || span > maxSpan {
		return 0, &models.InvalidError{Attribute: field, Reason: "must be a duration from 1h to 87840h (ten years), such as 2160h for 90 days"}
	}
	return span, nil
}

func readRetention(u RetentionUpdate) (models.Retention, error) {
	kept := models.Retention{}.Kept()
	var err error
	for _, part := range []struct {
		field string
		given *string
		span  *time.Duration
	}{
		{"retention.runs", u.Runs, &kept.Runs}, {"retention.changes", u.Changes, &kept.Changes}, {"retention.removed", u.Removed, &kept.Removed},
	} {
		if *part.span, err = readSpan(part.field, part.given, *part.span); err != nil {
			return kept, err
		}
	}
	return kept, nil
}

const maxSettle = 24 * time.Hour

func readSettle(text string) (time.Duration, error) {
	settle, err := time.ParseDuration(text)
	if err != nil || settle < 0 || settle > maxSettle {
		return 0, &models.InvalidError{Attribute: "settle", Reason: "must be a duration from 0s to 24h, such as 30m or 1h30m"}
	}
	return settle, nil
}

// Less than an hour would be erased before anybody looks; who must keep traces of access
// longer than a year has another place for them.
const (
	minRequestLog = time.Hour
	maxRequestLog = 366 * 24 * time.Hour
)

func readRequestLog(u RequestLogUpdate) (models.RequestLog, error) {
	log := models.RequestLog{Values: value(u.Values, false)}
	if u.Keep == nil {
		return log, nil
	}
	var err error
	if log.Keep, err = time.ParseDuration(*u.Keep); err != nil || log.Keep < minRequestLog || log.Keep > maxRequestLog {
		return log, &models.InvalidError{Attribute: "requestLog.keep", Reason: "must be a duration from 1h to 8784h, such as 336h for 14 days"}
	}
	return log, nil
}

// compact writes a duration as a person does: 30m, not 30m0s.
func compact(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
