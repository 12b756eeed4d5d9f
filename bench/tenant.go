package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"scimbridge/pull/graphemu"
)

// office is a company in the emulator, over TLS.
type office struct {
	tenant   *graphemu.Tenant
	emulator *graphemu.Emulator
	server   *graphemu.Server
	roots    string // the file that the bridge is to trust
	users    int
	groups   int
	members  int // direct ones
}

// sizesOfCompany are those of design section 6, and a smaller one for every day.
var sizesOfCompany = map[string]graphemu.Size{"medium": graphemu.Medium, "large": graphemu.Large}

// logOfRequests holds a whole round, so that a bare client can ask what the bridge asked.
const logOfRequests = 100_000

func (b *bench) openOffice() (*office, error) {
	size, known := sizesOfCompany[b.company]
	if !known {
		return nil, fmt.Errorf("-company: %q is neither medium nor large", b.company)
	}
	o := &office{tenant: graphemu.Company(2026, size, time.Now), roots: filepath.Join(b.folder, "roots.pem")}
	o.emulator = graphemu.New(graphemu.Config{LogSize: logOfRequests}, o.tenant)
	var err error
	if o.server, err = graphemu.Listen(o.emulator, "127.0.0.1:0"); err != nil {
		return nil, err
	}
	o.users, o.groups, o.members = len(o.tenant.Users()), len(o.tenant.Groups()), len(o.tenant.Edges())
	return o, os.WriteFile(o.roots, o.server.RootsPEM, 0o600)
}

func (o *office) close() { _ = o.server.Close() }
