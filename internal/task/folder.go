// Package task is the task folder as one immutable value: its seven entries, its ignore rules, its source files, what its config.json
// and Dockerfile say, and a hash; and Report, what one run found.
//
// [Load] reads a folder once, from any fs.FS, within bounds, and never fails: what cannot be read is a fact of the folder like any
// other. [Folder.With] lays the texts that are open in an editor over it.
package task

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"slices"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// The seven entries of a task folder (docs/hosts.md#the-folder), and the ignore file of its build context.
const (
	ConfigFile      = "config.json"
	DockerfileName  = "Dockerfile"
	SourceDir       = "src"
	DescriptionFile = "description.txt"
	NameFile        = "name.txt"
	InputFile       = "example_input.bin"
	OutputFile      = "example_output.bin"
	IgnoreFile      = ".dockerignore"
)

// Required are the seven entries, in the order of the contract.
func Required() []string {
	return []string{DockerfileName, SourceDir, DescriptionFile, NameFile, InputFile, OutputFile, ConfigFile}
}

// Mark is what a task prints when it is ready.
const Mark = "meca-init-done"

// Folder is a task folder as it was at one moment. It is immutable.
type Folder struct {
	disk       *disk
	loaded     *Folder           // the folder without open texts; nil for that one itself
	open       map[string]string // texts of the editor, by path
	config     *schema.Document  // nil where there is no readable config.json
	dockerfile *dockerfile.File  // nil where there is no readable Dockerfile
	ignore     *Ignore
	marks      []MarkPlace
}

// Load reads a folder.
func Load(fsys fs.FS) *Folder {
	d := scan(fsys)
	f := &Folder{disk: d, marks: d.marks}
	if t := d.texts[ConfigFile]; t != nil {
		f.config = schema.Read(t)
	}
	if t := d.texts[DockerfileName]; t != nil {
		f.dockerfile = dockerfile.Read(t)
	}
	f.ignore = readIgnore(d.texts[IgnoreFile])
	return f
}

// With lays open texts over the disk, by slash-separated path, in place of those that lay there before. They count for what the files
// say; which files there are is the disk's word alone. The receiver stays as it is.
func (f *Folder) With(open map[string]string) *Folder {
	base := f
	if f.loaded != nil {
		base = f.loaded
	}
	n := &Folder{disk: f.disk, loaded: base, open: maps.Clone(open), config: base.config, dockerfile: base.dockerfile, ignore: base.ignore, marks: base.marks}
	for path := range open {
		switch path {
		case ConfigFile:
			n.config = schema.Read(n.File(path))
		case DockerfileName:
			n.dockerfile = dockerfile.Read(n.File(path))
		case IgnoreFile:
			n.ignore = readIgnore(n.File(path))
		default:
			if _, there := f.disk.files[path]; there {
				n.marks = slices.DeleteFunc(slices.Clone(n.marks), func(m MarkPlace) bool { return m.File.Path == path })
				n.marks = append(n.marks, findMarks(n.File(path))...)
			}
		}
	}
	slices.SortFunc(n.marks, compareMarks)
	return n
}

// File is a file's text as the folder sees it: the editor's, else the disk's. It is nil for a file that was not loaded.
func (f *Folder) File(path string) *text.File {
	if content, ok := f.open[path]; ok {
		return text.NewOpen(path, content, f.disk.sums[path].bom)
	}
	return f.disk.texts[path]
}

// Entry tells of an entry of the folder's root.
func (f *Folder) Entry(name string) Entry { return f.disk.entry(name) }

// Names are the names in the folder's root, sorted, up to a bound.
func (f *Folder) Names() []string { return f.disk.names }

// Config is what config.json says; nil where it cannot be read.
func (f *Folder) Config() *schema.Document { return f.config }

// Dockerfile is what the Dockerfile says; nil where it cannot be read.
func (f *Folder) Dockerfile() *dockerfile.File { return f.dockerfile }

// Ignore are the rules of .dockerignore.
func (f *Folder) Ignore() *Ignore { return f.ignore }

// Marks are the places where a file of the folder prints the mark.
func (f *Folder) Marks() []MarkPlace { return f.marks }

// Files are the regular files below the folder that were looked at, sorted by path.
func (f *Folder) Files() []FileInfo { return f.disk.sorted }

// Has reports whether a slash-separated path is there. It is not known where the folder was not looked at as far as that.
func (f *Folder) Has(path string) (there, known bool) {
	if path == "." {
		return true, true
	}
	if _, ok := f.disk.files[path]; ok {
		return true, true
	}
	if _, ok := f.disk.dirs[path]; ok {
		return true, true
	}
	for dir := path; ; {
		i := lastSlash(dir)
		if i < 0 {
			return slices.Contains(f.disk.names, path), !f.disk.partial
		}
		dir = dir[:i]
		if looked, ok := f.disk.dirs[dir]; ok && !looked {
			return false, false
		}
	}
}

// Paths are all paths that were looked at: files and folders, sorted.
func (f *Folder) Paths() []string { return f.disk.paths }

// Unseen are the folders that are there and were not looked into, sorted: those that hold no source of the task, and links.
func (f *Folder) Unseen() []string { return f.disk.unseen }

// Partial reports whether the folder is larger than what is looked at, so that Files and Marks do not tell everything.
func (f *Folder) Partial() bool { return f.disk.partial }

// Limits are what the contract promises this task's container.
func (f *Folder) Limits() schema.Limits {
	if f.config == nil {
		return schema.DefaultLimits()
	}
	return f.config.Limits()
}

// InstructionLines are the one-based lines of the Dockerfile's instructions, as a builder counts its steps.
func (f *Folder) InstructionLines() []int {
	if f.dockerfile == nil {
		return nil
	}
	list := make([]int, len(f.dockerfile.Instructions))
	for i, in := range f.dockerfile.Instructions {
		list[i] = in.Line
	}
	return list
}

// Hash tells one state of the folder from another: texts by content, files that are not read by size and time. A text that is open
// and unchanged counts as the file on disk.
func (f *Folder) Hash() string {
	h := sha256.New()
	for _, name := range Required() {
		add(h, name, string(rune('0'+f.disk.entry(name).Kind)))
	}
	for _, info := range f.Files() {
		sum, known := f.disk.sums[info.Path]
		if content, open := f.open[info.Path]; open && (known || int64(len(content)) != info.Size) {
			sum, known = sumOf(f.File(info.Path)), true
		}
		if !known {
			sum.hash = fmt.Sprint(info.Size, info.ModTime.UnixNano())
		}
		add(h, info.Path, sum.hash)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// digest tells one content from another.
type digest struct {
	hash string
	bom  bool // the content starts with a byte order mark
}

// sumOf is the digest of a text. An editor that hides the byte order mark does not change it.
func sumOf(f *text.File) digest {
	h := sha256.New()
	if f.BOM {
		add(h, text.BOM)
	}
	add(h, f.Text)
	return digest{string(h.Sum(nil)), f.BOM}
}

func add(h hash.Hash, parts ...string) {
	for _, p := range parts {
		_ = binary.Write(h, binary.LittleEndian, int64(len(p))) // a hash never fails to write
		_, _ = io.WriteString(h, p)
	}
}

// FileSize is the size of a regular file that was looked at, in bytes.
func (f *Folder) FileSize(path string) (size int64, ok bool) {
	info, ok := f.disk.files[path]
	return info.Size, ok
}
