package models

import "time"

// Instant is a time of the database's clock in microseconds since 1970, UTC. It is
// what looks are compared by; 0 is "never".
type Instant int64

// At turns a time into an Instant; the zero time is 0.
func At(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return Instant(t.UnixMicro())
}

// Time is the Instant as a UTC time; never is the zero time.
func (i Instant) Time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(i)).UTC()
}

// Add moves the instant by d.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Microseconds()) }
