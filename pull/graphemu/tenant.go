package graphemu

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Tenant is one Entra tenant: the truth that an Emulator serves. Its methods may
// be called at any time, while requests are being answered too.
type Tenant struct {
	// Name and Domain are what /organization says; the domain also stands for
	// the tenant's id at sign-in. Set them before the tenant is served.
	Name, Domain string

	id  string
	now func() time.Time

	mu     sync.RWMutex
	random *rand.Rand
	truth  *directory
	lists  view
	deltas view
	// born is told by every token, so that those of an earlier process, whose
	// sequence numbers meant something else, are refused.
	born time.Time
}

// NewTenant returns a tenant with nobody in it. Its ids come from the seed, its
// times from now.
func NewTenant(seed uint64, now func() time.Time) *Tenant {
	t := &Tenant{
		Name: "Contoso", Domain: "contoso.example",
		now:    now,
		random: rand.New(rand.NewPCG(seed, 0x67726170)),
		truth:  newDirectory(),
		born:   now(),
	}
	t.id = newID(t.random)
	return t
}

// ID is the tenant id, a GUID.
func (t *Tenant) ID() string { return t.id }

// newID returns a GUID of version 4.
func newID(random *rand.Rand) string {
	hi, lo := random.Uint64(), random.Uint64()
	hi = hi&^0xf000 | 0x4000
	lo = lo&^(3<<62) | 2<<62
	id := make([]byte, 0, 36)
	for i := range 32 {
		word, shift := hi, 60-4*i
		if i >= 16 {
			word, shift = lo, 60-4*(i-16)
		}
		if i == 8 || i == 12 || i == 16 || i == 20 {
			id = append(id, '-')
		}
		id = append(id, hexDigits[word>>shift&15])
	}
	return string(id)
}

// change makes a mutation true, and queues it for the views that lag.
func (t *Tenant) change(m mutation) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changeLocked(m)
}

func (t *Tenant) changeLocked(m mutation) error {
	at := t.now()
	if err := t.truth.apply(m, at); err != nil {
		return err
	}
	t.lists.enqueue(m, at)
	t.deltas.enqueue(m, at)
	return nil
}

// readTruth lets f read the truth as it is now.
func (t *Tenant) readTruth(f func(d *directory)) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	f(t.truth)
}
