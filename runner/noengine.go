package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

// NoEngineError says that no container engine answers. Its message is for a person: what was tried, why each failed, what to do.
type NoEngineError struct {
	Tried []Attempt
}

// Attempt is one place where an engine was looked for.
type Attempt struct {
	Endpoint string // with what named it: "tcp://host:2376 (DOCKER_HOST)"
	Err      error
}

func (e *NoEngineError) Error() string {
	var b strings.Builder
	b.WriteString("no container engine answers; tried ")
	named := e.named()
	for i, a := range named {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s: %s", plain(a.Endpoint), a.why())
	}
	if more := len(e.Tried) - len(named); more > 0 {
		fmt.Fprintf(&b, ", and %d more that are not there", more)
	}
	b.WriteString(". ")
	b.WriteString(e.remedy())
	return b.String()
}

// named are the attempts that the message names: each that found something, and the first of those that found nothing.
func (e *NoEngineError) named() []Attempt {
	const most = 2
	var list []Attempt
	missing := 0
	for _, a := range e.Tried {
		if errors.Is(a.Err, fs.ErrNotExist) {
			if missing++; missing > most {
				continue
			}
		}
		list = append(list, a)
	}
	return list
}

// Unwrap gives the attempts' errors.
func (e *NoEngineError) Unwrap() []error {
	list := make([]error, len(e.Tried))
	for i, a := range e.Tried {
		list[i] = a.Err
	}
	return list
}

// why says it in a few words.
func (a Attempt) why() string {
	switch {
	case a.denied():
		return "permission denied"
	case errors.Is(a.Err, fs.ErrNotExist):
		return "there is no such socket"
	case errors.Is(a.Err, syscall.ECONNREFUSED), errors.Is(a.Err, syscall.ENOTSOCK):
		return "nothing listens there"
	default:
		return plain(a.Err.Error())
	}
}

func (a Attempt) denied() bool { return errors.Is(a.Err, fs.ErrPermission) }

// remedy says what to do about the attempts.
func (e *NoEngineError) remedy() string {
	for _, a := range e.Tried {
		var s *sshError
		if errors.As(a.Err, &s) && s.hint != "" {
			return s.hint
		}
		if a.denied() {
			return "Give your account access to Docker (on Linux: sudo usermod -aG docker $USER, then log in again), or set DOCKER_HOST"
		}
	}
	return "Start Docker, or set DOCKER_HOST to the address of an engine that runs"
}
