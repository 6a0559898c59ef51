package task

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// maxFolders bounds how many folders below a root are searched for task folders.
const maxFolders = 200_000

// IsFolder reports whether a folder has the shape of a task folder: three of the seven entries, or two of which one is a config.json
// with a resource object.
func IsFolder(fsys fs.FS, dir string) bool {
	entries, config := 0, false
	for _, name := range Required() {
		if _, err := fs.Lstat(fsys, path.Join(dir, name)); err == nil {
			entries++
			config = config || name == ConfigFile
		}
	}
	return hasShape(fsys, dir, entries, config)
}

func hasShape(fsys fs.FS, dir string, entries int, config bool) bool {
	return entries >= 3 || entries == 2 && config && hasResource(fsys, path.Join(dir, ConfigFile))
}

func hasResource(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	d := disk{fsys: fsys}
	content, err := d.readFile(name, MaxText)
	return err == nil && schema.Read(text.New(name, content)).Resource() != nil
}

// Find visits the task folders at and below a root, in one pass over the disk, by their slash-separated paths. It does not go into
// node_modules, folders whose name starts with a dot, what a .gitignore at or below the root leaves out, or the src of a task folder, and
// follows no link. It ends early when visit returns false or ctx is done.
func Find(ctx context.Context, fsys fs.FS, visit func(dir string) bool) {
	type folder struct {
		dir    string
		ignore *gitIgnore // that counts for it
	}
	d := disk{fsys: fsys}
	queue := []folder{{dir: "."}}
	for seen := 0; len(queue) > 0 && seen < maxFolders && ctx.Err() == nil; seen++ {
		at := queue[0]
		queue = queue[1:]
		list, _, err := d.readDir(at.dir, maxNames)
		if err != nil {
			continue
		}
		found := listsFolder(fsys, at.dir, list)
		if found && !visit(at.dir) {
			return
		}
		if slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.Name() == GitIgnoreFile && e.Type().IsRegular() }) {
			at.ignore = d.gitIgnore(at.dir, at.ignore)
		}
		for _, e := range list {
			name := path.Join(at.dir, e.Name())
			if e.IsDir() && !unsearched(e.Name()) && !(found && e.Name() == SourceDir) && !at.ignore.excludes(name) {
				queue = append(queue, folder{name, at.ignore})
			}
		}
	}
}

// unsearched names the folders that are never searched for task folders.
func unsearched(name string) bool {
	return name == "node_modules" || strings.HasPrefix(name, ".")
}

// gitIgnore reads a folder's .gitignore. One that cannot be read has no rules.
func (d *disk) gitIgnore(dir string, above *gitIgnore) *gitIgnore {
	content, err := d.readFile(path.Join(dir, GitIgnoreFile), maxGitIgnore)
	if err != nil {
		return above
	}
	return readGitIgnore(dir, content, above)
}

// Search tells where Find goes below a root, for questions about many folders at one time. It is not for use by two goroutines at once.
type Search struct {
	disk    disk
	ignores map[string]*gitIgnore // by folder, as far as they were read
}

// NewSearch asks about the folders below fsys as they are now.
func NewSearch(fsys fs.FS) *Search {
	return &Search{disk: disk{fsys: fsys}, ignores: map[string]*gitIgnore{}}
}

// Comes reports whether Find comes to a folder, unless that lies in the src of a task folder. dir is slash-separated.
func (s *Search) Comes(dir string) bool {
	if dir == "." {
		return true
	}
	at := "."
	for name := range strings.SplitSeq(dir, "/") {
		ignore := s.ignore(at)
		if at = path.Join(at, name); unsearched(name) || ignore.excludes(at) {
			return false
		}
	}
	return true
}

func (s *Search) ignore(dir string) *gitIgnore {
	if g, known := s.ignores[dir]; known {
		return g
	}
	var above *gitIgnore
	if dir != "." {
		above = s.ignore(path.Dir(dir))
	}
	g := s.disk.gitIgnore(dir, above)
	s.ignores[dir] = g
	return g
}

// listsFolder is IsFolder for a folder whose names are known.
func listsFolder(fsys fs.FS, dir string, list []fs.DirEntry) bool {
	entries, config := 0, false
	for _, e := range list {
		if slices.Contains(Required(), e.Name()) {
			entries++
			config = config || e.Name() == ConfigFile
		}
	}
	return hasShape(fsys, dir, entries, config)
}
