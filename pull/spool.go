package pull

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"scimbridge/models"
)

// objectID is a GUID in 16 bytes: a round holds one for everybody it has seen.
type objectID [16]byte

func parseObjectID(text string) (objectID, error) {
	var id objectID
	n, err := hex.Decode(id[:], []byte(strings.ReplaceAll(text, "-", "")))
	if err != nil || n != len(id) || len(text) != 36 {
		return id, fmt.Errorf("%q is not an object id", text)
	}
	return id, nil
}

func (id objectID) String() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[0:4], id[4:6], id[6:8], id[8:10], id[10:16])
}

// spool gathers the members of groups during a round, in a file: a tenant may have
// millions of edges, and a group's list is known only when the round is complete. What
// it keeps in memory is one entry a group and one a slice.
type spool struct {
	file   *os.File
	write  *bufio.Writer
	size   int64
	groups map[objectID]*list
	order  []objectID
}

// list is what the spool knows of one group's members.
type list struct {
	slices []slice
	count  int
	// hash is the same whatever the order of the members: equal lists, equal hashes.
	hash uint64
	at   models.Instant // of the earliest slice
}

// slice is where some members of a group lie in the file.
type slice struct {
	offset int64
	count  int
}

// memberSize is the length of a member in the file: its kind and its object id.
const memberSize = 1 + len(objectID{})

func newSpool(dir string) (*spool, error) {
	file, err := os.CreateTemp(dir, "scimbridge-round-*")
	if err != nil {
		return nil, fmt.Errorf("gather the members of groups in a temporary file: %w", err)
	}
	return &spool{file: file, write: bufio.NewWriterSize(file, 1<<20), groups: make(map[objectID]*list)}, nil
}

// Close removes the file.
func (s *spool) Close() error {
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}

// add notes a slice of a group's members, told by a look at that time. Members that
// are neither users nor groups are left out.
func (s *spool) add(group objectID, members []models.SourceMember, at models.Instant) error {
	l, known := s.groups[group]
	if !known {
		l = &list{at: at}
		s.groups[group] = l
		s.order = append(s.order, group)
	}
	l.at = min(l.at, at)
	part := slice{offset: s.size}
	for _, m := range members {
		if m.Kind == models.OtherMember || m.Removed {
			continue
		}
		id, err := parseObjectID(m.ObjectID)
		if err != nil {
			return err
		}
		kind := m.Kind[0]
		if err := s.write.WriteByte(kind); err != nil {
			return err
		}
		if _, err := s.write.Write(id[:]); err != nil {
			return err
		}
		l.hash += mix(id)
		part.count++
	}
	s.size += int64(part.count * memberSize)
	if part.count > 0 {
		l.slices = append(l.slices, part)
		l.count += part.count
	}
	return nil
}

// drop forgets a group that turned out to be gone.
func (s *spool) drop(group objectID) { delete(s.groups, group) }

// members reads a group's list back: object id to kind. A member told twice is one.
func (s *spool) members(group objectID) (map[string]models.MemberKind, error) {
	if err := s.write.Flush(); err != nil {
		return nil, err
	}
	l := s.groups[group]
	members := make(map[string]models.MemberKind, l.count)
	for _, part := range l.slices {
		buffer := make([]byte, part.count*memberSize)
		if _, err := s.file.ReadAt(buffer, part.offset); err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read gathered members: %w", err)
		}
		for ; len(buffer) > 0; buffer = buffer[memberSize:] {
			kind := models.UserMember
			if buffer[0] == models.GroupMember[0] {
				kind = models.GroupMember
			}
			members[objectID(buffer[1:memberSize]).String()] = kind
		}
	}
	return members, nil
}

// fingerprint tells two lists apart; it is never 0, which stands for "unknown".
func (l *list) fingerprint() int64 { return int64((l.hash+uint64(l.count))<<1 | 1) }

// mix spreads an id over 64 bits, so that sums of ids differ where lists do.
func mix(id objectID) uint64 {
	const prime = 0x9e3779b97f4a7c15
	var h uint64 = prime
	for _, half := range [2][]byte{id[:8], id[8:]} {
		var v uint64
		for _, b := range half {
			v = v<<8 | uint64(b)
		}
		h ^= v
		h *= 0xff51afd7ed558ccd
		h ^= h >> 33
		h *= 0xc4ceb9fe1a85ec53
		h ^= h >> 29
	}
	return h
}
