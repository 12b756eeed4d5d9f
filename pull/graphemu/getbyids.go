package graphemu

// maxByIDs is how many ids one call takes.
//
// Source: https://learn.microsoft.com/graph/api/directoryobject-getbyids
const maxByIDs = 1000

// getByIDs answers with the living objects among the ids asked for. Whoever does
// not exist, is in the bin or is of another type is missing, without a word.
func getByIDs(c *call) (*answer, error) {
	var body struct {
		IDs   []string     `json:"ids"`
		Types []ObjectType `json:"types"`
	}
	if err := c.readBody(&body); err != nil {
		return nil, err
	}
	if len(body.IDs) == 0 {
		return nil, badRequest("The parameter 'ids' is required.")
	}
	if len(body.IDs) > maxByIDs {
		return nil, badRequest("Too many ids: %d. Max allowed: %d.", len(body.IDs), maxByIDs)
	}
	e, err := c.listEncoder("")
	if err != nil {
		return nil, err
	}
	a := newAnswer(200)
	c.tenant.readTruth(func(d *directory) {
		a.body = appendString(append(a.body, `{"@odata.context":`...), c.origin+"/v1.0/$metadata#directoryObjects")
		a.body = append(a.body, `,"value":[`...)
		first := true
		for _, id := range body.IDs {
			_, o, err := d.find(id, living, body.Types...)
			if err != nil {
				continue
			}
			if !first {
				a.body = append(a.body, ',')
			}
			first = false
			a.body = e.object(a.body, o)
		}
		a.body = append(a.body, "]}"...)
	})
	return a, nil
}
