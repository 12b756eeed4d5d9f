// Package graphemu is Microsoft Graph v1.0 and its sign-in as one http.Handler,
// for tests, for "scimbridge demo" and for benchmarks.
//
// A [Tenant] is the truth: users, groups, direct memberships, managers, and the
// recycle bin. An [Emulator] answers for tenants over HTTP the way Graph does,
// including what hurts: strict $select, opaque tokens, tombstones, sliced member
// lists, throttling, half an answer. A test changes the tenant, lets a client
// read through the emulator, and compares what the client has with the truth.
//
//	tenant := graphemu.Company(42, graphemu.Demo, time.Now)
//	emu := graphemu.New(graphemu.Config{}, tenant)
//	srv, err := graphemu.Listen(emu, "127.0.0.1:0") // TLS, HTTP/1.1 and HTTP/2
//	defer srv.Close()
//
//	srv.URL                                  // authority host and Graph host in one
//	srv.RootsPEM                             // what the client must trust
//	tenant.ID()                              // tenant id, also known as contoso.example
//	graphemu.ClientID, graphemu.ClientSecret // the application of Config's zero value
//
// httptest.NewTLSServer(emu) serves as well.
//
// The truth is changed by methods that take the words of Graph's own PATCH bodies,
// and read back as plain values in a stable order:
//
//	id, err := tenant.AddUser(graphemu.Properties{"displayName": "Ann", "userPrincipalName": "ann@contoso.example"})
//	err = tenant.UpdateUser(id, graphemu.Properties{"accountEnabled": false, "mail": nil})
//	err = tenant.SetManager(id, boss)
//	err = tenant.AddMember(group, id)
//	err = tenant.DeleteUser(id) // to the bin; RestoreUser, PurgeUser
//	tenant.Users(); tenant.Groups(); tenant.Edges(); tenant.TransitiveUsers(group)
//
// What may go wrong is a [Fault]: an [Effect], where and how often.
//
//	emu.Inject(graphemu.Fault{Route: "GET /users/delta", Times: 2, Effect: graphemu.Throttle("1")})
//	emu.Inject(graphemu.Fault{Route: "GET /groups/delta", Page: graphemu.DeltaLink, Times: 1, Effect: graphemu.Gone()})
//	emu.Configure(func(c *graphemu.Config) { c.App.Roles = []string{"GroupMember.Read.All"} })
//
// What was asked is metered: [Emulator.Meter] counts requests by route, resource
// units and requests sent before a Retry-After was over; [Emulator.Requests]
// is the log of the last ones. [Emulator.Control] shows truth and meter to tests in
// another process.
//
// Where Microsoft documents a behaviour, a comment names the page; where nobody
// knows it, the emulator picks the harder one for clients or offers both by a
// knob, and says so. It does not show real latency, real index lag or the
// service's own mistakes; it has no delegated permissions, no writes over HTTP
// and no beta endpoint.
//
// It imports nothing of the project, and nothing of it is shared with the client
// that it tests: a misreading of Graph must not be able to hide on both sides.
package graphemu
