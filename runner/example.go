package runner

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// The largest example files that are used, in bytes.
const (
	maxInput    = 256 << 20
	maxExpected = 64 << 20
)

// An example is a task's question and the answer to it, as they stood when the run began.
type example struct {
	dir      fs.FS
	expected []byte
	input    version
	output   version
}

// A version tells one state of a file from another.
type version struct {
	size int64
	time time.Time
}

// readExample reads the answer and looks at the question, which may be large and is streamed later.
func readExample(dir fs.FS) (*example, error) {
	e := &example{dir: dir}
	input, err := e.open(task.InputFile, maxInput, &e.input)
	if err != nil {
		return nil, err
	}
	_ = input.Close() // it was only looked at
	output, err := e.open(task.OutputFile, maxExpected, &e.output)
	if err != nil {
		return nil, err
	}
	defer func() { _ = output.Close() }() // it was only read
	e.expected, err = io.ReadAll(io.LimitReader(output, maxExpected))
	if err != nil {
		return nil, unusable(task.OutputFile, err)
	}
	return e, nil
}

// open opens a regular file of at most so many bytes.
func (e *example) open(name string, most int64, v *version) (fs.File, error) {
	f, err := e.dir.Open(name)
	if err != nil {
		return nil, unusable(name, err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = errors.New("it is no regular file")
	case info.Size() > most:
		err = fmt.Errorf("it is too large: %s, more than %s", size(info.Size()), size(most))
	default:
		*v = version{info.Size(), info.ModTime()}
		return f, nil
	}
	_ = f.Close() // it was not read
	return nil, unusable(name, err)
}

// unusable tells of an example file that a run cannot do without.
func unusable(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return failed("there is no %s, so that there is nothing to ask or to compare", name)
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return trouble("%s cannot be used: %v", name, err)
}

// question opens the input for one request.
func (e *example) question() (io.ReadCloser, error) {
	var now version
	f, err := e.open(task.InputFile, maxInput, &now)
	if err != nil {
		return nil, err
	}
	if now != e.input {
		_ = f.Close() // it was not read
		return nil, changed(task.InputFile)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(f, e.input.size), f}, nil
}

// unchanged makes sure that the files are what they were. A verdict about something else is none.
func (e *example) unchanged() error {
	for _, c := range []struct {
		name string
		most int64
		was  version
	}{{task.InputFile, maxInput, e.input}, {task.OutputFile, maxExpected, e.output}} {
		var now version
		f, err := e.open(c.name, c.most, &now)
		if err != nil {
			return err
		}
		_ = f.Close() // it was only looked at
		if now != c.was {
			return changed(c.name)
		}
	}
	return nil
}

func changed(name string) error { return trouble("%s changed during the run", name) }
