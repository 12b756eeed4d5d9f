package graphemu

// How objects become JSON. An encoder appends objects of one answer.
type encoder struct {
	selected selection
	typed    bool // with @odata.type, where a collection mixes types
	// sparse leaves out what was never set, as delta does; lists show null.
	sparse bool
	// blank are properties that a fault makes null for everybody.
	blank selection
	// hides tells of which kinds the caller may see type and id only.
	hides func(ObjectType) bool
}

// object appends one object.
func (e *encoder) object(dst []byte, o *object) []byte {
	return append(e.openObject(dst, o), '}')
}

// openObject leaves the brace open, for annotations to follow.
func (e *encoder) openObject(dst []byte, o *object) []byte {
	dst = append(dst, '{')
	if e.typed {
		dst = append(dst, `"@odata.type":"#microsoft.graph.`...)
		dst = append(dst, o.kind...)
		dst = append(dst, `",`...)
	}
	if e.hides != nil && e.hides(o.kind) {
		return e.limited(dst, o)
	}
	switch {
	case o.user != nil:
		dst = appendProperties(dst, userSchema, o.user, e.selected.user, o.nulled, e.blank.user, e.sparse)
	case o.group != nil:
		dst = appendProperties(dst, groupSchema, o.group, e.selected.group, o.nulled, e.blank.group, e.sparse)
	default:
		dst = appendProperties(dst, otherSchema, o.other, e.selected.of(o.kind), o.nulled, e.blank.other, e.sparse)
	}
	return trimComma(dst)
}

// limited appends an object whose type the application may not read: type and
// id, all else null, and no error.
//
// Source: https://learn.microsoft.com/graph/permissions-overview, "Limited
// information returned for inaccessible member objects".
func (e *encoder) limited(dst []byte, o *object) []byte {
	dst = append(dst, `"id":"`...)
	dst = append(dst, o.id...)
	dst = append(dst, `",`...)
	switch o.kind {
	case TypeUser:
		dst = appendNulls(dst, userSchema, e.selected.user)
	case TypeGroup:
		dst = appendNulls(dst, groupSchema, e.selected.group)
	default:
		dst = appendNulls(dst, otherSchema, e.selected.of(o.kind))
	}
	return trimComma(dst)
}

// appendProperties appends "name":value, for each selected property.
func appendProperties[T any](dst []byte, s *schema[T], of *T, selected, nulled, blank propertySet, sparse bool) []byte {
	for i := range s.properties {
		if !selected.has(i) {
			continue
		}
		p := &s.properties[i]
		switch {
		case blank.has(i):
			dst = append(append(dst, p.key...), p.unset()...)
		case p.isSet(of):
			dst = p.append(append(dst, p.key...), of)
		case sparse && !nulled.has(i):
			continue
		default:
			dst = append(append(dst, p.key...), p.unset()...)
		}
		dst = append(dst, ',')
	}
	return dst
}

func appendNulls[T any](dst []byte, s *schema[T], selected propertySet) []byte {
	for i, p := range s.properties {
		if selected.has(i) && p.name != "id" {
			dst = append(append(dst, p.key...), "null,"...)
		}
	}
	return dst
}

// trimComma takes back the comma after the last property.
func trimComma(dst []byte) []byte {
	if dst[len(dst)-1] == ',' {
		return dst[:len(dst)-1]
	}
	return dst
}

// appendReference appends an object as type and id, as members@delta does,
// without the closing brace.
func appendReference(dst []byte, o *object) []byte {
	dst = append(dst, `{"@odata.type":"#microsoft.graph.`...)
	dst = append(dst, o.kind...)
	dst = append(dst, `","id":"`...)
	dst = append(dst, o.id...)
	return append(dst, '"')
}
