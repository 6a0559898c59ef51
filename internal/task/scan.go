package task

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// MaxText is how much of a text is read, in bytes; the rest of a larger one is not looked at.
const MaxText = 2 << 20

// The bounds of one look at a folder.
const (
	maxSource = 1 << 20   // of a source file that is searched for the mark
	maxKept   = 256 << 10 // of a name, a description or an example whose text is kept
	maxRead   = 16 << 20  // of all source files together
	maxFiles  = 5_000     // files below the folder that are looked at
	maxDirs   = 5_000     // folders below it
	maxNames  = 10_000    // names of one folder
	maxDepth  = 40
)

// EntryKind says what stands under a name.
type EntryKind int

// The kinds of entries.
const (
	Absent      EntryKind = iota
	Regular               // a file, also through a link that stays in the folder
	Directory             //
	Irregular             // a FIFO, a socket, a device
	OutsideLink           // a link that leaves the folder, or leads nowhere
	Unreadable            // it is there, but cannot be opened
)

// Entry is a name in the folder's root.
type Entry struct {
	Name  string
	Kind  EntryKind
	Size  int64 // bytes of a Regular
	Empty bool  // of a Directory: it holds nothing
	// NotText says that a Regular of the contract's own texts and examples holds bytes that are not UTF-8, as far as it was read.
	NotText bool
}

// FileInfo is a regular file below the folder.
type FileInfo struct {
	Path    string // slash-separated, relative to the folder
	Size    int64  // bytes
	ModTime time.Time
	// Opaque says that the file may print the mark unseen: an archive, or a program that is larger than what is read.
	Opaque bool

	speech speech
}

// disk is what one look at the disk gave.
type disk struct {
	fsys    fs.FS
	entries map[string]Entry       // the seven, and .dockerignore
	infos   map[string]fs.FileInfo // of those that are regular files
	names   []string
	texts   map[string]*text.File
	sums    map[string]digest // of the files that were read whole
	files   map[string]FileInfo
	sorted  []FileInfo      // files, by path
	paths   []string        // of files and folders, sorted
	dirs    map[string]bool // folders; true where they were looked into
	unseen  []string        // those that were not, sorted
	marks   []MarkPlace
	partial bool
	read    int // bytes of sources so far
	walked  int // folders so far
}

func (d *disk) entry(name string) Entry {
	if e, ok := d.entries[name]; ok {
		return e
	}
	return Entry{Name: name}
}

func scan(fsys fs.FS) *disk {
	d := &disk{
		fsys: fsys, entries: map[string]Entry{}, infos: map[string]fs.FileInfo{}, texts: map[string]*text.File{}, sums: map[string]digest{},
		files: map[string]FileInfo{}, dirs: map[string]bool{},
	}
	for _, name := range append(Required(), IgnoreFile) {
		d.entries[name] = d.look(name)
	}
	for _, name := range []string{ConfigFile, DockerfileName, IgnoreFile} {
		if d.entry(name).Kind == Regular {
			d.load(name)
		}
	}
	for _, name := range []string{NameFile, DescriptionFile, InputFile, OutputFile} {
		if d.entry(name).Kind == Regular {
			d.loadContract(name)
		}
	}
	d.walk(".", 0)
	d.infos = nil // a folder lives long
	slices.SortFunc(d.marks, compareMarks)
	d.sorted = slices.SortedFunc(maps.Values(d.files), func(a, b FileInfo) int { return compare(a.Path, b.Path) })
	d.paths = slices.AppendSeq(slices.Collect(maps.Keys(d.files)), maps.Keys(d.dirs))
	slices.Sort(d.paths)
	for _, name := range d.paths {
		if looked, isDir := d.dirs[name]; isDir && !looked {
			d.unseen = append(d.unseen, name)
		}
	}
	return d
}

func compareMarks(a, b MarkPlace) int {
	return cmp.Or(compare(a.File.Path, b.File.Path), cmp.Compare(a.Span.Start, b.Span.Start))
}

// look finds out what stands under a name, without opening it.
func (d *disk) look(name string) Entry {
	e := Entry{Name: name}
	info, err := fs.Lstat(d.fsys, name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			e.Kind = Unreadable
		}
		return e
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if info, err = fs.Stat(d.fsys, name); err != nil {
			e.Kind = OutsideLink
			return e
		}
	} else if info.Mode().IsRegular() {
		d.infos[name] = info
	}
	switch {
	case info.IsDir():
		e.Kind = Directory
		names, _, err := d.readDir(name, 1)
		if err != nil {
			e.Kind = Unreadable
		}
		e.Empty = err == nil && len(names) == 0
	case info.Mode().IsRegular():
		e.Kind, e.Size = Regular, info.Size()
	default:
		e.Kind = Irregular
	}
	return e
}

// load reads a text of the root. One that cannot be opened becomes Unreadable.
func (d *disk) load(name string) {
	content, err := d.readFile(name, MaxText)
	if err != nil {
		d.unreadable(name)
		return
	}
	d.texts[name] = text.New(name, content)
	d.sums[name] = sumOf(d.texts[name])
}

func (d *disk) unreadable(name string) {
	e := d.entries[name]
	e.Kind = Unreadable
	d.entries[name] = e
}

