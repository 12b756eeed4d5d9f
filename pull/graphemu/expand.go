package graphemu

import "strings"

// expansion is $expand=manager, with a selection of the manager's properties. Of
// $levels only its syntax is known here.
type expansion struct {
	manager  bool
	selected selection
}

func (c *call) expansion(kind ObjectType) (expansion, error) {
	if !c.query.has("expand") {
		return expansion{}, nil
	}
	name, options, _ := strings.Cut(c.query.get("expand"), "(")
	if kind != TypeUser || strings.TrimSpace(name) != "manager" {
		return expansion{}, badRequest("Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, resourceName(kind))
	}
	nested := query{options: map[string]string{}}
	for option := range strings.SplitSeq(strings.TrimSuffix(options, ")"), ";") {
		key, value, _ := strings.Cut(option, "=")
		switch strings.TrimPrefix(strings.TrimSpace(key), "$") {
		case "":
		case "select":
			nested.options["select"] = value
		case "levels":
			// $levels is an advanced query of a single user.
			if c.args["id"] == "" || !c.eventually() {
				return expansion{}, unsupportedQuery("$levels is supported on a single user with ConsistencyLevel only.")
			}
		default:
			return expansion{}, badRequest("The query option '%s' is not supported in $expand.", key)
		}
	}
	selected, err := nested.selectFor(TypeUser)
	selected.other = otherSchema.defaults
	return expansion{manager: true, selected: selected}, err
}

// append appends the expanded property to an open object.
func (x expansion) append(dst []byte, d *directory, r ref) []byte {
	if !x.manager {
		return dst
	}
	manager := d.objects[r].manager
	if !d.isLiving(manager) {
		return dst
	}
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, `"manager":`...)
	e := encoder{selected: x.selected, typed: true}
	return e.object(dst, d.objects[manager])
}
