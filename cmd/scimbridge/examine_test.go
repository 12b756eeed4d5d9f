package main_test

import (
	"strings"
	"testing"

	"scimbridge/internal/seal"
	"scimbridge/pull/graphemu"
	"scimbridge/store/storetest"
)

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		c := newCustomer(t, databaseURL)
		s := c.settings.with("SCIMBRIDGE_LISTEN", strings.TrimPrefix(c.url, "http://"))
		well := run(t, s, t.TempDir(), "doctor")
		well.says(t, 0, "✓ secret key\n✓ clock\n✓ server\n– public address\n")
		well.says(t, 0, "✓ Graph of Contoso\n")

		c.tenant.emulator.Configure(func(config *graphemu.Config) { config.App.Disabled = true })
		run(t, s, t.TempDir(), "doctor").says(t, 1, "✗ Graph of Contoso\n")
		run(t, s.with("SCIMBRIDGE_SECRET_KEY", seal.NewKey().Reveal()), t.TempDir(), "doctor").says(t, 1, "✗ secret key\n  directory "+c.id)
		run(t, s.with("SCIMBRIDGE_ADMIN_TOKEN", "not-the-servers-token"), t.TempDir(), "doctor").says(t, 1, "✗ admin API\n")
		cert, key := newCertificate(t)
		run(t, s.with("SCIMBRIDGE_TLS_CERT", cert).with("SCIMBRIDGE_TLS_KEY", key), t.TempDir(), "doctor").
			says(t, 1, "✗ certificate\n  it is not for the name in SCIMBRIDGE_PUBLIC_URL")
	})
}