// loadContract reads one of the contract's own texts and examples. Its text is kept where it is one, and not too large.
func (d *disk) loadContract(name string) {
	content, err := d.readFile(name, maxSource)
	if err != nil {
		d.unreadable(name)
		return
	}
	e := d.entries[name]
	t := text.New(name, content)
	if e.Size <= maxSource {
		d.sums[name] = sumOf(t)
	}
	e.NotText = !utf8.ValidString(content) && (e.Size <= maxSource || !utf8.ValidString(content[:max(0, len(content)-utf8.UTFMax)]))
	d.entries[name] = e
	if e.Size <= maxKept && !e.NotText && name != OutputFile {
		d.texts[name] = t
	}
}

// readFile reads at most limit bytes of a regular file. What was a file a moment ago is looked at again once it is open.
func (d *disk) readFile(name string, limit int64) (string, error) {
	f, err := d.fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	var b strings.Builder
	b.Grow(int(min(info.Size(), limit)))
	buffer := make([]byte, min(info.Size()+1, limit, 32<<10)) // most files are small, and there are many
	_, err = io.CopyBuffer(&b, io.LimitReader(f, limit), buffer)
	return b.String(), err
}

// readDir lists up to n names of a folder, sorted. more says that there are others.
func (d *disk) readDir(name string, n int) (list []fs.DirEntry, more bool, err error) {
	f, err := d.fsys.Open(name)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = f.Close() }() // it was only read
	dir, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, false, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	list, err = dir.ReadDir(n + 1)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if more = len(list) > n; more {
		list = list[:n]
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return compare(a.Name(), b.Name()) })
	return list, more, err
}

// skipped are the folders that hold no source of the task.
func skipped(name string) bool {
	return name == "node_modules" || name == ".git" || name == "__pycache__" || name == ".venv"
}

// walk looks at the files below a folder: those beside each other first.
func (d *disk) walk(dir string, depth int) {
	list, more, err := d.readDir(dir, maxNames)
	if err != nil || more || depth > maxDepth {
		d.partial = true
	}
	d.walked++
	var below []string
	for _, e := range list {
		name := path.Join(dir, e.Name())
		if dir == "." {
			d.names = append(d.names, e.Name())
		}
		if e.IsDir() {
			d.dirs[name] = !skipped(e.Name())
			if name == SourceDir { // the likeliest place first
				below = slices.Insert(below, 0, name)
			} else if !skipped(e.Name()) {
				below = append(below, name)
			}
			continue
		}
		if len(d.files) >= maxFiles {
			d.partial = true
			return
		}
		d.file(name, e)
	}
	if depth > maxDepth {
		return
	}
	for _, name := range below {
		if d.walked >= maxDirs || len(d.files) >= maxFiles {
			d.partial = true
			return
		}
		d.walk(name, depth+1)
	}
}

// file looks at one file, and searches it for the mark.
func (d *disk) file(name string, e fs.DirEntry) {
	info, err := d.infos[name], error(nil)
	if info == nil {
		info, err = e.Info()
	}
	if err == nil && e.Type()&fs.ModeSymlink != 0 {
		info, err = fs.Stat(d.fsys, name)
		if err == nil && info.IsDir() {
			d.dirs[name] = false // no link is followed
		}
	}
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	f := FileInfo{Path: name, Size: info.Size(), ModTime: info.ModTime()}
	switch {
	case !printsOutput(name) || f.Size == 0:
	case f.Size > maxSource:
		f.Opaque = d.isOpaque(name)
	case d.read+int(f.Size) > maxRead:
		d.partial = true
	default:
		f.Opaque, f.speech = d.search(name)
	}
	d.files[name] = f
}

// search looks for the mark in a file. It is opaque where the file is packed, or a program, so that the mark may be in it with no place
// to point at.
func (d *disk) search(name string) (opaque bool, says speech) {
	content, err := d.readFile(name, maxSource)
	if err != nil {
		return false, speech{}
	}
	d.read += len(content)
	t := text.New(name, content)
	d.sums[name] = sumOf(t)
	says = speechOf(t)
	if len(content) <= maxKept && (says.servesPy || path.Base(name) == "package.json") {
		d.texts[name] = t
	}
	if !strings.Contains(content, Mark) {
		return startsWith(content, archives), says
	}
	if strings.IndexByte(content, 0) >= 0 {
		return true, speech{}
	}
	d.texts[name] = t
	d.marks = append(d.marks, findMarks(t)...)
	return false, says
}

// The first bytes of programs, and of archives.
var (
	programs = []string{"\x7fELF", "MZ", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe", "\x00asm"}
	archives = []string{"PK\x03\x04", "\x1f\x8b", "BZh", "\xfd7zXZ", "\x28\xb5\x2f\xfd"}
)

// isOpaque reports whether a file that is too large to be searched may print the mark: whether it is a program or an archive.
func (d *disk) isOpaque(name string) bool {
	head, err := d.readFile(name, 8)
	return err == nil && (startsWith(head, programs) || startsWith(head, archives))
}

func startsWith(s string, magics []string) bool {
	return slices.ContainsFunc(magics, func(magic string) bool { return strings.HasPrefix(s, magic) })
}

func compare(a, b string) int { return cmp.Compare(a, b) }
