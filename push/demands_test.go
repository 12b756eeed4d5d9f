package push_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// The demands are those of the fact sheet, section 9: every MUST and SHOULD of RFC 7643,
// 7644, 9865 and 9967, by number. Each is an operation of testdata/demands, or a test of
// its own below, or a line of the decision about what is not met.
func TestDemands(t *testing.T) {
	t.Parallel()
	operations := dialects(t, "testdata/demands/*.txt")
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		db := storetest.Open(t, databaseURL, store.Options{})
		for _, o := range operations {
			t.Run(o.name, func(t *testing.T) { perform(t, serve(t, db, models.DefaultSettings()), o) })
		}
	})
}

// demandedElsewhere names the tests that hold what no exchange of requests can show.
var demandedElsewhere = map[int]string{
	16:  "TestATokenHasTheFormThatScannersKnow",
	17:  "TestSecretsAreChangedWithoutAGapAndRevokedAtOnce",
	19:  "TestATokenOpensItsDirectoryAlone",
	20:  "TestARecordOfAnotherDirectoryDoesNotExist",
	38:  "TestCharacteristics",
	42:  "TestCharacteristics",
	91:  "TestDemand091And092ListsAreSortedByTypeAndCase",
	92:  "TestDemand091And092ListsAreSortedByTypeAndCase",
	98:  "TestDemand103And110CursorsThatAreNotOfThisListAreRefused",
	99:  "TestDemand099PagesByCursorStayStableWhileOthersWrite",
	100: "TestDemand091And092ListsAreSortedByTypeAndCase",
	103: "TestDemand103And110CursorsThatAreNotOfThisListAreRefused",
	109: "TestDemand103And110CursorsThatAreNotOfThisListAreRefused",
	110: "TestDemand103And110CursorsThatAreNotOfThisListAreRefused",
	111: "TestDemand103And110CursorsThatAreNotOfThisListAreRefused",
	119: "TestImmutableAttributes",
	155: "TestOperationsOfABulkRequestKeepTheirOrder",
	160: "TestBulkLimitsAreNamed",
	168: "TestIssuedTokensHaveTheRightsTheyWereIssuedWith",
	170: "TestTheRequestLogTellsWhatHappenedWithoutPersonalValues",
	171: "TestTheHashIsSHA256InHex",
}

const demands = 181

var (
	demandName   = regexp.MustCompile(`^demand (\d+): `)
	decidedLine  = regexp.MustCompile(`(?m)^\| (\d+)(?: to (\d+))? \|`)
	testFunction = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

func TestEveryDemandHasATestOrADecision(t *testing.T) {
	t.Parallel()
	met := make(map[int]bool)
	for _, o := range dialects(t, "testdata/demands/*.txt") {
		found := demandName.FindStringSubmatch(o.name)
		if found == nil {
			t.Fatalf("%q has no number", o.name)
		}
		met[number(found[1])] = true
	}
	tests := testsOfTheModule(t)
	for n, name := range demandedElsewhere {
		if !tests[name] {
			t.Errorf("demand %d: there is no test %s", n, name)
		}
		met[n] = true
	}
	text, err := os.ReadFile("../docs/decisions/004-demands-not-met.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range decidedLine.FindAllStringSubmatch(string(text), -1) {
		last := line[1]
		if line[2] != "" {
			last = line[2]
		}
		for n := number(line[1]); n <= number(last); n++ {
			met[n] = true
		}
	}
	for n := 1; n <= demands; n++ {
		if !met[n] {
			t.Errorf("demand %d has neither a test nor a decision", n)
		}
	}
	if all := slices.Sorted(maps.Keys(met)); all[0] < 1 || all[len(all)-1] > demands {
		t.Errorf("there is no demand %d or %d", all[0], all[len(all)-1])
	}
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// testsOfTheModule are the names of all tests, in every room.
func testsOfTheModule(t *testing.T) map[string]bool {
	t.Helper()
	tests := make(map[string]bool)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range testFunction.FindAllStringSubmatch(string(text), -1) {
			tests[found[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}
