package graphemu

import (
	"encoding/json"
	"net/http"
)

// Control shows the truth and the meter over HTTP, for tests of a whole program
// that run in another process than the emulator:
//
//	GET  /tenants/{tenant}/truth   {"users":[…],"groups":[…],"edges":[…], …}
//	GET  /meter                    {"Requests":{…},"Units":…}
//	POST /meter/reset
//
// It asks for no credentials and is no part of the emulator's own handler: serve
// it where nobody else can reach it.
func (e *Emulator) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /tenants/{tenant}/truth", func(w http.ResponseWriter, r *http.Request) {
		t := e.tenant(r.PathValue("tenant"))
		if t == nil {
			http.NotFound(w, r)
			return
		}
		writeJSON(w, map[string]any{
			"tenant": t.ID(),
			"users":  t.Users(), "deletedUsers": t.DeletedUsers(),
			"groups": t.Groups(), "deletedGroups": t.DeletedGroups(),
			"edges": t.Edges(),
		})
	})
	mux.HandleFunc("GET /meter", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, e.Meter()) })
	mux.HandleFunc("POST /meter/reset", func(w http.ResponseWriter, _ *http.Request) {
		e.ResetMeter()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a client that left needs no answer
}
