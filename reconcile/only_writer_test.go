package reconcile

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writers are the methods of Tx that write users, groups and edges.
var writers = []string{"CreateUsers", "UpdateUsers", "FreeUserNames", "CreateGroups", "UpdateGroups", "NoteLists", "ForgetLists", "CreateMemberships", "UpdateMemberships", "EraseUsers", "EraseGroups"}

// writesModel finds SQL that writes one of the three tables.
var writesModel = regexp.MustCompile("(?is)\\b(insert\\s+(or\\s+\\w+\\s+)?into|replace\\s+into|update|delete\\s+from|truncate(\\s+table)?|merge\\s+into|copy)\\s+(only\\s+)?([\"`\\[]?\\w+[\"`\\]]?\\.)?[\"`\\[]?(users|groups|memberships)\\b")

// Migrations own the schema, and implement is the one file that implements Tx.
const implements = "store/apply.go"

func TestUsersGroupsAndEdgesAreWrittenByApplyAlone(t *testing.T) {
	files := parseHouse(t, "..")
	if _, ok := files[implements]; len(files) < 20 || !ok {
		t.Fatalf("%d files were read, %s among them: %v; is the path right?", len(files), implements, ok)
	}
	for _, path := range sortedKeys(files) {
		for _, finding := range otherWriters(path, files[path].set, files[path].file) {
			t.Error(finding)
		}
	}
}

type parsed struct {
	set  *token.FileSet
	file *ast.File
}

// parseHouse reads every Go file below root that is not a test, by its path from there.
func parseHouse(t *testing.T, root string) map[string]parsed {
	t.Helper()
	files := make(map[string]parsed)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		files[filepath.ToSlash(relative)] = parsed{set, file}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// otherWriters lists what in a file writes past apply: a mention of a writing method
// outside reconcile (a call, or the method taken as a value), and, in store outside the
// file that implements Tx, SQL text or a query that writes the tables.
func otherWriters(path string, set *token.FileSet, file *ast.File) []string {
	var findings []string
	found := func(node ast.Node, what string) {
		findings = append(findings, fmt.Sprintf("%s:%d: %s", path, set.Position(node.Pos()).Line, what))
	}
	inStore := strings.HasPrefix(path, "store/") && path != implements
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.SelectorExpr:
			if !strings.HasPrefix(path, "reconcile/") && slices.Contains(writers, node.Sel.Name) {
				found(node, node.Sel.Name+" is called outside reconcile")
			}
		case *ast.BasicLit:
			text, err := strconv.Unquote(node.Value)
			if inStore && node.Kind == token.STRING && err == nil && writesModel.MatchString(text) {
				found(node, "SQL writes "+writesModel.FindStringSubmatch(text)[6])
			}
		case *ast.CallExpr:
			if method, ok := node.Fun.(*ast.SelectorExpr); ok && inStore && slices.Contains(finishers, method.Sel.Name) && speaksOfModel(node) {
				found(node, method.Sel.Name+" writes users, groups or memberships")
			}
		}
		return true
	})
	return findings
}

// finishers are GORM's methods that write.
var finishers = []string{"Create", "CreateInBatches", "Save", "Update", "Updates", "UpdateColumn", "UpdateColumns", "Delete", "FirstOrCreate"}

// speaksOfModel tells whether a chain of calls starts from, or is given, one of the
// three: tx.users(), models.User{}.
func speaksOfModel(call *ast.CallExpr) bool {
	speaks := false
	ast.Inspect(call, func(node ast.Node) bool {
		name, ok := node.(*ast.SelectorExpr)
		speaks = speaks || ok && slices.Contains([]string{"users", "groups", "memberships", "User", "Group", "Membership"}, name.Sel.Name)
		return !speaks
	})
	return speaks
}

func sortedKeys(files map[string]parsed) []string {
	var paths []string
	for path := range files {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

func TestOtherWritersAreFound(t *testing.T) {
	for name, tc := range map[string]struct {
		path, body string
		want       []string
	}{
		"a call":                      {"push/users.go", `tx.UpdateUsers(nil)`, []string{"push/users.go:3: UpdateUsers is called outside reconcile"}},
		"a method value":              {"push/users.go", `f := tx.UpdateMemberships; f(nil)`, []string{"push/users.go:3: UpdateMemberships is called outside reconcile"}},
		"a call within reconcile":     {"reconcile/apply.go", `tx.UpdateUsers(nil)`, nil},
		"an UPDATE":                   {"store/users.go", "db.Exec(`\n\tUPDATE \"users\"\n\tSET living = ?`)", []string{"store/users.go:3: SQL writes users"}},
		"an INSERT":                   {"store/runs.go", `db.Exec("insert into memberships (a) values (1)")`, []string{"store/runs.go:3: SQL writes memberships"}},
		"a DELETE":                    {"store/x.go", `db.Exec("DELETE FROM public.groups WHERE id = ?")`, []string{"store/x.go:3: SQL writes groups"}},
		"an update of a query":        {"store/x.go", `tx.users().Where("id = ?", id).Update("living", true)`, []string{"store/x.go:3: Update writes users, groups or memberships"}},
		"a delete by type":            {"store/x.go", `db.Where("id = ?", id).Delete(&models.Group{})`, []string{"store/x.go:3: Delete writes users, groups or memberships"}},
		"an update of another table":  {"store/x.go", `tx.run(run).Updates(&run)`, nil},
		"the file that implements Tx": {"store/apply.go", `db.Exec("DELETE FROM groups")`, nil},
		"another table":               {"store/runs.go", `db.Exec("UPDATE sync_runs SET state = ?")`, nil},
		"a read":                      {"store/users.go", `db.Raw("SELECT * FROM users FOR UPDATE")`, nil},
		"a sentence":                  {"push/doc.go", `log("update users when Entra says so")`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, tc.path, "package p\nfunc f() {\n"+tc.body+"\n}", parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, otherWriters(tc.path, set, file)); diff != "" {
				t.Errorf("findings differ (-want +got):\n%s", diff)
			}
		})
	}
}
