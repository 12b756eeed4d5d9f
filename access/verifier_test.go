package access_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"strings"
	"testing"
	"time"

	"scimbridge/access"
)

func verifierOf(a *authority, now func() time.Time) *access.Verifier {
	return &access.Verifier{HTTP: a.Client(), Now: now}
}

func TestAnAssertionIsCheckedInEveryPart(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	now := time.Now()
	v := verifierOf(a, time.Now)
	good := a.assertion(now)
	foreign, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	cut := a.sign(t, good)
	for name, tc := range map[string]struct {
		token string
		ok    bool
	}{
		"as Entra signs it":              {a.sign(t, good), true},
		"the other audience":             {a.sign(t, good.with("aud", "api://scimbridge/.default")), true},
		"several audiences":              {a.sign(t, good.with("aud", []string{"x", "api://scimbridge"})), true},
		"expired within the clocks' gap": {a.sign(t, good.with("exp", now.Add(-time.Minute).Unix())), true},
		"valid within the clocks' gap":   {a.sign(t, good.with("nbf", now.Add(time.Minute).Unix())), true},
		"another audience":               {a.sign(t, good.with("aud", "api://other")), false},
		"no audience":                    {a.sign(t, good.with("aud", nil)), false},
		"another issuer":                 {a.sign(t, good.with("iss", a.URL+"/"+otherTenant+"/v2.0")), false},
		"the issuer of another version":  {a.sign(t, good.with("iss", a.URL+"/"+tenantID+"/")), false},
		"another subject":                {a.sign(t, good.with("sub", provisioning)), false},
		"no subject":                     {a.sign(t, good.with("sub", nil)), false},
		"another tenant":                 {a.sign(t, good.with("tid", otherTenant)), false},
		"no tenant":                      {a.sign(t, good.with("tid", nil)), false},
		"expired":                        {a.sign(t, good.with("exp", now.Add(-10*time.Minute).Unix())), false},
		"no expiry":                      {a.sign(t, good.with("exp", nil)), false},
		"not valid yet":                  {a.sign(t, good.with("nbf", now.Add(time.Hour).Unix())), false},
		"issued in the future":           {a.sign(t, good.with("iat", now.Add(time.Hour).Unix())), false},
		"signed by another":              {signWith(t, claims{"alg": "RS256", "kid": "key-1"}, good, foreign), false},
		"signed with a key not known":    {signWith(t, claims{"alg": "RS256", "kid": "key-9"}, good, foreign), false},
		"not signed":                     {strings.Join(strings.Split(signWith(t, claims{"alg": "none"}, good, foreign), ".")[:2], ".") + ".", false},
		"another algorithm":              {signWith(t, claims{"alg": "HS256", "kid": "key-1"}, good, foreign), false},
		"cut":                            {cut[:len(cut)-5], false},
		"nothing":                        {"", false},
		"no token":                       {"a.b.c", false},
		"too long":                       {a.sign(t, good.with("x", strings.Repeat("x", 20_000))), false},
	} {
		err := v.Assertion(context.Background(), a.federation(), tc.token)
		var wrong *access.ClaimError
		if tc.ok && err != nil || !tc.ok && !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATokenOfEntraItselfIsPinnedToTheTenant(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	now := time.Now()
	v, good := verifierOf(a, time.Now), a.entraToken(now)
	f := a.federation()
	f.Subject, f.Audiences = "", []string{"api://gallery-app"}
	for name, tc := range map[string]struct {
		claims claims
		ok     bool
	}{
		"as Entra sends it":         {good, true},
		"for a gallery application": {good.with("aud", "api://gallery-app"), true},
		"for another application":   {good.with("aud", "api://other"), false},
		"of another tenant":         {good.with("tid", otherTenant).with("iss", a.URL+"/"+otherTenant+"/"), false},
		"with another tenant's tid": {good.with("tid", otherTenant), false},
		"of another application":    {good.with("appid", principal), false},
		"of no application":         {good.with("appid", nil), false},
		"expired":                   {good.with("exp", now.Add(-time.Hour).Unix()), false},
		"of the other version":      {good.with("iss", a.URL+"/"+tenantID+"/v2.0"), false},
	} {
		if _, err := v.EntraToken(context.Background(), f, a.sign(t, tc.claims)); (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeysAreCachedAndRotated(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	clock := time.Now()
	v := verifierOf(a, func() time.Time { return clock })
	check := func(token string) error { return v.Assertion(context.Background(), a.federation(), token) }
	first := a.sign(t, a.assertion(clock).with("exp", clock.Add(24*time.Hour).Unix()))
	for range 5 {
		if err := check(first); err != nil {
			t.Fatal(err)
		}
	}
	if a.fetches() != 1 {
		t.Errorf("the keys were fetched %d times", a.fetches())
	}
	a.rotate(t)
	if err := check(a.sign(t, a.assertion(clock))); err != nil {
		t.Errorf("after a rotation: %v", err)
	}
	if err := check(first); err != nil || a.fetches() != 2 {
		t.Errorf("the earlier key: %v, fetched %d times", err, a.fetches())
	}
	for range 5 { // a token that is not for us makes nobody fetch anything
		_ = check(a.sign(t, a.assertion(clock).with("aud", "api://other")))
	}
	if a.fetches() != 2 {
		t.Errorf("fetched %d times for a stranger", a.fetches())
	}
	a.withdraw()
	clock = clock.Add(7 * time.Hour)
	if check(first) == nil {
		t.Error("a key that was withdrawn opens for ever")
	}
}

func TestWithoutKeysNobodyIsLetIn(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	token := a.sign(t, a.assertion(time.Now()))
	a.Close()
	if err := verifierOf(a, time.Now).Assertion(context.Background(), a.federation(), token); err == nil {
		t.Error("let in")
	}
}
