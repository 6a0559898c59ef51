package main

import (
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func markModes() map[string]func([]string) {
	return map[string]func([]string){
		"no-mark":      func([]string) { l := open(":8080"); say("hello\n"); serve(l, echo) },
		"stderr-mark":  func([]string) { l := open(":8080"); os.Stderr.WriteString(mark + "\n"); serve(l, echo) },
		"no-newline":   func([]string) { l := open(":8080"); say(mark); serve(l, echo) },
		"crlf":         func([]string) { l := open(":8080"); say(mark + "\r\n"); serve(l, echo) },
		"coloured":     func([]string) { l := open(":8080"); say("\x1b[32m" + mark + "\x1b[0m\n"); serve(l, echo) },
		"inside-word":  func([]string) { l := open(":8080"); say("xx" + mark + "yy\n"); serve(l, echo) },
		"long-line":    func([]string) { l := open(":8080"); say(mark + strings.Repeat("x", 16<<10)); serve(l, echo) },
		"behind-flood": func([]string) { l := open(":8080"); flood(20 << 20); say(mark + "\n"); serve(l, echo) },
		"behind-gigabyte": func([]string) { // answers how long its mark took to bring a request
			l := open(":8080")
			flood(1 << 30)
			at := time.Now()
			say(mark + "\n")
			serve(l, func(w http.ResponseWriter, r *http.Request) {
				text("asked after "+time.Since(at).String())(w, r)
			})
		},
		"huge-line": func([]string) {
			l := open(":8080")
			for range 100 {
				say(strings.Repeat("x", 1<<20))
			}
			say(mark + "\n")
			serve(l, echo)
		},
		"split": func([]string) {
			l := open(":8080")
			say("meca-")
			time.Sleep(100 * time.Millisecond)
			say("init-done")
			time.Sleep(100 * time.Millisecond)
			say("\n")
			serve(l, echo)
		},
		"buffered-term": func([]string) { l := open(":8080"); sayAt(syscall.SIGTERM); serve(l, echo) },
		"buffered-int": func([]string) {
			l := open(":8080")
			signal.Ignore(syscall.SIGTERM)
			sayAt(os.Interrupt)
			serve(l, echo)
		},
		"exit-marked": func(args []string) { say(mark + "\n"); os.Exit(number(args)) },
		"silent": func([]string) { // closes what it could speak with
			os.Stdout.Close()
			os.Stderr.Close()
			serve(open(":8080"), echo)
		},
		"flood": func([]string) { // never ends to print
			l := good()
			go func() {
				for {
					flood(1 << 20)
				}
			}()
			serve(l, echo)
		},
	}
}

// flood prints so many bytes in lines.
func flood(n int) {
	block := strings.Repeat("all work and no play makes a dull task\n", 1000)
	for ; n > 0; n -= len(block) {
		say(block)
	}
}

// sayAt prints the mark when a signal comes, and ends: what a buffer does that is flushed at the end.
func sayAt(s os.Signal) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, s)
	go func() {
		<-c
		say(mark + "\n")
		os.Exit(0)
	}()
}
