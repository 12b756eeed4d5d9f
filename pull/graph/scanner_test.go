package graph

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"unicode/utf8"
)

// sound tells whether the scanner takes a text for JSON.
func sound(data []byte) bool {
	s := &scanner{data: data}
	return s.skip() == nil && s.end() == nil
}

var texts = []string{
	`{"a":[1,-0,0.5,1e9,2E-3,true,false,null,"x"],"b":{"c":{}},"d":[[],[[]]]}`,
	`"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83d x \udc00"`,
	`{"é":"ü","":""}`,
	` [ ] `,
	`0`, `-1.5e+10`, `"plain"`,
	`01`, `1.`, `-`, `.5`, `1e`, `+1`, `0x1`, `tru`, `nul`, `truefalse`,
	`{`, `}`, `[`, `{"a"}`, `{"a":}`, `{"a":1,}`, `[1,]`, `[1 2]`, `{"a":1 "b":2}`, `{a:1}`,
	`"\x"`, `"\u12"`, `"\u12g4"`, "\"tab\there\"", `"open`, ``, ` `, `1 2`, `{}{}`,
	`"\ud83d\u00"`, `"\ud83d\`,
}

func TestScannerTakesWhatEncodingJSONTakes(t *testing.T) {
	for _, text := range texts {
		if got, want := sound([]byte(text)), json.Valid([]byte(text)); got != want {
			t.Errorf("%q: sound is %v, encoding/json says %v", text, got, want)
		}
	}
}

func TestScannerAgreesWithEncodingJSONOnDamagedTexts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		text := damaged(random, texts[random.IntN(len(texts))])
		if got, want := sound(text), json.Valid(text); got != want {
			t.Fatalf("%q: sound is %v, encoding/json says %v", text, got, want)
		}
	}
}

// damaged cuts, repeats and overwrites.
func damaged(random *rand.Rand, text string) []byte {
	const alphabet = `{}[]",:\u0123456789eE+-.truefalsn dcx` + "\n\x01"
	data := []byte(text)
	for range 1 + random.IntN(3) {
		if len(data) == 0 {
			return data
		}
		at := random.IntN(len(data))
		switch random.IntN(3) {
		case 0:
			data = data[:at]
		case 1:
			data[at] = alphabet[random.IntN(len(alphabet))]
		case 2:
			data = append(data[:at:at], append([]byte{alphabet[random.IntN(len(alphabet))]}, data[at:]...)...)
		}
	}
	return data
}

func TestScannerReadsTextsAsEncodingJSONDoes(t *testing.T) {
	for _, text := range texts {
		var want string
		if !utf8.ValidString(text) || json.Unmarshal([]byte(text), &want) != nil {
			continue
		}
		s := &scanner{data: []byte(text)}
		got, err := s.text()
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestScannerRefusesDeepNesting(t *testing.T) {
	deep := make([]byte, 2*maxDepth)
	for i := range deep {
		deep[i] = '['
	}
	s := &scanner{data: deep}
	if s.skip() == nil {
		t.Error("nesting without end was taken")
	}
}

func FuzzScanner(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > maxDepth {
			return // deeper than we go
		}
		if got, want := sound(data), json.Valid(data); got != want {
			t.Errorf("%q: sound is %v, encoding/json says %v", data, got, want)
		}
	})
}

// PostgreSQL refuses U+0000 and what is no UTF-8, and with one such value the whole pull.
func TestATextThatCannotBeStoredIsReadWithoutWhatHindersIt(t *testing.T) {
	for text, want := range map[string]string{
		`"Ann\u0000 Öhman"`: "Ann Öhman",
		"\"Ann\xff Öhman\"": "Ann\ufffd Öhman",
		`"\u0000"`:          "",
	} {
		s := &scanner{data: []byte(text)}
		got, err := s.text()
		if err != nil || got != want {
			t.Errorf("%q reads as %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestAMessageThatCannotBeStoredIsToldWithoutWhatHindersIt(t *testing.T) {
	if got := oneLine("no \x00consent\xff\nTrace ID: 1"); got != "no consent\ufffd" {
		t.Errorf("%q", got)
	}
}
