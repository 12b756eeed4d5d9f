package models

import (
	"fmt"
	"hash/fnv"
	"time"
)

// Spread is the span over which runs of one scheduled time are spread, so that a
// thousand directories do not start at midnight together.
const Spread = 15 * time.Minute

// Delay is by how much the directory's runs start after the scheduled time: always the
// same for one directory.
func (d Directory) Delay() time.Duration {
	h := fnv.New64a()
	_, _ = h.Write([]byte(d.ID)) // a hash takes everything
	return time.Duration(h.Sum64() % uint64(Spread)).Truncate(time.Second)
}

// LastDue is the directory's last scheduled time that is not after now.
func (d Directory) LastDue(now time.Time) (time.Time, error) {
	day, err := d.scheduled(now)
	if err != nil {
		return time.Time{}, err
	}
	for back := 0; ; back-- {
		if at := day(back); !at.After(now) {
			return at, nil
		}
	}
}

// NextDue is the directory's next scheduled time after now.
func (d Directory) NextDue(now time.Time) (time.Time, error) {
	day, err := d.scheduled(now)
	if err != nil {
		return time.Time{}, err
	}
	for ahead := -1; ; ahead++ { // yesterday's may be spread over midnight
		if at := day(ahead); at.After(now) {
			return at, nil
		}
	}
}

// scheduled tells when a run starts so many days after today.
func (d Directory) scheduled(now time.Time) (func(days int) time.Time, error) {
	zone, err := time.LoadLocation(d.Settings.Schedule.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("schedule of directory %s: %w", d.ID, err)
	}
	clock, err := time.Parse("15:04", d.Settings.Schedule.At)
	if err != nil {
		return nil, fmt.Errorf("schedule of directory %s: %w", d.ID, err)
	}
	local := now.In(zone)
	return func(days int) time.Time {
		// time.Date keeps the local time over the change to and from daylight saving.
		return time.Date(local.Year(), local.Month(), local.Day()+days, clock.Hour(), clock.Minute(), 0, 0, zone).Add(d.Delay())
	}, nil
}
