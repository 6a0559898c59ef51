package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// maxLog is how large a log grows, in bytes, before it is put aside as FILE.1 and begun anew. An older FILE.1 is gone then: the two
// take no more than twice as much.
const maxLog = 16 << 20

// logFile is a log that any number of servers append to. Each line is written at once, so that theirs do not mix.
type logFile struct {
	path string
	max  int64

	mu   sync.Mutex // guards file
	file *os.File
}

// openLog opens a log, and makes it where it is not there. Nobody else can read it.
func openLog(path string, limit int64) (*logFile, error) {
	f, err := openPrivate(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return nil, err
	}
	return &logFile{path: path, max: limit, file: f}, nil
}

// openPrivate opens a regular file for its owner alone. What stands there as a link, a pipe or a device is refused: another user may
// have put it there.
func openPrivate(path string, flags int) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	f, err := os.OpenFile(path, flags|noFollow, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err == nil && !info.Mode().IsRegular():
		err = fmt.Errorf("%s is no regular file", path)
	case err == nil && info.Mode().Perm()&0o077 != 0:
		err = f.Chmod(0o600)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (l *logFile) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return 0, os.ErrClosed
	}
	if info, err := l.file.Stat(); err == nil && info.Size() > 0 && info.Size()+int64(len(line)) > l.max {
		if err := l.rotate(info); err != nil {
			return 0, err
		}
	}
	return l.file.Write(line)
}

// rotate begins the log anew. Where another server has done so already, its new file is gone on with. On Windows a file that another
// server has open cannot be put aside: what it holds is dropped, so that it stays bounded. It is called with mu held.
func (l *logFile) rotate(full os.FileInfo) error {
	err := l.file.Close()
	l.file = nil
	if now, lost := os.Lstat(l.path); err == nil && lost == nil && os.SameFile(now, full) {
		if os.Rename(l.path, l.path+".1") != nil {
			err = os.Truncate(l.path, 0)
		}
	}
	if err != nil {
		return err
	}
	l.file, err = openPrivate(l.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND)
	return err
}

func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
