package models

import (
	"testing"
	"time"
)

func TestExpiryWarning(t *testing.T) {
	ends := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	before := func(days float64) time.Time { return ends.Add(-time.Duration(days * 24 * float64(time.Hour))) }
	never := time.Time{}
	for name, tc := range map[string]struct {
		warned, now time.Time
		days        int
		due         bool
	}{
		"long before":                      {never, before(31), 0, false},
		"the first":                        {never, before(30), 30, true},
		"given already":                    {before(30), before(29), 30, false},
		"the second":                       {before(30), before(13.5), 14, true},
		"the third":                        {before(13.5), before(7), 7, true},
		"the last":                         {before(7), before(0.5), 1, true},
		"after a long silence, the latest": {before(30), before(2), 7, true},
		"it has ended":                     {before(0.5), before(-1), 0, true},
		"it has ended, and that was said":  {before(-1), before(-2), 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			if days, due := ExpiryWarning(ends, tc.warned, tc.now); days != tc.days || due != tc.due {
				t.Errorf("got %d, %v; want %d, %v", days, due, tc.days, tc.due)
			}
		})
	}
	if _, due := ExpiryWarning(never, never, ends); due {
		t.Error("an unknown end is no reason to warn")
	}
}

func TestMaterialIsReadBack(t *testing.T) {
	for kind, credential := range map[CredentialKind]Credential{
		"":                        {ClientSecret: `{"odd"}`},
		SecretCredential:          {ClientSecret: "s3cret"},
		CertificateCredential:     {Certificate: []byte("PEM"), Password: "p", SendChain: true},
		FederatedCredential:       {},
		ManagedIdentityCredential: {},
	} {
		material, err := credential.Material(kind)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadCredential(kind, material)
		if err != nil || got.ClientSecret != credential.ClientSecret || string(got.Certificate) != string(credential.Certificate) ||
			got.Password != credential.Password || got.SendChain != credential.SendChain {
			t.Errorf("%s: got %+v, %v", kind, got, err)
		}
	}
	if _, err := ReadCredential(CertificateCredential, "not JSON"); err == nil {
		t.Error("damaged material was read")
	}
	if _, err := ReadCredential(ManagedIdentityCredential, ""); err != nil {
		t.Errorf("a managed identity stores nothing: %v", err)
	}
}
