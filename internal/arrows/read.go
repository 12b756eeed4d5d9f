package arrows

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// Read returns every Go file of the module at root, by syntax alone.
func Read(root string) ([]File, error) {
	var files []File
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && elsewhere(root, name):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		source, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		file, err := Parse(name, string(source))
		files = append(files, file)
		return err
	})
	return files, err
}

// elsewhere reports whether the go command leaves a folder out of this module.
func elsewhere(root, folder string) bool {
	if folder == "." {
		return false
	}
	base := path.Base(folder)
	if base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(root, folder, "go.mod"))
	return err == nil
}

// Parse reads one file.
func Parse(name, source string) (File, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
	if err != nil {
		return File{}, err
	}
	f := File{Path: name, Package: tree.Name.Name}
	imported := map[string]string{} // from the name used in this file to the import path
	for _, spec := range tree.Imports {
		importPath, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return File{}, fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
		}
		f.Imports = append(f.Imports, Import{Path: importPath, Line: set.Position(spec.Pos()).Line})
		imported[localName(spec, importPath)] = importPath
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if left, ok := selector.X.(*ast.Ident); ok && imported[left.Name] != "" {
				f.Calls = append(f.Calls, Selector{
					Path: imported[left.Name], Name: selector.Sel.Name, Line: set.Position(selector.Pos()).Line,
				})
			}
		}
		return true
	})
	return f, nil
}

// localName is right for the standard library and for our rooms; for other modules it
// may miss, and no rule asks for names of theirs.
func localName(spec *ast.ImportSpec, importPath string) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	return path.Base(importPath)
}
