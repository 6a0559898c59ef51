package runner

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// A ledgerFolder holds the files of the runs that go on, of all processes of a person.
//
// Invariant: it is a real folder of this person's, and nobody else can write to it or read it.
type ledgerFolder struct {
	path string
	root *os.Root
}

// ledgerName is the folder's path below the first place that can be used.
var ledgerName = []string{"meca-lsp", "sessions"}

// ledgerPlaces are where the folder may be: where the person's caches are, which are still there after a restart of the machine, as
// containers are; else where the session's sockets are.
func ledgerPlaces() []string {
	var places []string
	if dir, err := os.UserCacheDir(); err == nil {
		places = append(places, dir)
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		places = append(places, dir)
	}
	return places
}

// What other users may not have: any access, or that of changing something.
const (
	others      fs.FileMode = 0o077
	othersWrite fs.FileMode = 0o022
)

// findLedgerFolder opens the folder in the first place where it can be had. The error is about the first.
func findLedgerFolder(places []string) (*ledgerFolder, error) {
	first := errors.New("there is no folder for its notes; set HOME")
	for i, place := range places {
		f, err := makeLedgerFolder(place)
		if err == nil {
			return f, nil
		}
		if i == 0 {
			first = fmt.Errorf("the folder for its notes, %s, cannot be used: %w", filepath.Join(append([]string{place}, ledgerName...)...), err)
		}
	}
	return nil, first
}

// makeLedgerFolder makes the folder below a place, and opens it. A place may be new, but it is in a folder that is there.
func makeLedgerFolder(place string) (*ledgerFolder, error) {
	if err := os.Mkdir(place, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, withoutPath(err)
	}
	path := place
	for i, name := range ledgerName {
		path = filepath.Join(path, name)
		if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, withoutPath(err)
		}
		info, err := os.Lstat(path)
		if err != nil {
			return nil, withoutPath(err)
		}
		shut := othersWrite
		if i == len(ledgerName)-1 {
			shut = others
		}
		if err := ownFolder(info, shut); err != nil {
			return nil, fmt.Errorf("%s %w", name, err)
		}
	}
	return openLedgerFolder(path)
}

// openLedgerFolder opens the folder at a path, and makes sure of it.
func openLedgerFolder(path string) (*ledgerFolder, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	info, err := root.Stat(".")
	if err == nil {
		err = ownFolder(info, others)
	}
	if err != nil {
		_ = root.Close() // it was not used
		return nil, withoutPath(err)
	}
	return &ledgerFolder{path: path, root: root}, nil
}

// withoutPath takes the path off an error: it stands in the message already.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Close closes the folder.
func (f *ledgerFolder) Close() error { return f.root.Close() }

// ownerDigits is the length of an owner.
const ownerDigits = 16

// entryName is the name of a run's file.
func entryName(owner, session string) string { return owner + "-" + session + ".jsonl" }

// entryNames matches it. A name that it does not match is none of ours.
var entryNames = regexp.MustCompile(`^([0-9a-f]{16})-([0-9a-f]{32})\.jsonl$`)

// names gives the names of the runs' files.
func (f *ledgerFolder) names() ([]string, error) {
	dir, err := f.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }() // it was only read
	const most = 10_000
	all, err := dir.Readdirnames(most)
	var names []string
	for _, name := range all {
		if entryNames.MatchString(name) {
			names = append(names, name)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil // there is none
	}
	return names, err
}

// errLocked says that another process holds a file's lock.
var errLocked = errors.New("locked")

// lockSoon is how long a lock is waited for that somebody may hold who only looks: whose file it is, and what it names.
const lockSoon = time.Second

// create makes a file and locks it.
func (f *ledgerFolder) create(name string) (*os.File, error) {
	file, err := f.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, withoutPath(err)
	}
	if err := f.lock(file, name, lockSoon); err != nil {
		_ = file.Close() // nothing was written
		return nil, errors.Join(fmt.Errorf("its file cannot be locked: %w", err), f.root.Remove(name))
	}
	return file, nil
}

// take opens a file that is there, and locks it. The error is errLocked where its process lives.
func (f *ledgerFolder) take(name string, patience time.Duration) (*os.File, error) {
	info, err := f.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no file")
	}
	file, err := f.root.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	if err := f.lock(file, name, patience); err != nil {
		_ = file.Close() // it was only tried
		return nil, err
	}
	return file, nil
}

// lock locks an open file, and makes sure that it is still the one of that name: who had it before may have removed it.
func (f *ledgerFolder) lock(file *os.File, name string, patience time.Duration) error {
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		err := tryLock(file)
		if err == nil {
			break
		}
		if !errors.Is(err, errLocked) || time.Now().After(end) {
			return err
		}
	}
	locked, err := file.Stat()
	if err != nil {
		return err
	}
	there, err := f.root.Lstat(name)
	if err != nil {
		return err
	}
	if !os.SameFile(locked, there) {
		return fs.ErrNotExist
	}
	return nil
}
