package pull

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"scimbridge/models"
)

// objectID is a GUID in 16 bytes: a round holds one for everybody it has seen.
type objectID [16]byte

func parseObjectID(text string) (id objectID, err error) {
	if len(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' {
		var digits [32]byte
		bare := append(append(append(append(append(digits[:0], text[:8]...), text[9:13]...), text[14:18]...), text[19:23]...), text[24:]...)
		if _, err := hex.Decode(id[:], bare); err == nil {
			return id, nil
		}
	}
	return id, fmt.Errorf("%q is not an object id", text)
}

func (id objectID) String() string {
	var text [36]byte
	hex.Encode(text[:8], id[:4])
	hex.Encode(text[9:13], id[4:6])
	hex.Encode(text[14:18], id[6:8])
	hex.Encode(text[19:23], id[8:10])
	hex.Encode(text[24:], id[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
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
	count  int            // of members told, one that was told twice included
	at     models.Instant // of the earliest slice
	// dropped is set for a group that was told as gone in the middle of the round. If
	// it comes back in the same round, what comes is not the whole list.
	dropped bool
}

// slice is where some members of a group lie in the file.
type slice struct {
	offset int64
	count  int
}

// member is one direct member of a group, as it lies in the file.
type member struct {
	id   objectID
	kind byte
}

const (
	memberSize = len(objectID{}) + 1

	userKind  byte = 'u'
	groupKind byte = 'g'
)

func newSpool(dir string) (*spool, error) {
	file, err := os.CreateTemp(dir, "scimbridge-round-*")
	if err != nil {
		return nil, fmt.Errorf("gather the members of groups in a temporary file: %w", err)
	}
	// Without a name from here on, so that a process that is killed leaves nothing behind.
	// Where a file that is open cannot be removed, Close does it.
	_ = os.Remove(file.Name())
	return &spool{file: file, write: bufio.NewWriterSize(file, 1<<20), groups: make(map[objectID]*list)}, nil
}

// Close gives the file's room back.
func (s *spool) Close() error {
	closed, removed := s.file.Close(), os.Remove(s.file.Name())
	if errors.Is(removed, fs.ErrNotExist) {
		removed = nil
	}
	return errors.Join(closed, removed)
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
	if l.dropped {
		return nil
	}
	l.at = min(l.at, at)
	part := slice{offset: s.size}
	for _, m := range members {
		if m.Kind == models.OtherMember || m.Removed {
			continue
		}
		if err := s.append(m); err != nil {
			return err
		}
		part.count++
	}
	s.size += int64(part.count * memberSize)
	if part.count > 0 {
		l.slices = append(l.slices, part)
		l.count += part.count
	}
	return nil
}

func (s *spool) append(m models.SourceMember) error {
	id, err := parseObjectID(m.ObjectID)
	if err != nil {
		return err
	}
	kind := userKind
	if m.Kind == models.GroupMember {
		kind = groupKind
	}
	if _, err := s.write.Write(id[:]); err != nil {
		return fmt.Errorf("gather the members of groups: %w", err)
	}
	return s.write.WriteByte(kind) // its error is the writer's, and comes again
}

// drop forgets the members of a group that turned out to be gone.
func (s *spool) drop(group objectID) {
	if l, known := s.groups[group]; known {
		l.dropped, l.slices, l.count = true, nil, 0
	}
}

// members reads a group's list back, ordered by id. A member told twice is one.
func (s *spool) members(group objectID) ([]member, error) {
	if err := s.write.Flush(); err != nil {
		return nil, fmt.Errorf("gather the members of groups: %w", err)
	}
	l := s.groups[group]
	members := make([]member, 0, l.count)
	for _, part := range l.slices {
		lines := make([]byte, part.count*memberSize)
		if _, err := io.ReadFull(io.NewSectionReader(s.file, part.offset, int64(len(lines))), lines); err != nil {
			return nil, fmt.Errorf("read the gathered members of groups: %w", err)
		}
		for line := range slices.Chunk(lines, memberSize) {
			members = append(members, member{objectID(line[:len(objectID{})]), line[len(objectID{})]})
		}
	}
	slices.SortFunc(members, compareMembers)
	return slices.CompactFunc(members, func(a, b member) bool { return a.id == b.id }), nil
}

func compareMembers(a, b member) int { return bytes.Compare(a.id[:], b.id[:]) }

// fingerprint tells lists apart by the members that counts lets through. It is never 0,
// which stands for "unknown".
func fingerprint(members []member, counts func(member) bool) int64 {
	var sum uint64
	for _, m := range members {
		if counts(m) {
			sum += mix(m.id)
		}
	}
	return int64(sum | 1)
}

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
