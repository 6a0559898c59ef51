package runner

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// A leftover is what the file of a dead run names, as far as it was written. Reading one is total: a line that is none is passed over,
// as the last one is where its process died in the middle of it.
type leftover struct {
	head     entryHead
	images   *earlierImages // nil where no build was to begin
	name     string         // of the image, about to be given
	reused   bool           // the name was to stay
	creating string         // the image of a container that was asked for; "" where none was
	created  []string       // ids
	kept     keeping        // "" where the run was to remove its container
	settled  bool
	written  time.Time // the last line
}

// earlierImages is a build that another process has begun.
type earlierImages struct {
	before   []string // the first digits of the ids of the images that were there
	log      *buildLog
	earlier  []shownImage
	orphaned []orphan
}

// readEntry reads the file of a run.
func readEntry(file io.Reader, written time.Time) *leftover {
	l := &leftover{written: written}
	in := bufio.NewReaderSize(io.LimitReader(file, 2*maxEntry), 64<<10)
	for {
		line, err := readLine(in, maxEntry)
		var n note
		if bytes.HasSuffix(line, []byte("\n")) && json.Unmarshal(line, &n) == nil {
			l.take(n)
		}
		if err != nil {
			return l // what cannot be read is as what was never written
		}
	}
}

func (l *leftover) take(n note) {
	if n.Begin != nil && l.head.Version == 0 {
		l.head = *n.Begin
	}
	if n.Before != nil {
		l.images = &earlierImages{before: *n.Before, log: silentBuildLog(n.Firsts)}
	}
	if l.images != nil {
		l.images.take(n)
	}
	if n.Name != "" {
		l.name, l.reused = n.Name, n.Reused
	}
	if n.Create != "" {
		l.creating = n.Create
	}
	if n.Created != "" {
		l.created = append(l.created, n.Created)
	}
	l.kept = cmp.Or(n.Kept, l.kept)
	l.settled = l.settled || n.Settled
}

// silentBuildLog is one that nobody hears.
func silentBuildLog(firsts []string) *buildLog {
	b := newBuildLog(&teller{emit: func(task.Event) {}})
	b.firsts = firsts
	return b
}

// take reads what the builder said, as the run's own process did.
func (e *earlierImages) take(n note) {
	if n.Again {
		e.earlier = slices.Concat(e.earlier, e.log.shown)
		e.log = silentBuildLog(e.log.firsts)
	}
	if n.Build == nil {
		return
	}
	switch b := n.Build; {
	case b.Failed:
		e.log.failure = "failed"
		if !b.Orphaned.IsZero() {
			e.orphaned = append(e.orphaned, orphan{b.Orphaned, e.log.step.text})
		}
	case b.ID != "":
		e.log.imageID = b.ID
	default:
		e.log.control(b.Stream)
	}
}

// errNotOurs says that a file is none that this program can do something about.
var errNotOurs = errors.New("not of this machine, or of another version")

// check looks whether a file's head is one that belongs to its name, and to this machine.
func (l *leftover) check(owner, session string) error {
	h := l.head
	if h.Version != entryVersion || h.Owner != owner || h.Session != session || h.Machine != machine() {
		return errNotOurs
	}
	return nil
}
