package models_test

import (
	"testing"
	"time"

	"scimbridge/models"
)

func TestTheNextRunIsTheOneAfterNow(t *testing.T) {
	d := models.Directory{ID: "0198c5a0-0000-7000-8000-000000000001", Settings: models.DefaultSettings()}
	for name, tc := range map[string]struct{ at, zone, now, want string }{
		"today":                        {"02:00", "UTC", "2026-03-02T01:59:59Z", "2026-03-02T02:00:00Z"},
		"tomorrow":                     {"02:00", "UTC", "2026-03-02T02:00:00Z", "2026-03-03T02:00:00Z"},
		"spread over midnight":         {"23:59", "UTC", "2026-03-02T23:58:59Z", "2026-03-02T23:59:00Z"},
		"when the clock is put on":     {"02:00", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
		"at local time of a far place": {"22:00", "America/New_York", "2026-07-02T02:00:00Z", "2026-07-03T02:00:00Z"},
	} {
		d.Settings.Schedule.At, d.Settings.Schedule.TimeZone = tc.at, tc.zone
		now, want := at(t, tc.now).Add(d.Delay()), at(t, tc.want).Add(d.Delay())
		if got, err := d.NextDue(now); !got.Equal(want) || err != nil {
			t.Errorf("%s: next at %v (%v), want %v", name, got, err, want)
		}
	}
	d.Settings.Schedule.TimeZone = "Mars/Olympus"
	if _, err := d.NextDue(time.Time{}); err == nil {
		t.Error("a time zone that nobody knows is no error")
	}
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
