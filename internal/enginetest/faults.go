package enginetest

import (
	"io"
	"net"
	"net/http"
	"strings"
)

// Faults are ways in which any route can go wrong, by name.
func Faults() map[string]Fault {
	return map[string]Fault{
		"reset": func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			if c, ok := hijack(w).(*net.UnixConn); ok {
				_ = c.Close() // that is the fault
			}
			return true
		},
		"stall": func(_ http.ResponseWriter, r *http.Request, _ int) bool {
			_, _ = io.Copy(io.Discard, r.Body) // else the end of the client is not noticed
			<-r.Context().Done()
			return true
		},
		"500": status(http.StatusInternalServerError, "<html><body>something \x1b[31mbroke</body></html>"),
		"404": status(http.StatusNotFound, "no such thing"),
		"409": status(http.StatusConflict, "it is busy"),
		"503": status(http.StatusServiceUnavailable, ""),
		"garbage": func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			c := hijack(w)
			_, _ = io.WriteString(c, "\x00\x01\x02 this is not HTTP\r\n\r\n") // that is the fault
			_ = c.Close()
			return true
		},
		"garbage body": func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			_, _ = io.WriteString(w, "\x00\x01\x02 this is not JSON") // that is the fault
			return true
		},
		"cut": func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			c := hijack(w)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"Id\":\"") // that is the fault
			_ = c.Close()
			return true
		},
		"endless body": func(w http.ResponseWriter, r *http.Request, _ int) bool {
			for block := strings.Repeat(" ", 64<<10); r.Context().Err() == nil; {
				if _, err := io.WriteString(w, block); err != nil {
					break
				}
			}
			return true
		},
	}
}

// Once makes a fault happen at the first request alone.
func Once(f Fault) Fault {
	return func(w http.ResponseWriter, r *http.Request, n int) bool { return n == 1 && f(w, r, n) }
}

// After lets a fault happen only after so many requests.
func After(sound int, f Fault) Fault {
	return func(w http.ResponseWriter, r *http.Request, n int) bool { return n > sound && f(w, r, n) }
}

func status(code int, body string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body) // a client that is gone does not mind
		return true
	}
}

// hijack takes the connection out of HTTP.
func hijack(w http.ResponseWriter) net.Conn {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	return c
}
