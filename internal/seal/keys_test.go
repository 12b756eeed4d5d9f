package seal_test

import (
	"strings"
	"testing"

	"scimbridge/internal/seal"
)

func TestTheFirstOfSeveralKeysSealsAndAllOpen(t *testing.T) {
	older, newer := seal.NewKey(), seal.NewKey()
	keys, err := seal.ParseKeys(newer.Reveal() + " , " + older.Reveal())
	if err != nil || len(keys) != 2 {
		t.Fatal(keys, err)
	}
	sealer := seal.NewSealer(keys[0], keys[1:]...)
	before, err := seal.NewSealer(older).Seal([]byte("secret"), "here")
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := sealer.Open(before, "here"); err != nil || string(plain) != "secret" {
		t.Errorf("what the older key sealed: %q, %v", plain, err)
	}
	after, err := sealer.Seal([]byte("secret"), "here")
	if err != nil || seal.KeyID(after) != newer.ID() || seal.KeyID(before) != older.ID() {
		t.Errorf("sealed by %s and %s, %v", seal.KeyID(before), seal.KeyID(after), err)
	}
	if seal.KeyID("plain text") != "" {
		t.Error("a plain text has a key")
	}
}

func TestBadKeysAreToldByTheirNumber(t *testing.T) {
	good := seal.NewKey().Reveal()
	for text, says := range map[string]string{
		"":                "has 0 bytes",
		good + ",":        "number 2",
		good + ",short":   "number 2",
		good + "," + good: "twice",
		"x," + good:       "number 1",
	} {
		_, err := seal.ParseKeys(text)
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), good) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
