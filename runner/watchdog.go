package runner

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// A watchdog is a process of this program that outlives this one, however it ends, and then removes what is left of its runs. It holds
// one end of a pipe; the other is held by this process alone, so that it is closed by its end.
type watchdog struct {
	pipe  io.Closer
	ended chan struct{} // closed when the watchdog has ended
}

// startWatchdog starts this process's own executable with the arguments, in a folder that it may stay in.
func startWatchdog(args []string, folder string) (*watchdog, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	theirs, ours, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = theirs.Close() }() // it is the watchdog's by then
	closeInherited()
	c := exec.CommandContext(context.Background(), program, args...) // nothing of this process ends it
	c.Args[0], c.Stdin, c.Dir = os.Args[0], theirs, folder
	detach(c)
	if err := c.Start(); err != nil {
		_ = ours.Close() // nobody has the other end
		return nil, withoutPath(err)
	}
	d := &watchdog{pipe: ours, ended: make(chan struct{})}
	go func() {
		defer close(d.ended)
		_ = c.Wait() // how it ended is nothing that could be mended
	}()
	return d, nil
}

// alive reports whether the watchdog runs.
func (d *watchdog) alive() bool {
	if d == nil {
		return false
	}
	select {
	case <-d.ended:
		return false
	default:
		return true
	}
}

// release closes the pipe, and waits so long for the watchdog to see that there is nothing to do.
func (d *watchdog) release(patience time.Duration) error {
	if d == nil {
		return nil
	}
	err := d.pipe.Close()
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-d.ended:
	case <-t.C:
	}
	return err
}

// How long a watchdog tries to remove what a process has left, before it leaves that to the next one; and after how long nobody tries
// any more, because the engine is gone for good.
const (
	clearing  = 2 * time.Minute
	forgotten = 30 * 24 * time.Hour
)

// Watch is a watchdog. At once it removes what processes have left that died together with their watchdogs. Then it waits for the end
// of parent, which is the end of the process that started it, and removes what is left of that one. folder is the ledger's, and owner
// is that of the process's runs. The error is for a person who looks for one: nobody reads it.
func Watch(ctx context.Context, folder, owner string, parent io.Reader) error {
	f, err := openLedgerFolder(folder)
	if err != nil {
		return err
	}
	var swept sync.WaitGroup
	var sweepErr error
	swept.Go(func() {
		sweepErr = f.sweep(ctx, func(name string) bool { return !strings.HasPrefix(name, owner+"-") }, time.Time{})
		debug.FreeOSMemory() // it waits for long
	})
	_, err = io.Copy(io.Discard, parent)
	died := time.Now()
	own := f.sweep(ctx, func(name string) bool { return strings.HasPrefix(name, owner+"-") }, died)
	swept.Wait()
	return errors.Join(err, own, sweepErr, f.Close())
}

// sweep clears the files of dead processes, those that mine selects, all at the same time.
func (f *ledgerFolder) sweep(ctx context.Context, mine func(name string) bool, died time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, clearing)
	defer cancel()
	names, err := f.names()
	var all sync.WaitGroup
	var mu sync.Mutex
	errs := []error{err}
	for _, name := range names {
		if !mine(name) {
			continue
		}
		all.Go(func() {
			err := f.clear(ctx, name, died)
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// clear does what is left to do for one file, and removes it. A file whose process lives is passed over, and one whose engine does not
// answer is left for the next time.
func (f *ledgerFolder) clear(ctx context.Context, name string, died time.Time) error {
	patience := time.Duration(0)
	if !died.IsZero() {
		patience = lockSoon // the system is about to give up the lock
	}
	file, err := f.take(name, patience)
	if errors.Is(err, errLocked) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	done, err := f.clearFile(ctx, file, name, died)
	if done {
		err = errors.Join(err, ignoreNoFile(f.root.Remove(name)))
	}
	return errors.Join(err, file.Close())
}

// clearFile reports whether nothing is left to do for a file.
func (f *ledgerFolder) clearFile(ctx context.Context, file *os.File, name string, died time.Time) (bool, error) {
	info, err := file.Stat()
	if err != nil {
		return false, err
	}
	age := time.Since(info.ModTime())
	if age > forgotten {
		return true, nil
	}
	left := readEntry(file, info.ModTime())
	if left.head.Version == 0 {
		return age > time.Hour, nil // its process is about to write it, or died before
	}
	parts := entryNames.FindStringSubmatch(name)
	if err := left.check(parts[1], parts[2]); err != nil {
		return false, left.describe(err)
	}
	if left.settled {
		return true, nil
	}
	if left.kept == keptForGood {
		return false, nil
	}
	if err := left.clearAt(ctx, died); err != nil {
		return false, left.describe(err)
	}
	return true, nil
}

// clearAt clears in the engine that the run was on. An engine that fails is asked again: some do, while things are removed in them.
func (l *leftover) clearAt(ctx context.Context, died time.Time) error {
	engine, err := reconnect(ctx, l.head.Engine)
	if err != nil {
		return err
	}
	defer engine.Close()
	const askingAgain = 5 * time.Second
	for began := time.Now(); ; pause(ctx, 250*time.Millisecond) {
		err := l.clear(ctx, impatient{engine, patience}, died)
		if err == nil || time.Since(began) > askingAgain || ctx.Err() != nil {
			return err
		}
	}
}

// reconnect connects to the engine at an address. Where the surroundings name that same engine, what they say of how to reach it holds.
func reconnect(ctx context.Context, address string) (*Docker, error) {
	var places []endpoint
	for _, e := range endpoints(hostEnvironment()) {
		if e.host == address {
			places = append(places, e)
		}
	}
	if len(places) == 0 {
		places = []endpoint{endpoint{host: address}.checked()}
	}
	return connect(ctx, places)
}

// ignoreNoFile forgives the removal of a file that is gone.
func ignoreNoFile(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
