package runner

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"
)

// A note is one line of a run's file, as JSON. Each line adds to the ones before.
type note struct {
	Begin   *entryHead `json:"begin,omitempty"`
	Before  *[]string  `json:"before,omitempty"`  // the first digits of the images' ids before the build
	Firsts  []string   `json:"firsts,omitempty"`  // with Before: the first instruction of each stage
	Build   *buildNote `json:"build,omitempty"`   // what the builder said
	Again   bool       `json:"again,omitempty"`   // the build begins anew
	Name    string     `json:"name,omitempty"`    // of the finished image, about to be given
	Reused  bool       `json:"reused,omitempty"`  // with Name: the image is to stay under it, for the next run
	Create  string     `json:"create,omitempty"`  // a container of this image is about to be made
	Created string     `json:"created,omitempty"` // the id of the container
	Kept    keeping    `json:"kept,omitempty"`    // the container is left running
	Settled bool       `json:"settled,omitempty"` // nothing is left
}

// keeping says how long a container is left running that a person wants to try.
type keeping string

const (
	keptByProcess keeping = "by-process" // until its process ends, or runs the folder again
	keptForGood   keeping = "for-good"   // until the folder is run again, by whatever process
)

// entryHead is a file's first line: whose run it is.
type entryHead struct {
	Version int       `json:"version"`
	Owner   string    `json:"owner"`
	Session string    `json:"session"`
	Engine  string    `json:"engine"`  // its address
	Machine string    `json:"machine"` // on which the address means that engine
	Path    string    `json:"path"`    // of the task folder
	Began   time.Time `json:"began"`
}

// entryVersion is that of the lines above. A file of another version is left to a program that knows it.
const entryVersion = 1

// A buildNote is what of a builder's message tells what was made; [buildLog] reads it again.
type buildNote struct {
	Stream string `json:"stream,omitempty"` // a line of the builder's own
	ID     string `json:"id,omitempty"`     // of the image of a stage
	Failed bool   `json:"failed,omitempty"`
	// Orphaned is when the builder lost the parent of an image that it was making, see [madeImages].
	Orphaned time.Time `json:"orphaned,omitzero"`
}

// failedNote is the builder's last word.
func failedNote(words string) buildNote {
	n := buildNote{Failed: true}
	if strings.Contains(words, lostParent) {
		n.Orphaned = time.Now()
	}
	return n
}

// How large a file may become, and one line of a builder's in it. A Dockerfile with a thousand steps makes 200 KB. What does not go in
// is not noted.
const (
	maxEntry     = 4 << 20
	maxEntryLine = 2000
)

// An entry is the file of a run that goes on, with its lock. Its methods do nothing where it is nil, and nothing more after the first
// error: the run goes on without.
type entry struct {
	head   entryHead
	folder *ledgerFolder
	name   string

	mu   sync.Mutex // guards all below
	file *os.File   // nil once it was given back
	size int
	cut  bool // the last line could not be written, or not to its end
	left bool // something could not be removed
}

// newEntry makes and locks the file of a run, and writes its head.
func (f *ledgerFolder) newEntry(head entryHead) (*entry, error) {
	head.Version, head.Machine, head.Began = entryVersion, machine(), time.Now().UTC()
	e := &entry{head: head, folder: f, name: entryName(head.Owner, head.Session)}
	file, err := f.create(e.name)
	if err != nil {
		return nil, err
	}
	e.file = file
	if !e.write(note{Begin: &head}) {
		return nil, errors.Join(errors.New("its folder "+f.path+" takes no more"), e.settle())
	}
	return e, nil
}

// write adds a line, and reports whether it could.
func (e *entry) write(n note) bool {
	if e == nil {
		return false
	}
	line, err := json.Marshal(n)
	if err != nil {
		return false // it holds strings only, which always can be
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.file == nil || e.size+len(line) >= maxEntry {
		return false
	}
	line = append(line, '\n')
	if e.cut {
		line = append([]byte("\n"), line...)
	}
	e.size += len(line)
	_, err = e.file.Write(line)
	e.cut = err != nil
	return err == nil
}

// owner is the id of the ledger, for the container's label.
func (e *entry) owner() string {
	if e == nil {
		return ""
	}
	return e.head.Owner
}

// before notes the images that are there before the build, and the first instruction of each of its stages.
func (e *entry) before(images []Image, firsts []string) {
	ids := make([]string, len(images))
	for i, image := range images {
		ids[i] = shortImage(image.ID)
	}
	e.write(note{Before: &ids, Firsts: firsts})
}

// built notes what the builder said.
func (e *entry) built(b buildNote) {
	b.Stream = b.Stream[:min(len(b.Stream), maxEntryLine)]
	e.write(note{Build: &b})
}

// again notes that the build begins anew.
func (e *entry) again() { e.write(note{Again: true}) }

// naming notes the name that the image is about to get. One that is reused stays after the run, and after its process's death.
func (e *entry) naming(name string, reused bool) { e.write(note{Name: name, Reused: reused}) }

// creating notes that a container is about to be made.
func (e *entry) creating(image string) { e.write(note{Create: image}) }

// created notes the container.
func (e *entry) created(id string) {
	if id != "" {
		e.write(note{Created: id})
	}
}

// leave says that something could not be removed: the file will stay, for the watchdog.
func (e *entry) leave() {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.left = true
}

// end ends the run's noting: the file is removed, or left to the watchdog where something could not be removed.
func (e *entry) end() error {
	if e == nil {
		return nil
	}
	e.mu.Lock()
	left := e.left
	e.mu.Unlock()
	if left {
		return e.release()
	}
	return e.settle()
}

// settle removes the file. The last line is for who opens it in this very moment, and for a disk that does not let it be removed.
func (e *entry) settle() error {
	e.write(note{Settled: true})
	if err := e.release(); err != nil {
		return err
	}
	if err := e.folder.root.Remove(e.name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// release gives the file and its lock back.
func (e *entry) release() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.file == nil {
		return nil
	}
	err := e.file.Close()
	e.file = nil
	return err
}

// shortImage is an image's id as builders show it.
func shortImage(id string) string { return short(strings.TrimPrefix(id, "sha256:")) }

// enter notes the run. Where it cannot, the run goes on, and says so.
func (r *run) enter(engine string) {
	e, err := r.ledger.begin(entryHead{Session: r.session, Engine: engine, Path: r.path})
	if err != nil {
		r.teller.line(fromEngine, err.Error())
	}
	r.entry = e
}

// leave ends the noting of the run.
func (r *run) leave() {
	if r.report.Kept != nil {
		return // the note stays as long as the container
	}
	if err := r.entry.end(); err != nil {
		r.teller.line(fromEngine, "the note of this run is left: "+err.Error())
	}
}
