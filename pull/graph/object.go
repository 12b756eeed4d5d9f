package graph

import "scimbridge/models"

// removal is @removed on an object of a delta page (section 2.3).
type removal string

const (
	notRemoved     removal = ""
	removedChanged removal = "changed" // soft-deleted, restorable
	removedDeleted removal = "deleted" // gone for good
)

// removed reads the value of @removed. A reason we do not know reads as "changed":
// the weaker word, which a later round or a read by id can correct.
func (s *scanner) removed() (removal, error) {
	reason := removedChanged
	err := s.object(func(name []byte) error {
		if string(name) != "reason" {
			return s.skip()
		}
		text, err := s.bytes()
		if string(text) == string(removedDeleted) {
			reason = removedDeleted
		}
		return err
	})
	return reason, err
}

// reference is an object that another one points to: a member or a manager.
type reference struct {
	id      string
	kind    models.MemberKind
	removed bool
}

func (s *scanner) reference() (reference, error) {
	var r reference
	err := s.object(func(name []byte) (err error) {
		switch string(name) {
		case "id":
			r.id, err = s.objectID()
		case "@odata.type":
			r.kind, err = s.memberKind()
		case "@removed":
			r.removed, err = true, s.skip()
		default:
			err = s.skip()
		}
		return err
	})
	return r, err
}

func (s *scanner) memberKind() (models.MemberKind, error) {
	text, err := s.bytes()
	switch string(text) {
	case "#microsoft.graph.user":
		return models.UserMember, err
	case "#microsoft.graph.group":
		return models.GroupMember, err
	}
	return models.OtherMember, err
}

// objectID reads a GUID in lower case. Graph writes lower case; other tools that
// name the same object do not, and ids are compared as text.
func (s *scanner) objectID() (string, error) {
	text, err := s.bytes()
	if err != nil || len(text) > 64 {
		return string(text), err
	}
	var lower [64]byte
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	return string(lower[:len(text)]), nil
}
