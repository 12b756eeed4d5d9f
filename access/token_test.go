package access_test

import (
	"regexp"
	"testing"

	"scimbridge/access"
)

func TestATokenHasTheFormThatScannersKnow(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^scb_[A-Za-z0-9_-]{49}$`)
	seen := make(map[string]bool)
	for range 1000 {
		text, hash := access.NewToken()
		if !form.MatchString(text) || !access.WellFormed(text) {
			t.Fatalf("%q is not of the form %v with its checksum", text, form)
		}
		if seen[text] || seen[hash] {
			t.Fatal("a token came twice")
		}
		seen[text], seen[hash] = true, true
		if hash != access.Hash(text) || len(hash) != 64 {
			t.Fatalf("hash %q of %q", hash, text)
		}
	}
}

func TestTheHashIsSHA256InHex(t *testing.T) {
	t.Parallel()
	// Stored hashes must open for ever: the vector of FIPS 180-2 for "abc".
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if got := access.Hash("abc"); got != want {
		t.Errorf("Hash(abc) = %s", got)
	}
}

func TestWhatIsNoTokenIsToldWithoutALookUp(t *testing.T) {
	t.Parallel()
	text, _ := access.NewToken()
	last := byte('A')
	if text[20] == last {
		last = 'B'
	}
	for name, wrong := range map[string]string{
		"nothing":            "",
		"the prefix":         string(access.ScimToken),
		"cut":                text[:len(text)-1],
		"longer":             text + "A",
		"one sign other":     text[:20] + string(last) + text[21:],
		"another prefix":     "scx_" + text[4:],
		"space at the end":   text + " ",
		"as long, not ASCII": text[:len(text)-3] + "世",
	} {
		if access.WellFormed(wrong) {
			t.Errorf("%s: %q passes for a token", name, wrong)
		}
	}
}

func TestBearer(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"Bearer abc":   "abc",
		"bearer abc":   "abc", // RFC 9110 section 11.1: the scheme ignores case
		"BEARER  abc ": "abc",
		"Bearer ":      "",
		"Bearer":       "",
		"Basic abc":    "",
		"abc":          "",
		"":             "",
		"Bearerabc":    "",
	} {
		if got, ok := access.Bearer(header); got != want && ok || ok != (want != "") {
			t.Errorf("Bearer(%q) = %q, %v", header, got, ok)
		}
	}
}
