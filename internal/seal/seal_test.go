package seal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"scimbridge/internal/seal"
)

const (
	keyA = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	keyB = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="
)

// A text sealed long ago must open for as long as the format is called sb1.
func TestOpensWhatAnEarlierReleaseSealed(t *testing.T) {
	const kept = "sb1.590498c5.2upOk7WhtUPSKBbMI2mTZBVCtLnniKKHcPTRzlMGl2Zr3QA"
	got, err := seal.NewSealer(key(t, keyA)).Open(kept, "directory 1 graph client secret")
	if err != nil || string(got) != "hunter2" {
		t.Errorf("Open = %q, %v", got, err)
	}
}

func TestSealAndOpen(t *testing.T) {
	s := seal.NewSealer(key(t, keyA))
	rapid.Check(t, func(r *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(r, "plain")
		context := rapid.StringN(1, -1, -1).Draw(r, "context")
		sealed := mustSeal(r, s, plain, context)
		if again := mustSeal(r, s, plain, context); again == sealed {
			r.Fatalf("sealed twice to the same text: %s", sealed)
		}
		got, err := s.Open(sealed, context)
		if err != nil || !bytes.Equal(got, plain) {
			r.Fatalf("Open = %q, %v; want %q", got, err, plain)
		}
	})
}

func TestNoChangedTextOpens(t *testing.T) {
	s := seal.NewSealer(key(t, keyA))
	sealed := mustSeal(t, s, []byte("hunter2"), "directory 1")
	rapid.Check(t, func(r *rapid.T) {
		at := rapid.IntRange(0, len(sealed)-1).Draw(r, "at")
		sign := rapid.Byte().Draw(r, "sign")
		if sealed[at] == sign {
			return
		}
		changed := sealed[:at] + string([]byte{sign}) + sealed[at+1:]
		if got, err := s.Open(changed, "directory 1"); err == nil {
			r.Fatalf("opened %s as %q", changed, got)
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	a, b := seal.NewSealer(key(t, keyA)), seal.NewSealer(key(t, keyB))
	sealed := mustSeal(t, a, []byte("hunter2"), "directory 1")
	for name, tc := range map[string]struct {
		sealed, context string
		want            error
	}{
		"another directory's row":      {sealed, "directory 2", seal.ErrTampered},
		"no context":                   {sealed, "", seal.ErrTampered},
		"a text cut short":             {sealed[:len(sealed)-3], "directory 1", seal.ErrTampered},
		"a text cut to its head":       {sealed[:strings.LastIndex(sealed, ".")+1], "directory 1", seal.ErrTampered},
		"two parts":                    {sealed[:strings.LastIndex(sealed, ".")], "directory 1", seal.ErrFormat},
		"a bare password":              {"hunter2", "directory 1", seal.ErrFormat},
		"nothing":                      {"", "directory 1", seal.ErrFormat},
		"another format":               {"sb2" + sealed[3:], "directory 1", seal.ErrFormat},
		"signs outside base64":         {sealed + "!", "directory 1", seal.ErrFormat},
		"a key id written differently": {strings.Replace(sealed, ".", ".0", 1), "directory 1", &seal.UnknownKeyError{}},
		"another key":                  {mustSeal(t, b, []byte("x"), "directory 1"), "directory 1", &seal.UnknownKeyError{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := a.Open(tc.sealed, tc.context)
			if got != nil || !sameKind(err, tc.want) {
				t.Errorf("Open = %q, %v; want %v", got, err, tc.want)
			}
		})
	}
}

func TestUnknownKeySaysWhichAndWhatToDo(t *testing.T) {
	a, b := key(t, keyA), key(t, keyB)
	sealed := mustSeal(t, seal.NewSealer(b), []byte("x"), "c")
	_, err := seal.NewSealer(a).Open(sealed, "c")
	for _, part := range []string{"sealed with another key", a.ID(), b.ID(), "enter the credential again"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

func TestRotation(t *testing.T) {
	a, b := key(t, keyA), key(t, keyB)
	before := mustSeal(t, seal.NewSealer(a), []byte("old"), "c")
	rotated := seal.NewSealer(b, a)
	if got, err := rotated.Open(before, "c"); err != nil || string(got) != "old" {
		t.Errorf("the earlier key's text: %q, %v", got, err)
	}
	after := mustSeal(t, rotated, []byte("new"), "c")
	if !strings.HasPrefix(after, "sb1."+b.ID()+".") {
		t.Errorf("%s is not sealed with the current key", after)
	}
}

func TestSealWantsAContext(t *testing.T) {
	if sealed, err := seal.NewSealer(key(t, keyA)).Seal([]byte("x"), ""); err == nil {
		t.Errorf("sealed to %s", sealed)
	}
}

func mustSeal(t rapid.TB, s *seal.Sealer, plain []byte, context string) string {
	t.Helper()
	sealed, err := s.Seal(plain, context)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func key(t *testing.T, text string) seal.Key {
	t.Helper()
	k, err := seal.ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sameKind(err, want error) bool {
	var unknown *seal.UnknownKeyError
	if errors.As(want, &unknown) {
		return errors.As(err, &unknown)
	}
	return errors.Is(err, want)
}
