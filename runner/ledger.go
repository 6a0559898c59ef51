package runner

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// A Ledger notes on the disk what the runs of this process make in an engine, so that it is removed although the process be killed. It
// has one file for each run that goes on, which names the engine, the container and the images, and which is locked as long as its
// process lives. A file is gone when all that it names is gone. What a file without a lock names was left by a process that died, and
// is removed by the watchdog that each process starts with its first run, or by that of the next process ([Watch]).
//
// Only what a file itself names is ever removed: no label of an image or container makes anything ours.
//
// A nil Ledger notes nothing. It is safe for concurrent use.
type Ledger struct {
	opts LedgerOptions

	mu     sync.Mutex    // guards all below
	folder *ledgerFolder // nil before the first run, and where none can be used
	owner  string        // begins the names of this process's files, and is in a label of its containers
	failed bool          // it was said that there is no folder, or no watchdog
	dog    *watchdog     // nil where none runs
	kept   []*entry      // runs whose containers are left running
}

// LedgerOptions say what becomes of a process's runs after its end.
type LedgerOptions struct {
	// Watchdog are the arguments that make this process's own executable call [Watch] with the two that are added to them: the folder
	// and the owner. Without any, no watchdog is started, and the next process that has one removes what a kill leaves.
	Watchdog []string
	// Outlive says that kept containers outlive the process: they stay until the next run of their folder.
	Outlive bool
}

// NewLedger makes a ledger. It touches nothing before the first run.
func NewLedger(opts LedgerOptions) *Ledger { return &Ledger{opts: opts} }

// begin opens the file of a run. Without one the run goes on; the error says so to a person, once for each cause that stays.
func (l *Ledger) begin(about entryHead) (*entry, error) {
	if l == nil {
		return nil, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	problem := l.open()
	if l.folder == nil {
		return nil, unwatched(problem)
	}
	about.Owner = l.owner
	e, err := l.folder.newEntry(about)
	if err != nil {
		return nil, unwatched(err)
	}
	return e, unwatched(problem)
}

// unwatched says what a problem of the ledger means.
func unwatched(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("if meca-lsp is killed during this run, its container and images may stay in the engine: %w", err)
}

// open finds the folder and starts the watchdog, with the first run and where it has ended since. It is called with mu held.
func (l *Ledger) open() error {
	if l.folder == nil {
		if l.failed {
			return nil // it was said
		}
		folder, err := findLedgerFolder(ledgerPlaces())
		if err != nil {
			l.failed = true
			return err
		}
		l.folder, l.owner = folder, newSession()[:ownerDigits]
	}
	if len(l.opts.Watchdog) == 0 || l.dog.alive() {
		return nil
	}
	dog, err := startWatchdog(append(l.opts.Watchdog[:len(l.opts.Watchdog):len(l.opts.Watchdog)], l.folder.path, l.owner), l.folder.path)
	if err != nil {
		said := l.failed
		if l.failed = true; said {
			return nil
		}
		return fmt.Errorf("its watchdog does not start: %w", err)
	}
	l.dog = dog
	return nil
}

// Close lets the watchdog go, which removes what is left of the process: what could not be removed before, and kept containers that
// shall not outlive it. It waits a moment for a watchdog that has nothing to do.
func (l *Ledger) Close() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, e := range l.kept {
		errs = append(errs, e.release())
	}
	l.kept = nil
	errs = append(errs, l.dog.release(time.Second))
	l.dog = nil
	if l.folder != nil {
		errs = append(errs, l.folder.Close())
		l.folder = nil
	}
	return errors.Join(errs...)
}

// keep leaves the container of a run running. The run's file stays, and is this process's until the folder's next run (see reclaim) or
// the process's end.
func (l *Ledger) keep(e *entry) {
	if l == nil || e == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	how := keptByProcess
	if l.opts.Outlive {
		how = keptForGood
	}
	e.write(note{Kept: how})
	l.kept = append(l.kept, e)
}

// takeKept gives this process's kept runs of a task folder, which are the caller's from now on, and the folder of all.
func (l *Ledger) takeKept(path string) (taken []*entry, folder *ledgerFolder) {
	if l == nil {
		return nil, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var rest []*entry
	for _, e := range l.kept {
		if e.head.Path == path {
			taken = append(taken, e)
		} else {
			rest = append(rest, e)
		}
	}
	l.kept = rest
	return taken, l.folder
}

// machine names this machine: a home folder may be shared by several, and an engine's socket means another engine on each.
func machine() string {
	name, err := os.Hostname()
	if err != nil {
		return "" // equal for all that cannot tell
	}
	return name
}
