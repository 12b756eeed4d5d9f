package access

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
)

type visitKey struct{}

// visit is what the gate and the doors behind it tell each other of a request.
type visit struct {
	address  string
	admitted bool
}

func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

// Address is where a request came from, "" if it came through no gate.
func Address(ctx context.Context) string {
	if v := visitOf(ctx); v != nil {
		return v.address
	}
	return ""
}

// NoteAdmitted tells the gate that the request's credentials are good.
func NoteAdmitted(ctx context.Context) {
	if v := visitOf(ctx); v != nil {
		v.admitted = true
	}
}

// addressOf is the client's address: that of the connection or, if that is a trusted
// proxy's, the last in X-Forwarded-For that is not. What stands before it the client may
// have written itself.
func addressOf(r *http.Request, trusted []netip.Prefix) netip.Addr {
	connection, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := connection.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && isTrusted(address, trusted); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = hop.Unmap()
	}
	return address
}

func isTrusted(address netip.Addr, trusted []netip.Prefix) bool {
	for _, prefix := range trusted {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// neighbourhood is what is limited together: one who has an IPv6 address has 2^64.
func neighbourhood(address netip.Addr) string {
	if address.Is6() {
		if prefix, err := address.WithZone("").Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return address.String()
}
