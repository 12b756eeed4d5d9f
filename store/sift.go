package store

// siftSize is how many rows are looked at in memory at a time.
const siftSize = 500

// sift asks in memory about what SQL cannot decide. The total takes all rows that SQL
// lets through; a page behind a cursor is read from there.
func (l listing[T, P]) sift(r reader[T, P], matches func(*T) bool) (Page[T], error) {
	q := l.query
	skip, limit := q.Start, q.Limit
	if q.ByCursor {
		skip, limit = 0, q.Limit+1
	}
	var page Page[T]
	if q.ByCursor && q.From != nil {
		found, err := l.behind(r, q.From, q.Back, limit, matches)
		if err != nil {
			return page, err
		}
		page = l.cut(r, found)
		page.Total = q.Total
		return page, nil
	}
	var found []row[T]
	total := 0
	err := r.each(nil, false, func(one row[T]) bool {
		if matches(&one.Record) {
			if total >= skip && len(found) < limit {
				found = append(found, one)
			}
			total++
		}
		return true
	})
	if err != nil {
		return page, err
	}
	if q.Limit == 0 {
		found = nil
	}
	page = l.cut(r, found)
	page.Total = total
	return page, nil
}

// behind reads the first rows behind a position that match.
func (l listing[T, P]) behind(r reader[T, P], from *Position, back bool, limit int, matches func(*T) bool) ([]row[T], error) {
	var found []row[T]
	err := r.each(from, back, func(one row[T]) bool {
		if matches(&one.Record) {
			found = append(found, one)
		}
		return len(found) < limit
	})
	return found, err
}

// each goes through rows in their order until take has enough.
func (r reader[T, P]) each(from *Position, back bool, take func(row[T]) bool) error {
	for {
		some, err := r.read(r.rows(from, back, argument(siftSize), nothing))
		if err != nil {
			return err
		}
		for _, one := range some {
			if !take(one) {
				return nil
			}
		}
		if len(some) < siftSize {
			return nil
		}
		last := r.position(r, some[len(some)-1])
		from = &last
	}
}
