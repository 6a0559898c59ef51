package task

import (
	"context"
	"io/fs"
	"path"
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
// node_modules, folders whose name starts with a dot, or the src of a task folder, and follows no link. It ends early when visit
// returns false or ctx is done.
func Find(ctx context.Context, fsys fs.FS, visit func(dir string) bool) {
	d := disk{fsys: fsys}
	queue := []string{"."}
	for seen := 0; len(queue) > 0 && seen < maxFolders && ctx.Err() == nil; seen++ {
		dir := queue[0]
		queue = queue[1:]
		list, _, err := d.readDir(dir, maxNames)
		if err != nil {
			continue
		}
		found := looksLike(list) && IsFolder(fsys, dir)
		if found && !visit(dir) {
			return
		}
		for _, e := range list {
			if e.IsDir() && e.Name() != "node_modules" && !strings.HasPrefix(e.Name(), ".") && !(found && e.Name() == SourceDir) {
				queue = append(queue, path.Join(dir, e.Name()))
			}
		}
	}
}

// looksLike is the cheap half of IsFolder, from the names alone.
func looksLike(list []fs.DirEntry) bool {
	n := 0
	for _, e := range list {
		for _, name := range Required() {
			if e.Name() == name {
				n++
			}
		}
	}
	return n >= 2
}
