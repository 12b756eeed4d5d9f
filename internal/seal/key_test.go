package seal_test

import (
	"fmt"
	"strings"
	"testing"

	"scimbridge/internal/seal"
)

func TestParseKey(t *testing.T) {
	urlSafe := strings.NewReplacer("+", "-", "/", "_").Replace(keyB)
	for name, tc := range map[string]struct {
		text  string
		fails string
	}{
		"as openssl prints it":    {text: keyB + "\n"},
		"URL-safe":                {text: urlSafe},
		"without padding":         {text: strings.TrimRight(keyB, "=")},
		"too short":               {text: "c2hvcnQ=", fails: "has 5 bytes, not 32"},
		"too long":                {text: strings.TrimRight(keyA, "=") + "AAAA", fails: "bytes, not 32"},
		"empty":                   {text: "", fails: "has 0 bytes"},
		"a passphrase, no base64": {text: "correct horse battery staple", fails: "not base64"},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := seal.ParseKey(tc.text)
			if tc.fails == "" {
				if err != nil || k != key(t, keyB) {
					t.Errorf("another key, or %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.fails) {
				t.Fatalf("error %v does not say %q", err, tc.fails)
			}
			if tc.text != "" && strings.Contains(err.Error(), tc.text) {
				t.Errorf("the error repeats the key: %v", err)
			}
		})
	}
}

func TestNewKeyIsReadBack(t *testing.T) {
	k := seal.NewKey()
	if key(t, k.Reveal()) != k {
		t.Error("a new key is not what ParseKey reads")
	}
	if k == seal.NewKey() || k.ID() == seal.NewKey().ID() {
		t.Error("two new keys are the same")
	}
}

func TestAKeyDoesNotPrintItself(t *testing.T) {
	k := key(t, keyA)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, k); got != "[redacted]" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}
