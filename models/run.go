package models

import (
	"database/sql/driver"
	"encoding/json"
	"slices"
	"time"
)

// SyncRun is one pull of one directory. Its row is the truth about who owns it.
type SyncRun struct {
	DirectoryID string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	Kind        RunKind
	DryRun      bool // asked for, or the directory was in test mode
	Trigger     Trigger
	State       RunState
	Counts      Counts
	Usage       RunUsage
	Failure     *Failure
	RoundAt     Instant // the round's look time
	Full        bool    // whether the round was a full one

	RequestedAt Instant
	StartedAt   Instant
	FinishedAt  Instant

	// Doubts say why the run is or was held.
	Doubts Texts
	// Decision is what an admin has decided about a held run; nil until then.
	Decision *Decision

	// The lease: the owner renews it every 5 s; lapsed for 30 s, another takes over.
	Owner           string
	LeaseUntil      Instant
	CancelRequested bool
	Attempts        int
	// Faults is how many attempts have ended by a fault that may pass.
	Faults int
	// Expected is how much there is to read; 0 is not known.
	Expected Expected
}

// Progress is how far a run is. What it counts are users and groups.
type Progress struct {
	Read     int
	Expected int // 0: not known
	// PerSecond is how many are read in a second, so far.
	PerSecond float64
	// Left is how long the reading will go on at this rate; 0: not known, or over.
	Left time.Duration
}

// Progress is how far the run is at now, or was at its end.
func (r *SyncRun) Progress(now time.Time) Progress {
	p := Progress{Read: r.Counts.Users.Read + r.Counts.Groups.Read, Expected: r.Expected.Users + r.Expected.Groups}
	if r.StartedAt == 0 {
		return p
	}
	if r.FinishedAt != 0 {
		now = r.FinishedAt.Time()
	}
	if took := now.Sub(r.StartedAt.Time()).Seconds(); took > 0 {
		p.PerSecond = float64(p.Read) / took
	}
	if r.State == Running && p.PerSecond > 0 && p.Read < p.Expected {
		p.Left = time.Duration(float64(p.Expected-p.Read) / p.PerSecond * float64(time.Second))
	}
	return p
}

// Expected is how many users and groups a run will read, as far as the source can tell.
type Expected struct {
	Users  int `json:"users,omitempty"`
	Groups int `json:"groups,omitempty"`
}

// Value implements driver.Valuer.
func (e Expected) Value() (driver.Value, error) { return jsonText(e) }

// Scan implements sql.Scanner.
func (e *Expected) Scan(src any) error { return scanJSON(src, e) }

// Texts are sentences for an admin.
type Texts []string

// Value implements driver.Valuer.
func (t Texts) Value() (driver.Value, error) {
	if t == nil {
		return "[]", nil
	}
	return jsonText([]string(t))
}

// Scan implements sql.Scanner. No texts are nil.
func (t *Texts) Scan(src any) error {
	if err := scanJSON(src, (*[]string)(t)); err != nil || len(*t) > 0 {
		return err
	}
	*t = nil
	return nil
}

// Decision is an admin's answer to a held run.
type Decision struct {
	Approve bool `json:"approve"` // false: rejected
	// Only names the kinds that are approved: "users", "groups", "memberships". Empty
	// is all of them; what is left stays held.
	Only []string `json:"only,omitempty"`
	By   string   `json:"by,omitempty"`
}

// Covers tells whether the decision is about a kind.
func (d Decision) Covers(kind string) bool { return len(d.Only) == 0 || slices.Contains(d.Only, kind) }

// Value implements driver.Valuer.
func (d Decision) Value() (driver.Value, error) { return jsonText(d) }

// Scan implements sql.Scanner.
func (d *Decision) Scan(src any) error { return scanJSON(src, d) }

type RunKind string

const (
	FullRun        RunKind = "full"
	IncrementalRun RunKind = "incremental"
	EndPullRun     RunKind = "endPull" // withdraws what the pull vouches for
	EndPushRun     RunKind = "endPush" // withdraws what push vouches for
)

