package push_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// idsFrom are the ids of one page by index, and the total that it tells.
func (s *server) idsFrom(t *testing.T, start, count int) ([]string, int) {
	t.Helper()
	page := s.get(t, fmt.Sprintf("/Users?attributes=id&startIndex=%d&count=%d", start, count))
	ids := []string{}
	resources, _ := page["Resources"].([]any)
	for _, r := range resources {
		ids = append(ids, r.(map[string]any)["id"].(string))
	}
	return ids, int(page["totalResults"].(float64))
}

func TestAPageIsTheSameFromBothEndsOfTheList(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *server) {
		all := people(t, s, 260)
		for _, gone := range []int{259, 258, 200, 131, 3, 0} {
			s.must(t, 204, "DELETE", "/Users/"+all[gone], "")
			all = slices.Delete(all, gone, gone+1)
		}
		for _, count := range []int{1, 60, 100} {
			for start := 1; start <= len(all)+count; start += 9 {
				ids, total := s.idsFrom(t, start, count)
				from := min(start-1, len(all))
				want := all[from:min(from+count, len(all))]
				if diff := cmp.Diff(want, ids); diff != "" || total != len(all) {
					t.Fatalf("%d from %d of %d: %s", count, start, total, diff)
				}
			}
		}
	})
}
