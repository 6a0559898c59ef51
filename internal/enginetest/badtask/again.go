package main

import (
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// againModes answer rightly at first, and wrongly when they are asked again or twice at once.
func againModes() map[string]func([]string) {
	var asked, busy, refused atomic.Int64
	again := func(second http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1) == 1 {
				echo(w, r)
				return
			}
			second(w, r)
		}
	}
	return answers(map[string]http.HandlerFunc{
		"second-differs": again(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"input": "hello %d"}`, asked.Load()) }),
		"second-spaces":  again(func(w http.ResponseWriter, r *http.Request) { echo(w, r); fmt.Fprint(w, "\n ") }),
		"second-panics":  again(func(http.ResponseWriter, *http.Request) { panic("no") }),
		"second-exits":   again(func(http.ResponseWriter, *http.Request) { os.Exit(4) }),
		"second-hangs":   again(func(http.ResponseWriter, *http.Request) { forever() }),
		"counts":         func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"asked": %d}`, asked.Add(1)) },
		"one-at-a-time": func(w http.ResponseWriter, r *http.Request) {
			defer busy.Add(-1)
			if busy.Add(1) > 1 {
				refused.Add(1)
				http.Error(w, "busy", http.StatusServiceUnavailable)
				return
			}
			if asked.Add(1) > 2 {
				for late := time.Now().Add(5 * time.Second); refused.Load() == 0 && time.Now().Before(late); {
					time.Sleep(10 * time.Millisecond) // the other one of the two is to come meanwhile
				}
			}
			echo(w, r)
		},
	})
}
