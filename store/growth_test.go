package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestATableIsLookedAtEarlyAndThenRarely(t *testing.T) {
	var g growth
	var looks []int
	for written := 1; written <= 20_000; written++ {
		if len(g.due(map[string]int{"users": 1})) > 0 {
			looks = append(looks, written)
		}
	}
	if diff := cmp.Diff([]int{250, 2000, 16000}, looks); diff != "" {
		t.Errorf("looked after so many rows (-want +got):\n%s", diff)
	}
}

func TestTablesGrowByThemselves(t *testing.T) {
	var g growth
	for _, step := range []struct {
		written map[string]int
		want    []string
	}{
		{map[string]int{"users": 200, "groups": 10}, nil},
		{map[string]int{"users": 50, "groups": 10}, []string{"users"}},
		{map[string]int{"memberships": 100_000}, []string{"memberships"}}, // one look, not three
		{map[string]int{"memberships": 1}, nil},
		{nil, nil},
	} {
		if diff := cmp.Diff(step.want, g.due(step.written)); diff != "" {
			t.Errorf("after %v more (-want +got):\n%s", step.written, diff)
		}
	}
}
