// Package pull is the other half of the bridge: it reads an Entra tenant through
// Microsoft Graph, at night or on demand, and reconciles what the push missed.
//
// One run is one round of the source. Pages of users and groups are heard as they
// come, each in its own transaction; the lists of members are gathered in a spool,
// since one page is but a slice of a list, and decided at the end; whoever is missing
// is asked for by id before anything is believed; and what push has changed since the
// last round is merged anew. The run's row says who owns it: its lease is checked in
// every transaction, so that a process that was taken for dead writes nothing more.
//
// Package graph implements Source. Package reconcile decides; nothing here does.
package pull