// Ends tells whether a run ends a path, and which.
func (k RunKind) Ends() (Path, bool) {
	switch k {
	case EndPullRun:
		return Pull, true
	case EndPushRun:
		return Push, true
	}
	return "", false
}

// Trigger is what asked for a run.
type Trigger string

const (
	ByAdmin    Trigger = "admin"
	BySchedule Trigger = "schedule"
)

type RunState string

const (
	Queued     RunState = "queued"
	Running    RunState = "running"
	Held       RunState = "held"
	Succeeded  RunState = "succeeded"
	RunFailed  RunState = "failed"
	Cancelled  RunState = "cancelled"
	Rejected   RunState = "rejected"
	Superseded RunState = "superseded"
	Expired    RunState = "expired"
)

// RunStates are all of them.
var RunStates = []RunState{Queued, Running, Held, Succeeded, RunFailed, Cancelled, Rejected, Superseded, Expired}

// Active tells whether the run is queued or running: one such run a directory.
func (s RunState) Active() bool { return s == Queued || s == Running }

// RecordCounts count what a run did to users or to groups.
type RecordCounts struct {
	Read        int `json:"read"`
	Created     int `json:"created"`
	Updated     int `json:"updated"`
	Adopted     int `json:"adopted"`
	Deactivated int `json:"deactivated"`
	Removed     int `json:"removed"`
	Restored    int `json:"restored"`
	Conflicts   int `json:"conflicts"`
}

// EdgeCounts count memberships.
type EdgeCounts struct {
	Read    int `json:"read"`
	Added   int `json:"added"`
	Removed int `json:"removed"`
}

// Counts are what a run did, or, of a test or dry run, would do.
type Counts struct {
	Users       RecordCounts `json:"users"`
	Groups      RecordCounts `json:"groups"`
	Memberships EdgeCounts   `json:"memberships"`
	Drift       int          `json:"drift"`
	Errors      int          `json:"errors"`
}

// Value implements driver.Valuer.
func (c Counts) Value() (driver.Value, error) { return jsonText(c) }

// Scan implements sql.Scanner.
func (c *Counts) Scan(src any) error { return scanJSON(src, c) }

// RunUsage is what a run has cost at the source.
type RunUsage struct {
	Requests  int   `json:"requests"`
	Throttled int   `json:"throttled"`
	Units     int   `json:"units"`
	Bytes     int64 `json:"bytes"`
	WaitedMS  int64 `json:"waitedMs"`
}

// Value implements driver.Valuer.
func (u RunUsage) Value() (driver.Value, error) { return jsonText(u) }

// Scan implements sql.Scanner.
func (u *RunUsage) Scan(src any) error { return scanJSON(src, u) }

// Failure is why a run ended without success, in words for an admin.
type Failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// Value implements driver.Valuer.
func (f Failure) Value() (driver.Value, error) { return jsonText(f) }

// Scan implements sql.Scanner.
func (f *Failure) Scan(src any) error { return scanJSON(src, f) }

func jsonText(v any) (driver.Value, error) {
	text, err := json.Marshal(v)
	return string(text), err
}

// Item is what a run did, or would do, to one user or group.
type Item struct {
	DirectoryID   string
	RunID         string
	Seq           int64  `gorm:"primaryKey;autoIncrement"`
	Kind          string // "user", "group", "error"
	Action        Action
	RecordID      Optional
	EntraObjectID Optional
	Detail        string
}

// PullState is where the pull of a directory stands.
type PullState struct {
	DirectoryID string `gorm:"primaryKey"`
	// RoundAt is the look time of the last completed round: a look at everything
	// that it covers.
	RoundAt     Instant
	FullAt      Instant // of the last completed full round
	UsersDelta  string
	GroupsDelta string
	DeltaAt     Instant
	// Rounds is how many incremental rounds have followed the last full one.
	Rounds    int
	Selection string // what the delta links were asked to tell; another needs a full round
	// Excluded are the excluded groups of the scope and those inside them, and Vanished
	// the groups that it names and Graph does not know, as the last full round found them.
	Excluded Texts
	Vanished Texts
	// Settle is the settling time by which the last round has merged.
	Settle time.Duration
}
