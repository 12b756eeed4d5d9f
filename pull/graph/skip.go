package graph

// skip consumes whatever comes next, and still checks that it is JSON: a page that
// is damaged in a place we do not read is damaged.
func (s *scanner) skip() error { return s.skipAt(0) }

func (s *scanner) skipAt(depth int) error {
	if depth > maxDepth {
		return s.fail("less nesting")
	}
	switch c := s.peek(); {
	case c == '"':
		_, err := s.quoted()
		return err
	case c == '{':
		return s.object(func([]byte) error { return s.skipAt(depth + 1) })
	case c == '[':
		return s.array(func() error { return s.skipAt(depth + 1) })
	case c == 't':
		return s.literal("true")
	case c == 'f':
		return s.literal("false")
	case c == 'n':
		return s.literal("null")
	case c == '-' || isDigit(c):
		return s.number()
	}
	return s.fail("a value")
}

func (s *scanner) number() error {
	s.optional('-')
	if s.optional('0') {
		// no digit may follow a leading zero; what follows is refused by the caller
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.optional('.') {
		if err := s.digits(); err != nil {
			return err
		}
	}
	if s.optional('e') || s.optional('E') {
		_ = s.optional('+') || s.optional('-')
		return s.digits()
	}
	return nil
}

func (s *scanner) optional(c byte) bool {
	if s.at < len(s.data) && s.data[s.at] == c {
		s.at++
		return true
	}
	return false
}

// digits consumes one digit or more.
func (s *scanner) digits() error {
	start := s.at
	for s.at < len(s.data) && isDigit(s.data[s.at]) {
		s.at++
	}
	if s.at == start {
		return s.fail("a digit")
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
