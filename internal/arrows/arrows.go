// Package arrows holds the house: which room may import which, which library is known
// where, and who reads the environment (docs/design.md, section 2).
//
// Its test reads every Go file of the module. It needs no build, so it is the first
// to speak when an arrow points up. What _test.go files import is free.
package arrows

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

const module = "scimbridge"

// File is what the rules need to know of one Go file.
type File struct {
	Path    string // from the root of the module, with slashes
	Package string // the name in its package clause
	Imports []Import
	Calls   []Selector // what it names of the packages it imports
}

// Import is one line of a file's imports.
type Import struct {
	Path string
	Line int
}

// Selector is a name of another package, such as os.Getenv.
type Selector struct {
	Path, Name string
	Line       int
}

// Check returns one sentence for each rule that a file breaks.
func Check(f File) []string {
	room, known := roomOf(path.Dir(f.Path))
	if !known {
		return []string{f.unknownRoom()}
	}
	problems := f.vagueNames()
	if f.test() {
		return problems
	}
	// A further rule, such as who may write what, is a method of File and a line here.
	problems = append(problems, f.arrows(room)...)
	problems = append(problems, f.libraries(room)...)
	return append(problems, f.environment(room)...)
}

func (f File) test() bool { return strings.HasSuffix(f.Path, "_test.go") }

func (f File) unknownRoom() string {
	return fmt.Sprintf("%s: the folder is no room of the house: add it with its line to docs/design.md, section 2, and to internal/arrows/house.go",
		f.Path)
}

func (f File) vagueNames() []string {
	var problems []string
	names := append(strings.Split(path.Dir(f.Path), "/"), strings.TrimSuffix(f.Package, "_test"))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if slices.Contains(vagueNames, name) {
			problems = append(problems, fmt.Sprintf("%s: a room is not called %q: name it after what is inside", f.Path, name))
		}
	}
	return problems
}

func (f File) arrows(room string) []string {
	var problems []string
	for _, i := range f.Imports {
		if why := arrow(room, i.Path); why != "" {
			problems = append(problems, fmt.Sprintf("%s:%d imports %s: %s", f.Path, i.Line, i.Path, why))
		}
	}
	return problems
}

// arrow says why the room may not import the package, or nothing.
func arrow(room, imported string) string {
	folder, ours := strings.CutPrefix(imported, module+"/")
	if !ours {
		return ""
	}
	target, known := roomOf(folder)
	switch {
	case !known:
		return "that folder is no room of the house"
	case target == room:
		return ""
	case target == testSupport && room != measuring:
		return target + " is for tests alone"
	case rooms[target] == rooms[room]:
		return fmt.Sprintf("%s and %s are on one line (%d), and rooms on one line do not import each other: let the caller declare a small interface and cmd wire it",
			room, target, rooms[room])
	case rooms[target] > rooms[room]:
		return fmt.Sprintf("arrows only go down, and %s (%d) stands above %s (%d)", target, rooms[target], room, rooms[room])
	}
	return ""
}

type libraryRule struct {
	library string
	paths   []string
	rooms   []string
	why     string
}

func (f File) libraries(room string) []string {
	var problems []string
	for _, i := range f.Imports {
		for _, rule := range libraryRules {
			if rule.covers(i.Path) && !slices.Contains(rule.rooms, room) {
				problems = append(problems, fmt.Sprintf("%s:%d imports %s: only %s may import %s: %s",
					f.Path, i.Line, i.Path, strings.Join(rule.rooms, ", "), rule.library, rule.why))
			}
		}
	}
	return problems
}

func (r libraryRule) covers(imported string) bool {
	return slices.ContainsFunc(r.paths, func(p string) bool { return within(imported, p) })
}

func (f File) environment(room string) []string {
	if slices.Contains(environmentRooms, room) {
		return nil
	}
	var problems []string
	for _, c := range f.Calls {
		if slices.Contains(environment[c.Path], c.Name) {
			problems = append(problems, fmt.Sprintf("%s:%d uses %s.%s: the environment is read in cmd alone; take the value as an argument",
				f.Path, c.Line, c.Path, c.Name))
		}
	}
	return problems
}

// roomOf finds the room of a folder: itself or the nearest folder above it that is one.
func roomOf(folder string) (room string, known bool) {
	for ; folder != "." && folder != "/"; folder = path.Dir(folder) {
		if _, known := rooms[folder]; known {
			return folder, true
		}
	}
	return "", false
}

// within reports whether a path is another or lies below it.
func within(p, above string) bool { return p == above || strings.HasPrefix(p, above+"/") }
