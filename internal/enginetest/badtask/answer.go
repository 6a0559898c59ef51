package main

import (
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"strings"
)

func answerModes() map[string]func([]string) {
	return answers(map[string]http.HandlerFunc{
		"wrong":        text(`{"input": "hullo"}`),
		"extra":        text(`{"input": "hello"} and more`),
		"one-short":    text(`{"input": "hello"`),
		"spaces":       text("\n {\"input\": \"hello\"}\r\n\u2003"),
		"many-spaces":  text(`{"input": "hello"}` + strings.Repeat(" \u2003\n", 1<<20)),
		"json":         text(`{"input":"hello"}`),
		"nothing":      text(""),
		"giant":        func(w http.ResponseWriter, r *http.Request) { stream(w, 1<<30) },
		"endless":      func(w http.ResponseWriter, r *http.Request) { stream(w, 1<<62) },
		"status-500":   func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500); echo(w, r) },
		"redirect":     func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://192.0.2.1/", 302) },
		"redirect-own": redirectOwn,
		"redirect-loop": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/", http.StatusTemporaryRedirect)
		},
		"gzip": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.Copy(z, r.Body)
			z.Close()
		},
		"exit-at-request": func(w http.ResponseWriter, r *http.Request) { say("a request came\n"); os.Exit(3) },
		"panics":          func(w http.ResponseWriter, r *http.Request) { panic("no") },
		"crash-after": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", r.Header.Get("Content-Length"))
			echo(w, r)
			w.(http.Flusher).Flush()
			os.Exit(3)
		},
		"headers": func(w http.ResponseWriter, r *http.Request) { // what the request was
			io.WriteString(w, r.Method+" "+r.URL.Path+" "+r.Header.Get("Content-Type")+" ["+r.Header.Get("Accept-Encoding")+"]")
		},
		"hijack-close": func(w http.ResponseWriter, r *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			c.Close()
		},
	})
}

// answers makes sound tasks of handlers, sound but for the answer.
func answers(handlers map[string]http.HandlerFunc) map[string]func([]string) {
	modes := map[string]func([]string){}
	for name, h := range handlers {
		modes[name] = func([]string) { serve(good(), h) }
	}
	return modes
}

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, s)
	}
}

// stream answers so many bytes, beginning with the right ones.
func stream(w http.ResponseWriter, n int64) {
	io.WriteString(w, `{"input": "hello"}`)
	block := []byte(strings.Repeat("x", 64<<10))
	for ; n > 0; n -= int64(len(block)) {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// redirectOwn sends the asker to another path of the same task, question and all.
func redirectOwn(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/" {
		http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
		return
	}
	echo(w, r)
}
