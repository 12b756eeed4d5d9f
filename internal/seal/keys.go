package seal

import (
	"errors"
	"fmt"
	"strings"
)

// ParseKeys reads one key or several, separated by commas: the first seals, all of them
// open. So a key is changed without an hour in which something does not open.
func ParseKeys(text string) ([]Key, error) {
	var keys []Key
	seen := make(map[string]bool)
	for i, one := range strings.Split(text, ",") {
		key, err := ParseKey(one)
		switch {
		case err != nil && strings.Contains(text, ","):
			return nil, fmt.Errorf("number %d: %w", i+1, err)
		case err != nil:
			return nil, err
		case seen[key.ID()]:
			return nil, errors.New("a key is there twice")
		}
		seen[key.ID()] = true
		keys = append(keys, key)
	}
	return keys, nil
}

// KeyID is the id of the key that sealed a text; "" if it is not a sealed one.
func KeyID(sealed string) string {
	id, _, err := split(sealed)
	if err != nil {
		return ""
	}
	return id
}
